import { readMessage } from '../../../agent/link/inbound.ts';
import { parseTopic } from '../../../protocol/parse-topic.ts';

type Value = string | number | boolean;

/**
 * Which settings the robot may still apply. Deltas overtake one another on their way: once the robot has received a
 * version of a setting on its connection, values desired before that version are obsolete. A delta names only what
 * differs from the report that the cloud has, so it says nothing about the other settings.
 */
export class PendingSettings {
  readonly #robot: string;
  /** Every value that was ever desired, oldest first, by name. */
  readonly #desired = new Map<string, { version: number; value: Value }[]>();
  /** The version of the shadow document received on this connection; undefined until then. */
  #got: number | undefined;
  /** The newest version in which a delta on this connection has named the setting. */
  readonly #received = new Map<string, number>();

  constructor(robot: string) {
    this.#robot = robot;
  }

  desire(name: string, value: Value, version: number): void {
    this.#desired.set(name, [...(this.#desired.get(name) ?? []), { version, value }]);
  }

  connected(): void {
    this.#got = undefined;
    this.#received.clear();
  }

  /** A message reached the agent. The rule accepts what the agent's own reader accepts. */
  receive(topic: string, payload: Uint8Array): void {
    if (parseTopic(topic)?.channel.service !== 'shadow') return;
    const read = readMessage(this.#robot, topic, payload);
    if (!read.ok || read.value === undefined) return;
    const { type, body } = read.value;
    if (type === 'cloud/shadow-got') this.#got = Math.max(this.#got ?? 0, body.version);
    if (type !== 'cloud/shadow-delta' || this.#got === undefined) return;
    for (const name of Object.keys(body.state.settings ?? {})) {
      this.#received.set(name, Math.max(this.#received.get(name) ?? 0, body.version));
    }
  }

  /** The first of these settings that a received message has made obsolete. */
  overtakenOf(settings: Readonly<Record<string, unknown>>): string | undefined {
    return Object.entries(settings).find(([name, value]) => {
      const all = this.#desired.get(name) ?? [];
      const received = Math.max(this.#got ?? 0, this.#received.get(name) ?? 0);
      const last = all.findLastIndex(({ version }) => version <= received);
      const known = all.some((one) => one.value === value);
      return known && !all.slice(Math.max(0, last)).some((one) => one.value === value);
    })?.[0];
  }
}
