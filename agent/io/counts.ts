import type { Count } from '../counters.ts';

/** Label values that are counted for one counter; all others go under `other`. */
export const labelsMax = 32;

/** The counts of one agent, as `name` or `name/label`. */
export class Counts {
  readonly #counts = new Map<string, number>();
  readonly #labels = new Map<string, number>();

  readonly count: Count = (name, ...[label]) => {
    const key = label === undefined ? name : this.#keyOf(name, label);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  };

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  #keyOf(name: string, label: string): string {
    const key = `${name}/${label}`;
    if (this.#counts.has(key)) return key;
    const labels = this.#labels.get(name) ?? 0;
    if (labels >= labelsMax) return `${name}/other`;
    this.#labels.set(name, labels + 1);
    return key;
  }
}
