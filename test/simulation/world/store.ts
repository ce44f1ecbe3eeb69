import type { Store, StoredValue, Write } from '../../../agent/kernel/ports.ts';
import type { PoisonedMachine } from './scenario.ts';

interface Kept {
  readonly machine: string;
  readonly key: string;
  readonly json: string;
  /** The value as it was written. Machines never change a value, so it needs no copy; a new process reads the JSON. */
  readonly value: unknown;
}

/** Observes what is stored. */
interface Watch {
  /** A value was written (null: removed); `before` is the previous one. */
  wrote(write: Write, before: unknown): void;
  committed(): void;
}

/** The robot's store on its disk. It survives the agent; committed values are kept as JSON, as on a real disk. */
export class MemoryDisk {
  #values = new Map<string, Kept>();
  commits = 0;
  bytes = 0;
  watch: Watch | undefined;

  /**
   * A store for one run of the agent. `after` and `before` a commit may throw: then all of it is stored, or nothing.
   */
  open(after: () => void, before: () => void = () => {}): Store {
    return {
      load: () => this.list(),
      commit: (writes) => {
        before();
        // A value that is not JSON throws before anything is written.
        const ready = writes.map((write) => ({ write, json: JSON.stringify(write.value) }));
        for (const { write, json } of ready) this.#write(write, json);
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

  /** The values of a machine by their keys, as written. */
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

  has(machine: string, key: string): boolean {
    return this.#values.has(nameOf(machine, key));
  }

  /** One value of the machine becomes one that it cannot use. */
  poison(machine: PoisonedMachine): void {
    const write = { machine, key: poisonKeys[machine], value: poison };
    this.#write(write, JSON.stringify(poison), false);
  }

  isPoisoned(machine: PoisonedMachine): boolean {
    const kept = this.#values.get(nameOf(machine, poisonKeys[machine]));
    return kept?.json === JSON.stringify(poison);
  }

  /** A missing file and one so damaged that the agent quarantines it have the same consequences. */
  lose(): void {
    this.#values.clear();
    this.bytes = 0;
  }

  /** Copies the current contents. The returned function restores them, whatever was written since. */
  backup(): () => void {
    const [copy, { bytes }] = [new Map(this.#values), this];
    return () => {
      this.#values = new Map(copy);
      this.bytes = bytes;
    };
  }

  #write(write: Write, json: string, isWatched = true): void {
    const { machine, key, value } = write;
    const name = nameOf(machine, key);
    const before = this.#values.get(name);
    this.bytes -= before?.json.length ?? 0;
    if (value === null) {
      this.#values.delete(name);
    } else {
      this.bytes += json.length;
      this.#values.set(name, { machine, key, json, value });
    }
    if (isWatched) this.watch?.wrote(write, before?.value);
  }
}

/** A value of the right format whose content fits no machine. */
const poison = { v: 1, minReader: 1, data: {} };

/** The row, or an item. */
const poisonKeys = { missions: '', commands: 'poison' } as const;

const nameOf = (machine: string, key: string): string => `${machine}\n${key}`;
