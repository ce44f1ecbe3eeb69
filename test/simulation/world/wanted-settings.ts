import { readMessage } from '../../../agent/link/inbound.ts';

type Value = string | number | boolean;

/**
 * Which settings the robot may still act on. Deltas overtake one another on their way: once it has heard of a version of
 * the shadow on its connection, what was wanted before that version is over.
 */
export class WantedSettings {
  readonly #robot: string;
  /** Everything that was ever wanted, oldest first, by name. */
  readonly #wanted = new Map<string, { version: number; value: Value }[]>();
  /** The newest version heard of on this connection; undefined until the shadow was got. */
  #heard: number | undefined;

  constructor(robot: string) {
    this.#robot = robot;
  }

  want(name: string, value: Value, version: number): void {
    this.#wanted.set(name, [...(this.#wanted.get(name) ?? []), { version, value }]);
  }

  connected(): void {
    this.#heard = undefined;
  }

  /** A message reached the agent, which believes what its own reader believes. */
  heard(topic: string, payload: Uint8Array): void {
    const read = readMessage(this.#robot, topic, payload);
    if (!read.ok || read.value === undefined) return;
    const { type, body } = read.value;
    if (type === 'cloud/shadow-got') this.#heard = Math.max(this.#heard ?? 0, body.version);
    if (type === 'cloud/shadow-delta' && this.#heard !== undefined) {
      this.#heard = Math.max(this.#heard, body.version);
    }
  }

  /** The first of these settings that was overtaken by what the robot has heard. */
  overtakenOf(settings: Readonly<Record<string, unknown>>): string | undefined {
    return Object.entries(settings).find(([name, value]) => {
      const all = this.#wanted.get(name) ?? [];
      const last = all.findLastIndex(({ version }) => version <= (this.#heard ?? 0));
      const known = all.some((one) => one.value === value);
      return known && !all.slice(Math.max(0, last)).some((one) => one.value === value);
    })?.[0];
  }
}
