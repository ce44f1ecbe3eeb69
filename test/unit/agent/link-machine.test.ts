import { describe, expect, it } from 'vitest';
import { options } from '../../../agent/cli/options.ts';
import type { CredentialsName, Event, LinkMemory, Observation } from '../../../agent/events.ts';
import { connectDelayMs as pauseBefore } from '../../../agent/link/backoff.ts';
import { type LinkState, linkMachine } from '../../../agent/link/machine.ts';
import { linkDown, linkUp, started, timer } from '../../support/agent-body.ts';
import { certificate } from '../../support/agent-certificates.ts';
import {
  feed,
  later,
  moment,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';

const machine = linkMachine({ retryMs: 2000, retryMsMax: 300_000 });
const ready = { type: 'clock/ready' } as const;
const provenTimer = timer('link/proven');
const tenMinutesLater = later(600_000);
/** The pause is over, ten minutes later. */
const retry = [timer('link/retry'), tenMinutesLater] as const;
const observed = (seen: Partial<Observation>): Observation => ({
  ...{ kind: 'lost', code: '', detail: '' },
  ...seen,
});
const closed = {
  ...linkDown,
  observation: observed({ kind: 'closed', code: 'requested' }),
};
const monoMs = moment.now.monoMs;
const down = ['timer/clear link/proven', 'timer/set link/retry', 'note link down'];
const proving = ['timer/set link/proven'];
const use = (credentials: CredentialsName) => ({ type: 'identity/use', credentials }) as const;
const nextUp = { type: 'link/up', credentials: 'next' } as const;
const promoted = { type: 'identity/promoted', current: certificate(2) } as const;

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
  readonly state: Partial<LinkState>;
}

const rows: readonly Row[] = [
  {
    name: 'connects when the clock is ready',
    events: [ready],
    effects: ['link/open'],
    state: { name: 'connecting' },
  },
  {
    name: 'counts a connection, and waits for it to prove stable',
    events: [ready, linkUp],
    effects: proving,
    state: { name: 'up', connects: 1, failures: 0 },
  },
  {
    name: 'waits after a rejection',
    events: [ready, linkDown],
    effects: down,
    state: { name: 'waiting', failures: 1, last: linkDown.observation },
  },
  {
    name: 'connects again when the delay is over',
    events: [ready, linkDown, retry],
    effects: ['link/open'],
    state: { name: 'connecting', failures: 1 },
  },
  {
    name: 'resets the failures after a connection of a minute',
    events: [ready, linkDown, retry, linkUp, provenTimer],
    effects: [],
    state: { name: 'up', failures: 0 },
  },
  {
    name: 'counts a shorter connection as a failure',
    events: [ready, linkDown, retry, linkUp, linkDown],
    effects: down,
    state: { failures: 2 },
  },
  {
    name: 'counts one failure when a stable connection ends',
    events: [ready, linkDown, retry, linkUp, provenTimer, linkDown],
    effects: down,
    state: { failures: 1 },
  },
  {
    name: 'ignores the timer of a connection that has ended',
    events: [ready, linkUp, linkDown, provenTimer],
    effects: [],
    state: { name: 'waiting', failures: 1 },
  },
  {
    name: 'counts no failure when the robot disconnects itself',
    events: [ready, linkUp, closed],
    effects: down,
    state: { name: 'waiting', failures: 0 },
  },
  {
    name: 'ignores a retry timer while it is up',
    events: [ready, linkUp, retry],
    effects: [],
    state: { name: 'up' },
  },
  {
    name: 'ignores a second link/up',
    events: [ready, linkUp, linkUp],
    effects: [],
    state: { connects: 1 },
  },
  {
    name: 'ignores a second link/down',
    events: [ready, linkDown, linkDown],
    effects: [],
    state: { failures: 1 },
  },
  {
    name: 'ignores a timer of another machine',
    events: [ready, linkDown, timer('missions/look')],
    effects: [],
    state: { name: 'waiting' },
  },
  {
    name: 'ends the connection for other credentials',
    events: [ready, linkUp, use('next')],
    effects: ['link/close'],
    state: { name: 'up', credentials: 'next' },
  },
  {
    name: 'connects with the other credentials when the connection has ended',
    events: [ready, linkUp, use('next'), linkDown, retry],
    effects: ['link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'drops the running attempt for other credentials',
    events: [ready, [use('next'), later(1000)]],
    effects: ['cancel link/open', 'link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'waits until a second after the dropped attempt',
    events: [ready, [use('next'), later(999)]],
    effects: ['cancel link/open', 'timer/set link/retry'],
    state: { name: 'waiting', credentials: 'next' },
  },
  {
    name: 'connects when that second is over',
    events: [ready, [use('next'), later(999)], [timer('link/retry'), later(1000)]],
    effects: ['link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'only sets its timer again when that fires too early',
    events: [ready, linkDown, timer('link/retry')],
    effects: ['timer/set link/retry'],
    state: { name: 'waiting' },
  },
  {
    name: 'ignores the end of the dropped attempt',
    events: [ready, [use('next'), later(1000)], linkUp],
    effects: [],
    state: { name: 'connecting', credentials: 'next', connects: 0 },
  },
  {
    name: 'uses other credentials for the next attempt while it waits',
    events: [ready, linkDown, use('next')],
    effects: [],
    state: { name: 'waiting', credentials: 'next' },
  },
  {
    name: 'uses other credentials for the first attempt before the clock is ready',
    events: [use('next'), ready],
    effects: ['link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'ignores the same credentials',
    events: [ready, linkUp, use('current')],
    effects: [],
    state: { name: 'up', credentials: 'current' },
  },
  {
    name: 'keeps the connection when its credentials are promoted',
    events: [use('next'), ready, nextUp, promoted],
    effects: [],
    state: { name: 'up', credentials: 'current' },
  },
  {
    name: 'connects again when the credentials are promoted during an attempt, whose name may be stale',
    events: [use('next'), ready, nextUp, linkDown, retry, [promoted, later(601_000)]],
    effects: ['cancel link/open', 'link/open'],
    state: { name: 'connecting', credentials: 'current' },
  },
];

describe('the link machine', () => {
  it.each(rows)('$name', ({ events, effects, state }) => {
    const step = feed(machine, events);
    // What is remembered of it stands below.
    expect(summaries(step).filter((effect) => effect !== 'link/remember')).toEqual(effects);
    expect(step.state).toMatchObject(state);
  });

  it.each<[Partial<Observation>, failures: number, random: number, ms: number]>([
    // The cloud may be back any moment.
    [{ kind: 'closed-early', code: 'closed' }, 1, 0, 1000],
    [{ kind: 'closed-early', code: 'closed' }, 1, 0.999, 3996],
    [{ kind: 'closed-early', code: 'closed' }, 3, 0.5, 8000],
    [{ kind: 'closed-early', code: 'closed' }, 40, 0.999, 299_700],
    [{ kind: 'closed-early', code: 'closed' }, 40, 0, 1000],
    [{ kind: 'tls', code: 'ECONNRESET' }, 1, 0.5, 2000],
    [{ kind: 'unreachable', code: 'ECONNREFUSED' }, 40, 0.5, 150_000],
    // Nothing left the home network.
    [{ kind: 'unreachable', code: 'ENETUNREACH' }, 1, 0.5, 2000],
    [{ kind: 'unreachable', code: 'ENOTFOUND' }, 40, 0.5, 30_000],
    [{ kind: 'timeout', code: 'tcp' }, 40, 0.5, 30_000],
    [{ kind: 'identity', code: 'no-identity' }, 40, 0.5, 30_000],
    // Asked for room.
    [{ kind: 'refused', code: 'connack-3' }, 1, 0.5, 8000],
    [{ kind: 'refused', code: 'connack-3' }, 40, 0.5, 150_000],
    [{ kind: 'timeout', code: 'connack' }, 1, 0.5, 2000],
    [{ kind: 'timeout', code: 'tls' }, 1, 0.5, 8000],
    [{ kind: 'timeout', code: 'suback' }, 1, 0.5, 8000],
    [{ kind: 'alert', code: 'internal-error' }, 40, 0.5, 150_000],
    // Denied until somebody changes something.
    [{ kind: 'refused', code: 'connack-5' }, 1, 0.5, 8000],
    [{ kind: 'refused', code: 'connack-5' }, 40, 0.5, 1_800_000],
    [{ kind: 'alert', code: 'certificate-revoked' }, 40, 0.5, 1_800_000],
    [{ kind: 'tls', code: 'CERT_HAS_EXPIRED' }, 40, 0.5, 1_800_000],
    // The first loss of a proven connection, and those of connections that never last.
    [{ kind: 'lost', code: 'closed' }, 1, 0.5, 2000],
    [{ kind: 'lost', code: 'closed' }, 2, 0.5, 16_000],
    [{ kind: 'lost', code: 'closed' }, 40, 0.5, 150_000],
  ])('waits, after %j number %i with random %f, for %i ms', (seen, failures, random, ms) => {
    const event: Event = { type: 'link/down', credentials: 'current', observation: observed(seen) };
    const failing = Array.from({ length: failures - 1 }, (_, n): Timed[] => [
      [event, later(n * 7_200_000)],
      [timer('link/retry'), later((n + 1) * 7_200_000 - 1)],
    ]).flat();
    const step = feed(machine, [
      ready,
      ...failing,
      [event, { ...later(failures * 7_200_000), random }],
    ]);
    expect(step.state.failures).toBe(failures);
    expect(timerMs(step, 'link/retry')).toBe(ms);
  });

  it('stores nothing', () => {
    const { state } = feed(machine, [ready, linkUp, linkDown]);
    expect([state.row, state.items.size]).toEqual([null, 0]);
  });
});

describe('the next agent of the same boot', () => {
  const on = (bootId: string | null, link: LinkMemory | null): Event => ({
    ...started,
    board: {
      system: bootId === null ? null : { bootId, hardwareId: 'h', watchdogS: 30 },
      boot: null,
    },
    link,
  });
  const memory: LinkMemory = {
    bootId: 'b',
    failures: 7,
    openedMs: monoMs - 5000,
    untilMs: monoMs + 90_000,
  };
  const remembered = ({ effects = [] }: ReturnType<typeof machine.step>) =>
    effects.flatMap((effect) => (effect.type === 'link/remember' ? [effect.memory] : []));

  it('waits for the rest of the delay, and continues the count', () => {
    const step = feed(machine, [on('b', memory), ready]);
    expect(summaries(step)).toEqual(['timer/set link/retry']);
    expect(timerMs(step, 'link/retry')).toBe(90_000);
    expect(step.state).toMatchObject({ name: 'waiting', failures: 7 });
    const opened = feed(machine, [on('b', memory), ready, [timer('link/retry'), later(90_000)]]);
    expect(opened.state.name).toBe('connecting');
  });

  it('connects at least a second after the previous attempt, whatever the delay', () => {
    const crashed = { ...memory, openedMs: monoMs - 300, untilMs: 0 };
    const step = feed(machine, [on('b', crashed), ready]);
    expect(timerMs(step, 'link/retry')).toBe(700);
  });

  it.each([
    ['a different boot', 'another boot'],
    ['a boot without an id', null],
  ])('keeps that second and no delay in %s', (_name, bootId) => {
    const openedMs = monoMs - 300;
    const [memory] = remembered(feed(machine, [on(null, null), ready]));
    const crashed = { ...memory, openedMs, untilMs: monoMs + 90_000 } as LinkMemory;
    const step = feed(machine, [on(bootId, crashed), ready]);
    expect(timerMs(step, 'link/retry')).toBe(700);
    expect(step.state.failures).toBe(0);
  });

  it.each<[string, Event]>([
    ['power cycle', on('another boot', memory)],
    ['board without boot ids', on(null, memory)],
    ['clock that is behind the stored time', on('b', { ...memory, openedMs: monoMs + 1 })],
    ['agent without a record', on('b', null)],
  ])('connects at once after a %s', (_name, event) => {
    const step = feed(machine, [event, ready]);
    expect(step.state).toMatchObject({ name: 'connecting', failures: 0 });
  });

  it('limits a recorded delay to the longest possible one', () => {
    const step = feed(machine, [on('b', { ...memory, untilMs: 1e15 }), ready]);
    expect(timerMs(step, 'link/retry')).toBe(3_600_000);
  });

  it('receives a record of each attempt, each delay, and each stable connection', () => {
    const boot = on('b', null);
    const openedMs = monoMs;
    expect(remembered(feed(machine, [boot, ready]))).toEqual([
      { bootId: 'b', failures: 0, openedMs, untilMs: 0 },
    ]);
    expect(remembered(feed(machine, [boot, ready, linkDown]))).toEqual([
      { bootId: 'b', failures: 1, openedMs, untilMs: monoMs + 2000 },
    ]);
    const proven = [boot, ready, linkDown, retry, linkUp, provenTimer];
    expect(remembered(feed(machine, proven))).toMatchObject([{ failures: 0 }]);
  });
});

it('makes five more attempts within 300 s when CONNACK never comes, whatever is drawn', () => {
  const { connectTimeoutS, retryS, retrySMax } = options;
  const config = { retryMs: retryS.default * 1000, retryMsMax: retrySMax.default * 1000 };
  const seen: Observation = { kind: 'timeout', code: 'connack', detail: '' };
  const delays = [1, 2, 3, 4, 5].map((failures) =>
    pauseBefore(config, seen, { failures, random: 1 - Number.EPSILON }),
  );
  const totalMs = delays.reduce((sum, ms) => sum + ms + connectTimeoutS.default * 1000, 0);
  expect(totalMs).toBeLessThan(300_000);
  expect(delays).toEqual([...delays].sort((a, b) => a - b));
});
