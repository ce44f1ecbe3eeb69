import type { Store, StoredValue, Write } from '../../../agent/ports.ts';

/** The robot's store on its disk. It outlives the agent; what was committed is there, as JSON, like on a real one. */
export class MemoryDisk {
  readonly #values = new Map<string, { machine: string; key: string; json: string }>();
  commits = 0;
  bytes = 0;

  /** A store for one life of the agent; `after` and `before` a commit may throw: then all of it is stored, or nothing. */
  open(after: () => void, before: () => void = () => {}): Store {
    return {
      load: () =>
        [...this.#values.values()].map(
          ({ machine, key, json }): StoredValue => ({ machine, key, value: JSON.parse(json) }),
        ),
      commit: (writes) => {
        before();
        for (const write of writes) this.#write(write);
        this.commits++;
        after();
      },
    };
  }

  get values(): number {
    return this.#values.size;
  }

  /** A file that is gone, or so damaged that the agent moves it aside, is the same to what comes after. */
  lose(): void {
    this.#values.clear();
    this.bytes = 0;
  }

  #write({ machine, key, value }: Write): void {
    const name = `${machine}\n${key}`;
    this.bytes -= this.#values.get(name)?.json.length ?? 0;
    if (value === null) {
      this.#values.delete(name);
      return;
    }
    const json = JSON.stringify(value);
    this.bytes += json.length;
    this.#values.set(name, { machine, key, json });
  }
}
