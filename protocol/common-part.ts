import { isObject } from './json.ts';

/**
 * Factors out what documents have in common, and restores it. A member of the common part is the value that most
 * documents have; a document keeps only what differs. Members of a document's own objects (`durations`) are shared one
 * by one, deeper objects and lists as a whole. A member that some document lacks is not shared, so no absence has to be
 * encoded.
 */
export type Table = Readonly<Record<string, unknown>>;

/** Longer values are seldom the same, and would make a list grow too much for each document. */
const valueCharsMax = 64;

/** The common part of `documents`, without the members named in `own`. */
export function commonOf(documents: readonly Table[], own: readonly string[] = []): Table {
  const names = Object.keys(documents[0] ?? {}).filter((name) => !own.includes(name));
  const shared = names.map((name): [string, unknown] => {
    const values = documents.map((document) => valueIn(document, name));
    if (!values.some(isObject)) return [name, mostFrequent(values)];
    // A member that is an object in some documents and not in others cannot be restored member by member.
    if (!values.every(isObject)) return [name, undefined];
    const inner = commonInside(values);
    return [name, Object.keys(inner).length > 0 ? inner : undefined];
  });
  return Object.fromEntries(shared.filter(([, value]) => value !== undefined));
}

function commonInside(objects: readonly Table[]): Table {
  const shared = Object.keys(objects[0] ?? {}).map((name): [string, unknown] => [
    name,
    mostFrequent(objects.map((object) => valueIn(object, name))),
  ]);
  return Object.fromEntries(shared.filter(([, value]) => value !== undefined));
}

/** The value that most documents have; undefined when all differ or one has none. */
function mostFrequent(values: readonly unknown[]): unknown {
  const found = new Map<string, { value: unknown; count: number }>();
  let most = { value: undefined as unknown, count: 1 };
  for (const value of values) {
    const text = JSON.stringify(value);
    if (text === undefined) return undefined;
    if (text.length > valueCharsMax) continue;
    const same = found.get(text) ?? { value, count: 0 };
    same.count += 1;
    found.set(text, same);
    if (same.count > most.count) most = same;
  }
  return most.value;
}

/** The members of `document` that differ from `common`. */
export function withoutCommon(common: Table, document: Table): Table {
  const kept = Object.entries(document).flatMap(([name, value]): [string, unknown][] => {
    const shared = valueIn(common, name);
    if (isObject(shared) && isObject(value)) {
      const inner = Object.entries(value).filter(
        ([key, one]) => !isSame(valueIn(shared, key), one),
      );
      return inner.length > 0 ? [[name, Object.fromEntries(inner)]] : [];
    }
    return isSame(shared, value) ? [] : [[name, value]];
  });
  return Object.fromEntries(kept);
}

/** Restores the whole document. Its own members override the common ones. */
export function withCommon(common: Table, document: Table): Table {
  const own = Object.entries(document).map(([name, value]): [string, unknown] => {
    const shared = valueIn(common, name);
    return [name, isObject(shared) && isObject(value) ? { ...shared, ...value } : value];
  });
  return { ...common, ...Object.fromEntries(own) };
}

const valueIn = (table: Table, name: string): unknown =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
