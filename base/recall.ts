/** Texts longer than this are worked out each time: a bound on the memory that they would hold. */
const keyCharsMax = 64 * 1024;

/**
 * The same function, which recalls its last `max` results instead of working them out again. Only for functions whose
 * result depends on the text alone and is never changed.
 */
export function recalling<T>(max: number, work: (text: string) => T): (text: string) => T {
  const results = new Map<string, { readonly result: T }>();
  return (text) => {
    const found = results.get(text) ?? { result: work(text) };
    if (text.length > keyCharsMax) return found.result;
    // The last place is that of the newest use; the first one is the oldest.
    results.delete(text);
    results.set(text, found);
    const [oldest] = results.size > max ? results.keys() : [];
    if (oldest !== undefined) results.delete(oldest);
    return found.result;
  };
}

/** The same for a function of an object that never changes. A result is kept as long as its object. */
export function recallingOf<K extends object, T>(work: (key: K) => T): (key: K) => T {
  const results = new WeakMap<K, { readonly result: T }>();
  return (key) => {
    const found = results.get(key) ?? { result: work(key) };
    results.set(key, found);
    return found.result;
  };
}
