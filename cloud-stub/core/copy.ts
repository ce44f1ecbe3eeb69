/** The same result as through JSON. Rows are plain, so their members are copied without making text. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member: unknown = value[name as keyof T];
    if (member === undefined) continue;
    // Defines such a member, as JSON does: assigning it would set the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, memberOf(copyOf(member)));
    else copy[name] = copyOf(member);
  }
  return copy as T;
}

const memberOf = (value: unknown) => ({
  ...{ value, enumerable: true, configurable: true, writable: true },
});
