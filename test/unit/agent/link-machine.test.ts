import { describe, expect, it } from 'vitest';
import { options } from '../../../agent/cli/options.ts';
import type { CredentialsName, Event, LinkMemory, Observation } from '../../../agent/events.ts';
import { pauseMs as pauseBefore } from '../../../agent/link/backoff.ts';
import { type LinkState, linkMachine } from '../../../agent/link/machine.ts';
import { linkDown, linkUp, started, timer } from '../../support/agent-body.ts';
import {
  feed,
  later,
  moment,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';
import { certificate } from '../../support/agent-pairs.ts';

const machine = linkMachine({ retryMs: 2000, retryMsMax: 300_000 });
const ready = { type: 'clock/ready' } as const;
const provenTimer = timer('link/proven');
const gone = later(600_000);
/** The pause is over, ten minutes later. */
const retry = [timer('link/retry'), gone] as const;
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
    name: 'the clock is good enough: connects',
    events: [ready],
    effects: ['link/open'],
    state: { name: 'connecting' },
  },
  {
    name: 'up: it is counted, and has to prove itself',
    events: [ready, linkUp],
    effects: proving,
    state: { name: 'up', connects: 1, failures: 0 },
  },
  {
    name: 'refused: waits',
    events: [ready, linkDown],
    effects: down,
    state: { name: 'waiting', failures: 1, last: linkDown.observation },
  },
  {
    name: 'the pause is over: connects again',
    events: [ready, linkDown, retry],
    effects: ['link/open'],
    state: { name: 'connecting', failures: 1 },
  },
  {
    name: 'a connection that lived for a minute clears the failures',
    events: [ready, linkDown, retry, linkUp, provenTimer],
    effects: [],
    state: { name: 'up', failures: 0 },
  },
  {
    name: 'one that lived for less counts as a failure',
    events: [ready, linkDown, retry, linkUp, linkDown],
    effects: down,
    state: { failures: 2 },
  },
  {
    name: 'a connection that proved itself fails for the first time',
    events: [ready, linkDown, retry, linkUp, provenTimer, linkDown],
    effects: down,
    state: { failures: 1 },
  },
  {
    name: 'what was proven of a connection that is gone means nothing',
    events: [ready, linkUp, linkDown, provenTimer],
    effects: [],
    state: { name: 'waiting', failures: 1 },
  },
  {
    name: 'an end by ourselves is no failure',
    events: [ready, linkUp, closed],
    effects: down,
    state: { name: 'waiting', failures: 0 },
  },
  {
    name: 'a retry timer while up means nothing',
    events: [ready, linkUp, retry],
    effects: [],
    state: { name: 'up' },
  },
  {
    name: 'up twice is up once',
    events: [ready, linkUp, linkUp],
    effects: [],
    state: { connects: 1 },
  },
  {
    name: 'down twice is down once',
    events: [ready, linkDown, linkDown],
    effects: [],
    state: { failures: 1 },
  },
  {
    name: 'a foreign timer means nothing',
    events: [ready, linkDown, timer('missions/look')],
    effects: [],
    state: { name: 'waiting' },
  },
  {
    name: 'another pair while up: the connection is ended',
    events: [ready, linkUp, use('next')],
    effects: ['link/close'],
    state: { name: 'up', credentials: 'next' },
  },
  {
    name: 'and when it has ended, opened by that pair',
    events: [ready, linkUp, use('next'), linkDown, retry],
    effects: ['link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'another pair while connecting: the attempt is given up for one by it',
    events: [ready, [use('next'), later(1000)]],
    effects: ['cancel link/open', 'link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'but not within a second of the attempt before',
    events: [ready, [use('next'), later(999)]],
    effects: ['cancel link/open', 'timer/set link/retry'],
    state: { name: 'waiting', credentials: 'next' },
  },
  {
    name: 'then it is opened',
    events: [ready, [use('next'), later(999)], [timer('link/retry'), later(1000)]],
    effects: ['link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'a timer that comes too early changes nothing but its own time',
    events: [ready, linkDown, timer('link/retry')],
    effects: ['timer/set link/retry'],
    state: { name: 'waiting' },
  },
  {
    name: 'and what the old attempt still says means nothing',
    events: [ready, [use('next'), later(1000)], linkUp],
    effects: [],
    state: { name: 'connecting', credentials: 'next', connects: 0 },
  },
  {
    name: 'another pair while waiting: for the next attempt',
    events: [ready, linkDown, use('next')],
    effects: [],
    state: { name: 'waiting', credentials: 'next' },
  },
  {
    name: 'another pair before the clock is good enough: for the first attempt',
    events: [use('next'), ready],
    effects: ['link/open'],
    state: { name: 'connecting', credentials: 'next' },
  },
  {
    name: 'the same pair: nothing',
    events: [ready, linkUp, use('current')],
    effects: [],
    state: { name: 'up', credentials: 'current' },
  },
  {
    name: 'the pair is promoted: its connection goes on',
    events: [use('next'), ready, nextUp, promoted],
    effects: [],
    state: { name: 'up', credentials: 'current' },
  },
  {
    name: 'the pair is promoted while it connects: its old name may be gone',
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
    // Nothing left the house.
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
    // A no for good.
    [{ kind: 'refused', code: 'connack-5' }, 1, 0.5, 8000],
    [{ kind: 'refused', code: 'connack-5' }, 40, 0.5, 1_800_000],
    [{ kind: 'alert', code: 'certificate-revoked' }, 40, 0.5, 1_800_000],
    [{ kind: 'tls', code: 'CERT_HAS_EXPIRED' }, 40, 0.5, 1_800_000],
    // The first loss of a proven connection, and those of one that never lives long.
    [{ kind: 'lost', code: 'closed' }, 1, 0.5, 2000],
    [{ kind: 'lost', code: 'closed' }, 2, 0.5, 16_000],
    [{ kind: 'lost', code: 'closed' }, 40, 0.5, 150_000],
  ])('%j for the %i. time and with chance %f: waits %i ms', (seen, failures, random, ms) => {
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

  it('waits for what is left of the pause, and goes on counting', () => {
    const step = feed(machine, [on('b', memory), ready]);
    expect(summaries(step)).toEqual(['timer/set link/retry']);
    expect(timerMs(step, 'link/retry')).toBe(90_000);
    expect(step.state).toMatchObject({ name: 'waiting', failures: 7 });
    const opened = feed(machine, [on('b', memory), ready, [timer('link/retry'), later(90_000)]]);
    expect(opened.state.name).toBe('connecting');
  });

  it('connects no sooner than a second after the one before, pause or not', () => {
    const crashed = { ...memory, openedMs: monoMs - 300, untilMs: 0 };
    const step = feed(machine, [on('b', crashed), ready]);
    expect(timerMs(step, 'link/retry')).toBe(700);
  });

  it.each([
    ['another boot', 'another boot'],
    ['a boot of which the board says nothing', null],
  ])('keeps that second, and no pause, also in %s', (_name, bootId) => {
    const openedMs = monoMs - 300;
    const [memory] = remembered(feed(machine, [on(null, null), ready]));
    const crashed = { ...memory, openedMs, untilMs: monoMs + 90_000 } as LinkMemory;
    const step = feed(machine, [on(bootId, crashed), ready]);
    expect(timerMs(step, 'link/retry')).toBe(700);
    expect(step.state.failures).toBe(0);
  });

  it.each<[string, Event]>([
    ['power cycle', on('another boot', memory)],
    ['board that does not tell its boots apart', on(null, memory)],
    ['clock that has not come so far', on('b', { ...memory, openedMs: monoMs + 1 })],
    ['agent that had nothing to remember', on('b', null)],
  ])('after a %s tries at once', (_name, event) => {
    const step = feed(machine, [event, ready]);
    expect(step.state).toMatchObject({ name: 'connecting', failures: 0 });
  });

  it('believes no file that names a pause longer than any is', () => {
    const step = feed(machine, [on('b', { ...memory, untilMs: 1e15 }), ready]);
    expect(timerMs(step, 'link/retry')).toBe(3_600_000);
  });

  it('is told of each attempt, each pause, and of the connection that proved itself', () => {
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
  const pauses = [1, 2, 3, 4, 5].map((failures) =>
    pauseBefore(config, seen, { failures, random: 1 - Number.EPSILON }),
  );
  const totalMs = pauses.reduce((sum, ms) => sum + ms + connectTimeoutS.default * 1000, 0);
  expect(totalMs).toBeLessThan(300_000);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
});
