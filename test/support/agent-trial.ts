import type {
  CertificateFacts,
  CredentialsName,
  Event,
  PreviousFacts,
} from '../../agent/events.ts';
import type { AgentEffect as Effect } from '../../agent/features.ts';
import { effects, machinesOf } from '../../agent/features.ts';
import type { Moment } from '../../agent/kernel/machine.ts';
import { type States, takeTurn } from '../../agent/kernel/turn.ts';
import { certificate } from './agent-certificates.ts';
import { testConfig } from './agent-config.ts';
import { moment } from './agent-machine.ts';

/** The outcome of an attempt with some credentials: the kind of observation, or up. */
export type Attempt = 'up' | 'closed-early' | 'timeout' | 'unreachable';

/**
 * The machines of identity and link with all that is around them: a disk that stages and promotes credentials, a cloud that
 * answers, a broker that does what the test says, and a clock that jumps from timer to timer.
 */
export class Trial {
  readonly log: string[] = [];
  current: CertificateFacts | null;
  next: CertificateFacts | null = null;
  previous: PreviousFacts = {};
  outcomeOf: (credentials: CredentialsName) => Attempt = () => 'up';
  /** The cloud answers the second request too. */
  registersThing = true;
  #live: CredentialsName | undefined;
  #ms = 0;
  readonly #machines = machinesOf(testConfig()).filter(({ name }) =>
    /^(identity|link)$/.test(name),
  );
  readonly #timers = new Map<string, number>();
  readonly #queue: Event[] = [];
  #states: States;

  constructor(current: CertificateFacts) {
    this.current = current;
    this.#states = this.#restored({});
  }

  /** Starts the agent with what the disk and the store hold. */
  start(): void {
    this.#timers.clear();
    this.#live = undefined;
    this.#states = this.#restored(this.#states);
    const identity = { current: this.current, next: this.next, ...this.previous };
    const board = { system: null, boot: null };
    this.feed({
      type: 'agent/started',
      version: '1',
      builtMs: 0,
      board,
      identity,
      isClockOurs: false,
      link: null,
    });
    this.feed({ type: 'clock/ready' });
  }

  feed(event: Event): void {
    this.#queue.push(event);
    for (let one = this.#queue.shift(); one !== undefined; one = this.#queue.shift()) {
      const turn = takeTurn(
        { machines: this.#machines, effects },
        this.#states,
        one,
        this.#moment(),
      );
      this.#states = turn.states;
      for (const effect of turn.effects) this.#do(effect as Effect);
    }
  }

  /** Advances the clock by `ms`, timer by timer. */
  run(ms: number): void {
    const endMs = this.#ms + ms;
    for (;;) {
      const [first] = [...this.#timers].sort(([, a], [, b]) => a - b);
      if (first === undefined || first[1] > endMs) break;
      this.#timers.delete(first[0]);
      this.#ms = Math.max(this.#ms, first[1]);
      this.feed({ type: 'timer', key: first[0] });
    }
    this.#ms = endMs;
  }

  get connected(): CredentialsName | undefined {
    return this.#live;
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case 'timer/set':
        return void this.#timers.set(effect.key, this.#ms + effect.ms);
      case 'timer/clear':
        return void this.#timers.delete(effect.key);
      case 'link/close':
        return this.#down(this.#live ?? 'current', 'closed');
      case 'link/open':
        return this.#open(effect.credentials);
      case 'identity/request':
        return void this.#queue.push({ type: 'identity/requested', csr: 'CSR' });
      case 'identity/subscribe':
        return void this.#queue.push({ type: 'identity/subscribed' });
      case 'identity/stage':
        this.next = certificate(2);
        return void this.#queue.push({ type: 'identity/staged', next: this.next });
      case 'identity/promote':
        if (this.current !== null && this.next !== null) {
          this.previous = { ...this.previous, 'previous-1': this.current };
        }
        this.current = this.next ?? this.current;
        this.next = null;
        if (this.current === null) return;
        return void this.#queue.push({
          ...{ type: 'identity/promoted', current: this.current, previous: this.previous },
        });
      case 'identity/forget':
        this.log.push(`forgets ${effect.places.join()}`);
        return;
      case 'identity/discard':
        this.log.push(`discarded while ${this.#live ?? 'nothing'} was connected`);
        this.next = null;
        return;
      case 'publish':
        return this.#answer(effect.topic);
      default:
        return;
    }
  }

  #answer(topic: string): void {
    if (topic.includes('create-from-csr')) {
      const body = {
        certificateOwnershipToken: 'TOKEN',
        certificateId: certificate(2).certificateId,
        certificatePem: 'PEM',
      };
      this.#queue.push({ type: 'cloud/certificate-created', body });
    } else if (this.registersThing && topic.includes('provisioning-templates')) {
      this.#queue.push({ type: 'cloud/thing-registered', body: { thingName: 'R1' } });
    }
  }

  #open(credentials: CredentialsName): void {
    const outcome =
      credentials === 'next' && this.next === null ? 'closed-early' : this.outcomeOf(credentials);
    this.log.push(`${credentials} ${outcome}`);
    if (outcome === 'timeout') this.#ms += 30_000;
    if (outcome !== 'up') return this.#down(credentials, outcome);
    this.#live = credentials;
    this.#queue.push({ type: 'link/up', credentials });
    const { wallMs } = this.#moment().now;
    this.#queue.push({ type: 'time/known', cloudMs: wallMs, boardMs: wallMs });
  }

  #down(credentials: CredentialsName, kind: string): void {
    this.#live = undefined;
    const observation = { kind, code: kind, detail: '' };
    this.#queue.push({ type: 'link/down', credentials, observation } as Event);
  }

  #moment(): Moment {
    const { now } = moment;
    return {
      ...moment,
      now: { ...now, wallMs: now.wallMs + this.#ms, monoMs: now.monoMs + this.#ms },
    };
  }

  #restored(before: States): States {
    return Object.fromEntries(
      this.#machines.map((machine) => {
        const state = before[machine.name];
        const saved = state && structuredClone({ row: state.row, items: state.items });
        return [machine.name, machine.restore(saved, this.#moment())];
      }),
    );
  }
}
