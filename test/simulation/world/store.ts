import type { Store, StoredValue, Write } from '../../../agent/kernel/ports.ts';

interface Kept {
  readonly machine: string;
  readonly key: string;
  readonly json: string;
  /** As it was written. Machines never change a value, so it needs no copy; whoever starts anew reads the JSON. */
  readonly value: unknown;
}

/** Who looks at what is stored. */
interface Watch {
  /** A value was written (null: removed); `before` is the one that stood there. */
  wrote(write: Write, before: unknown): void;
  committed(): void;
}

/** The robot's store on its disk. It outlives the agent; what was committed is there, as JSON, like on a real one. */
export class MemoryDisk {
  #values = new Map<string, Kept>();
  commits = 0;
  bytes = 0;
  watch: Watch | undefined;

  /** A store for one life of the agent; `after` and `before` a commit may throw: then all of it is stored, or nothing. */
  open(after: () => void, before: () => void = () => {}): Store {
    return {
      load: () => this.list(),
      commit: (writes) => {
        before();
        for (const write of writes) this.#write(write);
        this.commits++;
        this.watch?.committed();
        after();
      },
    };
  }

  get values(): number {
    return this.#values.size;
  }

  list(): StoredValue[] {
    return [...this.#values.values()].map(({ machine, key, json }) => ({
      ...{ machine, key },
      value: JSON.parse(json),
    }));
  }

  /** The values of a machine by their keys, as they were written. */
  *valuesOf(machine: string): Iterable<readonly [string, unknown]> {
    for (const kept of this.#values.values())
      if (kept.machine === machine) yield [kept.key, kept.value];
  }

  /** How many values a machine has. */
  count(machine: string): number {
    let count = 0;
    for (const value of this.#values.values()) if (value.machine === machine) count++;
    return count;
  }

  /** A file that is gone, or so damaged that the agent moves it aside, is the same to what comes after. */
  lose(): void {
    this.#values.clear();
    this.bytes = 0;
  }

  /** A copy as it is now. The answer puts it back, whatever was written since. */
  backup(): () => void {
    const [copy, { bytes }] = [new Map(this.#values), this];
    return () => {
      this.#values = new Map(copy);
      this.bytes = bytes;
    };
  }

  #write(write: Write): void {
    const { machine, key, value } = write;
    const name = `${machine}\n${key}`;
    const before = this.#values.get(name);
    this.bytes -= before?.json.length ?? 0;
    if (value === null) {
      this.#values.delete(name);
    } else {
      const json = JSON.stringify(value);
      this.bytes += json.length;
      this.#values.set(name, { machine, key, json, value });
    }
    this.watch?.wrote(write, before?.value);
  }
}
