import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { explain, PilotfishError } from '../../../base/errors.ts';

/**
 * YAML as the ROS map server reads it, by yaml-cpp: only the first document of the file is read; every scalar is a
 * text, quoted or not, and becomes a number or a flag only where one is needed; of a duplicate key the first one
 * counts.
 */
export type YamlValue = string | null | readonly YamlValue[] | { readonly unread: true };

/** The fields of the first document; throws `map-yaml`. */
export function readYamlFields(bytes: Uint8Array, name: string): Map<string, YamlValue> {
  const fail = (why: string) => new PilotfishError('map-yaml', `${name}: ${why}`);
  const text = decode(bytes);
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const first = 'empty' in documents ? undefined : documents[0];
  const [error] = first?.errors ?? [];
  if (error !== undefined) throw fail(`not readable as YAML: ${explain(error)}`);
  if (first === undefined || !isMap(first.contents)) {
    throw fail('not a map description (key: value lines)');
  }
  // No field is a list of lists: deeper levels are not read, since aliases could expand them without end.
  const read = (node: unknown, depth = 0): YamlValue => {
    const real = isAlias(node) ? node.resolve(first) : node;
    if (isScalar(real)) {
      const value = typeof real.value === 'string' ? real.value : '';
      const isNull = real.type === 'PLAIN' && /^(?:~|null|Null|NULL|)$/.test(value);
      return isNull ? null : value;
    }
    if (isSeq(real) && depth < 2) return real.items.map((item) => read(item, depth + 1));
    return real === null || real === undefined ? null : { unread: true };
  };
  const fields = new Map<string, YamlValue>();
  for (const { key, value } of first.contents.items) {
    const word = read(key);
    if (typeof word === 'string' && !fields.has(word)) fields.set(word, read(value));
  }
  return fields;
}

/** UTF-8 or, with a byte order mark, UTF-16. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}

/** Reads a number as C++ reads a `double`, with YAML's words for infinity; undefined for anything else. */
export function yamlNumber(value: YamlValue | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trimEnd();
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  const [, sign] = /^([-+]?)\.(?:inf|Inf|INF)$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A whole number, also as 0x1f or 017, as C++ reads an `int` of any base. */
function yamlInteger(value: string): number | undefined {
  const text = value.trimEnd();
  const [, sign, hex, octal, decimal] =
    /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|(0|[1-9]\d*))$/.exec(text) ?? [];
  const digits = hex ?? octal ?? decimal;
  if (digits === undefined) return undefined;
  const base = hex !== undefined ? 16 : octal !== undefined ? 8 : 10;
  return Number.parseInt(digits, base) * (sign === '-' ? -1 : 1);
}

const flags: Readonly<Record<string, boolean>> = {
  ...{ y: true, yes: true, true: true, on: true },
  ...{ n: false, no: false, false: false, off: false },
};

/** 0, 1 or one of YAML 1.1's words for true and false: lower-case, upper-case or capitalised. */
export function yamlFlag(value: YamlValue | undefined): boolean | undefined {
  if (typeof value !== 'string') return undefined;
  const number = yamlInteger(value);
  if (number !== undefined) return number === 0 || number === 1 ? number === 1 : undefined;
  if (!/^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)$/.test(value)) return undefined;
  const word = value.toLowerCase();
  return Object.hasOwn(flags, word) ? flags[word] : undefined;
}

/** For messages. */
export function showYaml(value: YamlValue | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (typeof value === 'string') {
    return yamlNumber(value) === undefined ? JSON.stringify(value.slice(0, 100)) : value;
  }
  return 'unread' in value
    ? 'a map or list of lists'
    : `[${value.slice(0, 10).map(showYaml).join(', ')}]`;
}
