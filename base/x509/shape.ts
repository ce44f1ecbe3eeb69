import { PilotfishError } from '../errors.ts';
import { type DerNode, oidOctets, tagClasses, tags, toBytes } from './der.ts';

/**
 * Parses DER trees. Each function checks class, tag and constructed flag of one node and returns its content, or throws
 * `der-shape` with the name of the invalid part (`what`): checking only the signature would miss hundreds of flipped
 * bits.
 */

interface Expected {
  readonly tagClass: number;
  readonly type: number;
  readonly constructed: boolean;
}

const is = (node: DerNode | undefined, { tagClass, type, constructed }: Expected): boolean =>
  node?.tagClass === tagClass && node.type === type && node.constructed === constructed;

const wrong = (what: string, expected: string): PilotfishError =>
  new PilotfishError('der-shape', `${what}: expected ${expected}`);

function children(
  node: DerNode | undefined,
  expected: Omit<Expected, 'constructed'>,
  words: { what: string; kind: string },
): readonly DerNode[] {
  const fits = is(node, { ...expected, constructed: true });
  if (!fits || node === undefined || typeof node.value === 'string') {
    throw wrong(words.what, words.kind);
  }
  return node.value;
}

/** The children of a SEQUENCE; with `count`, exactly that many. */
export function inSequence(
  node: DerNode | undefined,
  what: string,
  count?: number,
): readonly DerNode[] {
  const kind = count === undefined ? 'a SEQUENCE' : `a SEQUENCE of ${count}`;
  const items = children(
    node,
    { tagClass: tagClasses.universal, type: tags.sequence },
    { what, kind },
  );
  if (count !== undefined && items.length !== count) throw wrong(what, kind);
  return items;
}

/** The one child of a SET of one. */
export function inSet(node: DerNode | undefined, what: string): DerNode {
  const kind = 'a SET of 1';
  const items = children(node, { tagClass: tagClasses.universal, type: tags.set }, { what, kind });
  const [item] = items;
  if (item === undefined || items.length !== 1) throw wrong(what, kind);
  return item;
}

/** The children of the context-specific, constructed tag `[number]`. */
export function inContext(
  node: DerNode | undefined,
  what: string,
  number: number,
): readonly DerNode[] {
  return children(
    node,
    { tagClass: tagClasses.context, type: number },
    { what, kind: `[${number}]` },
  );
}

/** The content octets of a universal primitive of one of the `types`. */
export function octets(
  node: DerNode | undefined,
  what: string,
  ...types: readonly number[]
): Buffer {
  const type = types.find((tag) =>
    is(node, { tagClass: tagClasses.universal, type: tag, constructed: false }),
  );
  if (type === undefined || typeof node?.value !== 'string') throw wrong(what, 'another type');
  return toBytes(node.value);
}

/** The octets of a BIT STRING whose bits are all used. */
export function wholeBits(node: DerNode | undefined, what: string): Buffer {
  const content = octets(node, what, tags.bitString);
  if (content[0] !== 0) throw wrong(what, 'a BIT STRING with 0 unused bits');
  return content.subarray(1);
}

/**
 * The content octets of an OBJECT IDENTIFIER as a string, for comparing (`oidOctets`). Each arc must be complete and
 * minimal (X.690 section 8.19.2).
 */
export function oidIn(node: DerNode | undefined, what: string): string {
  const content = octets(node, what, tags.oid);
  const isArcStart = (at: number): boolean => at === 0 || (content[at - 1] ?? 0) < 0x80;
  const isPadded = content.some((octet, at) => octet === 0x80 && isArcStart(at));
  if (isPadded || (content.at(-1) ?? 0x80) >= 0x80) throw wrong(what, 'an OBJECT IDENTIFIER');
  return content.toString('latin1');
}

export const isOid = (node: DerNode | undefined, what: string, dotted: string): boolean =>
  oidIn(node, what) === oidOctets(dotted);

export function emptyNull(node: DerNode | undefined, what: string): void {
  if (octets(node, what, tags.null).length !== 0) throw wrong(what, 'NULL');
}
