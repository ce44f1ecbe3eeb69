/**
 * Small checks of a board's answers. Each returns the value as the agent may use it, or `undefined` and a line with the
 * path and what was expected. A board is written by its maker, in any language: no answer may end the agent.
 */
export class Findings {
  readonly faults: string[];
  readonly #place: string;

  /** `place` precedes each path. */
  constructor(place: string, faults: string[] = []) {
    this.#place = place;
    this.faults = faults;
  }

  /** For the members of the value at `path`: the path is built only once, however many members there are. */
  inside(path: string): Findings {
    return new Findings(`${this.#place}${path}.`, this.faults);
  }

  expect(path: string, expected: string, found: unknown): undefined {
    // The first few faults are enough; thousands would add nothing.
    if (this.faults.length < faultsMax) {
      this.faults.push(`${this.#place}${path}: expected ${expected}, got ${describe(found)}`);
    }
    return undefined;
  }
}

const faultsMax = 5;

/** A short form of a value, never the whole. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value.slice(0, 40);
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  return 'an object';
}

/** An invalid number must not cost its neighbours: it is reported, and becomes 0. */
export function readFigure(findings: Findings, path: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  findings.expect(path, 'a number', value);
  return 0;
}

export function readCount(findings: Findings, path: string, value: unknown): number | undefined {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  return findings.expect(path, 'a whole number from 0 on', value);
}

/** An unknown word is kept: its readers map it to `unknown`. */
export function readWord<W extends string>(
  findings: Findings,
  path: string,
  value: unknown,
): W | undefined {
  if (typeof value === 'string' && value.length >= 1 && value.length <= 40) return value as W;
  return findings.expect(path, 'a word of at most 40 characters', value);
}

/** A name of the body's own. Characters that the protocol cannot carry are left out where a document is written. */
export function readId(findings: Findings, path: string, value: unknown): string | undefined {
  if (typeof value === 'string' && value.length >= 1 && value.length <= 200) return value;
  return findings.expect(path, 'text of 1 to 200 characters', value);
}

/** The readable entries, at most `max`; `newest`: from the end. */
export function readList<T>(
  findings: Findings,
  path: string,
  value: unknown,
  { max, newest, read }: { max: number; newest: boolean; read: (one: unknown, path: string) => T },
): NonNullable<T>[] | undefined {
  if (!Array.isArray(value)) return findings.expect(path, 'a list', value);
  if (value.length > max) findings.expect(path, `at most ${max} entries`, value);
  const from = newest ? Math.max(0, value.length - max) : 0;
  return value
    .slice(from, from + max)
    .map((one, index) => read(one, `${path}[${from + index}]`))
    .filter((one) => one !== undefined && one !== null) as NonNullable<T>[];
}
