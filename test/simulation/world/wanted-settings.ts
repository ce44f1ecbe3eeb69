import { readMessage } from '../../../agent/link/inbound.ts';
import { parseTopic } from '../../../protocol/parse-topic.ts';

type Value = string | number | boolean;

/**
 * Which settings the robot may still act on. Deltas overtake one another on their way: once it has heard of a version of
 * a setting on its connection, what was wanted before that version is over. A delta names only what differs from the
 * report that the cloud has, and so tells nothing of the others.
 */
export class WantedSettings {
  readonly #robot: string;
  /** Everything that was ever wanted, oldest first, by name. */
  readonly #wanted = new Map<string, { version: number; value: Value }[]>();
  /** The version of the shadow that was got on this connection; undefined until it was. */
  #got: number | undefined;
  /** The newest version in which a delta on this connection has named it. */
  readonly #heard = new Map<string, number>();

  constructor(robot: string) {
    this.#robot = robot;
  }

  want(name: string, value: Value, version: number): void {
    this.#wanted.set(name, [...(this.#wanted.get(name) ?? []), { version, value }]);
  }

  connected(): void {
    this.#got = undefined;
    this.#heard.clear();
  }

  /** A message reached the agent, which believes what its own reader believes. */
  heard(topic: string, payload: Uint8Array): void {
    if (parseTopic(topic)?.channel.service !== 'shadow') return;
    const read = readMessage(this.#robot, topic, payload);
    if (!read.ok || read.value === undefined) return;
    const { type, body } = read.value;
    if (type === 'cloud/shadow-got') this.#got = Math.max(this.#got ?? 0, body.version);
    if (type !== 'cloud/shadow-delta' || this.#got === undefined) return;
    for (const name of Object.keys(body.state.settings ?? {})) {
      this.#heard.set(name, Math.max(this.#heard.get(name) ?? 0, body.version));
    }
  }

  /** The first of these settings that was overtaken by what the robot has heard. */
  overtakenOf(settings: Readonly<Record<string, unknown>>): string | undefined {
    return Object.entries(settings).find(([name, value]) => {
      const all = this.#wanted.get(name) ?? [];
      const heard = Math.max(this.#got ?? 0, this.#heard.get(name) ?? 0);
      const last = all.findLastIndex(({ version }) => version <= heard);
      const known = all.some((one) => one.value === value);
      return known && !all.slice(Math.max(0, last)).some((one) => one.value === value);
    })?.[0];
  }
}
