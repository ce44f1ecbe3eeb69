import type { Store, StoredValue, Write } from '../../../agent/ports.ts';

/** The robot's disk. It outlives the agent; what was committed is there, as JSON, like on a real one. */
export class MemoryDisk {
  readonly #values = new Map<string, { machine: string; key: string; json: string }>();
  commits = 0;

  /** A store for one life of the agent; `afterCommit` may throw, as a power cut right after the commit would. */
  open(afterCommit: () => void): Store {
    return {
      load: () =>
        [...this.#values.values()].map(
          ({ machine, key, json }): StoredValue => ({ machine, key, value: JSON.parse(json) }),
        ),
      commit: (writes) => {
        for (const write of writes) this.#write(write);
        this.commits++;
        afterCommit();
      },
    };
  }

  get values(): number {
    return this.#values.size;
  }

  #write({ machine, key, value }: Write): void {
    const name = `${machine}\n${key}`;
    if (value === null) this.#values.delete(name);
    else this.#values.set(name, { machine, key, json: JSON.stringify(value) });
  }
}
