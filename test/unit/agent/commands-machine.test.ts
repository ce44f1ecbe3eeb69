import { describe, expect, it } from 'vitest';
import { commandsMachine } from '../../../agent/commands/machine.ts';
import type { Event } from '../../../agent/events.ts';
import type { Moment } from '../../../agent/kernel/machine.ts';
import type { Command, CommandOutcome } from '../../../protocol/schemas/commands.ts';
import { linkDown, linkUp, observed } from '../../support/agent-body.ts';
import {
  feed,
  later,
  moment,
  nowMs,
  payloads,
  restarted,
  summaries,
  type Timed,
} from '../../support/agent-machine.ts';

const machine = commandsMachine({ robot: 'R1' });
const command = (id: string, change: Partial<Command> = {}): Event => ({
  type: 'cloud/command',
  body: {
    v: 1,
    id,
    command: 'start',
    issuedMs: nowMs,
    expiresMs: nowMs + 60_000,
    initiator: 'cloud',
    ...change,
  },
});
const known: Event = { type: 'time/known', cloudMs: nowMs, boardMs: nowMs };
const expiryTimer: Event = { type: 'timer', key: 'commands/expiry' };
/** What waited is started in a turn of its own. */
const timeKnownAndDue = [known, expiryTimer];
const done = (tag: string): Event => ({
  type: 'body/answered',
  tag,
  record: { tag, verb: 'start', result: 'done' },
});
const busy: Event = {
  type: 'body/answered',
  tag: 'c1',
  record: { tag: 'c1', verb: 'start', result: 'refused', reason: 'busy' },
};
const silent = (code: string): Event => ({ type: 'body/no-response', tag: 'c1', code });
const runs = 'body/command start c1';
const ready = [linkUp, known];

const outcomes = (step: Parameters<typeof payloads>[0]) =>
  (payloads(step) as unknown as CommandOutcome[]).map(
    ({ id, outcome, reason }) => `${id} ${outcome}${reason ? ` ${reason}` : ''}`,
  );

describe('a command', () => {
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['runs', [...ready, command('c1')], [runs]],
    ['runs once, however often it arrives', [...ready, command('c1'), command('c1')], []],
    ['waits until cloud time is known', [linkUp, command('c1')], []],
    ['runs when cloud time is known', [linkUp, command('c1'), ...timeKnownAndDue], [runs]],
    [
      'runs once when it arrived twice while it waited',
      [linkUp, command('c1'), command('c1'), ...timeKnownAndDue],
      [runs],
    ],
    ['is dropped with the connection on which it waited', [command('c1'), linkDown, known], []],
    [
      'waits for cloud time again on a new connection',
      [...ready, linkDown, linkUp, command('c1')],
      [],
    ],
  ])('%s', (_name, events, effects) => {
    expect(summaries(feed(machine, events))).toEqual(effects);
  });

  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['done', [...ready, command('c1'), done('c1')], ['c1 done']],
    ['refused by the body', [...ready, command('c1'), busy], ['c1 refused busy']],
    [
      'expired when the body has read it too late',
      [
        ...ready,
        command('c1'),
        {
          type: 'body/answered',
          tag: 'c1',
          record: { tag: 'c1', verb: 'start', result: 'refused', reason: 'expired' },
        },
      ],
      ['c1 expired'],
    ],
    [
      'rejected when the body gave no reason',
      [...ready, command('c1'), silent('refused')],
      ['c1 refused body'],
    ],
    ['expired', [...ready, command('c1', { expiresMs: nowMs })], ['c1 expired']],
    [
      'rejected when it is unknown',
      [...ready, command('c1', { command: 'unknown' })],
      ['c1 refused unknown-command'],
    ],
    [
      'repeated when the command is repeated',
      [...ready, command('c1'), done('c1'), command('c1')],
      ['c1 done'],
    ],
    [
      'sent once when the body answers twice',
      [...ready, command('c1'), done('c1'), done('c1')],
      [],
    ],
    ['not sent for an unknown tag', [...ready, done('c9')], []],
  ])('has its outcome %s', (_name, events, expected) => {
    expect(outcomes(feed(machine, events))).toEqual(expected);
  });

  it.each([
    ['slow', nowMs - 3_600_000, [runs]],
    ['fast', nowMs + 3_600_000, [runs]],
  ])(
    'is judged by cloud time, with a %s clock as with a right one, after it waited',
    (_n, wallMs, effects) => {
      const at = { ...moment, now: { ...moment.now, wallMs, quality: 'floor' as const } };
      const events: Timed[] = [
        [linkUp, at],
        [command('c1'), at],
        [command('c2', { expiresMs: nowMs - 1 }), at],
        [known, at],
        [expiryTimer, moment],
      ];
      const step = feed(machine, events);
      expect(summaries(step)).toEqual([...effects, 'publish commands/outcome']);
      expect(outcomes(step)).toEqual(['c2 expired']);
    },
  );

  it('is rejected at once when eight are waiting', () => {
    const many = Array.from({ length: 10 }, (_, i) => command(`c${i}`));
    expect(summaries(feed(machine, [linkUp, ...many, ...timeKnownAndDue]))).toHaveLength(8);
    expect(outcomes(feed(machine, [linkUp, ...many.slice(0, 9)]))).toEqual(['c8 refused too-many']);
  });

  it.each([
    ['cloud', 'cloud'],
    ['schedule', 'schedule'],
    // A word of a newer cloud: the command still came from the cloud.
    ['unknown', 'cloud'],
  ] as const)('of the initiator %s reaches the body as started by %s', (initiator, expected) => {
    const step = feed(machine, [...ready, command('c1', { initiator })]);
    const effect = { type: 'body/command', tag: 'c1', verb: 'start', initiator: expected };
    expect(step.effects).toContainEqual(expect.objectContaining(effect));
  });

  it('is passed to the body with its expiry on the monotonic clock', () => {
    const { state } = feed(machine, ready);
    const at = later(10_000);
    const step = machine.step(state, command('c1'), at);
    const validUntilMonoMs = at.now.monoMs + 50_000;
    expect(step.effects).toContainEqual(expect.objectContaining({ tag: 'c1', validUntilMonoMs }));
  });

  it("has an outcome that fits the protocol, whatever the body's reason", () => {
    const record = {
      tag: 'c1',
      verb: 'start',
      result: 'refused',
      reason: 'x'.repeat(500),
    } as const;
    const step = feed(machine, [
      ...ready,
      command('c1'),
      { type: 'body/answered', tag: 'c1', record },
    ]);
    expect(payloads(step)[0]?.['reason']).toHaveLength(80);
  });
});

describe('a body that does not respond', () => {
  const unsettled = [...ready, command('c1'), silent('unavailable')];
  const seen = (tag: string) => observed({ commands: [{ tag, verb: 'start', result: 'done' }] });

  it('is polled', () => {
    expect(feed(machine, unsettled).events).toEqual([
      { type: 'body/poll-requested', by: 'commands' },
    ]);
  });

  it.each([
    ['executed the command', seen('c1'), ['c1 done']],
    ['does not know the command', seen('c0'), ['c1 unknown-outcome']],
  ] as const)('%s', (_name, snapshot, expected) => {
    expect(outcomes(feed(machine, [...unsettled, snapshot]))).toEqual(expected);
    expect(outcomes(feed(machine, [...unsettled, snapshot, snapshot]))).toEqual([]);
  });
});

describe('the commands machine after a restart', () => {
  const dead = (...events: Timed[]) =>
    restarted(machine, feed(machine, [...ready, ...events]).state);
  const then = (state: ReturnType<typeof dead>, ...events: Event[]) =>
    events.reduce((step, event) => machine.step(step.state, event, moment), { state });

  it('settles a running command by the snapshot of the body', () => {
    const snapshot = observed({ commands: [{ tag: 'c1', verb: 'start', result: 'done' }] });
    expect(outcomes(then(dead(command('c1')), snapshot))).toEqual(['c1 done']);
    expect(outcomes(then(dead(command('c1')), observed()))).toEqual(['c1 unknown-outcome']);
  });

  it('does not run a command a second time', () => {
    expect(summaries(then(dead(command('c1')), linkUp, known, command('c1')))).toEqual([]);
    const settled = then(dead(command('c1')), observed(), linkUp, known, command('c1'));
    expect(outcomes(settled)).toEqual(['c1 unknown-outcome']);
  });

  it('shows running commands in the status', () => {
    const state = dead(command('c1'), command('c2'), done('c2'));
    expect(machine.view(state)).toMatchObject({ executing: ['c1'], finished: 1 });
  });

  it('keeps outcomes', () => {
    const step = then(dead(command('c1'), done('c1')), linkUp, known, command('c1'));
    expect(outcomes(step)).toEqual(['c1 done']);
  });
});

describe('the memory of commands', () => {
  const ran = (n: number, expiresMs: number) => [command(`c${n}`, { expiresMs }), done(`c${n}`)];
  const full = Array.from({ length: 64 }, (_, i) => ran(i, nowMs + 60_000)).flat();

  it('rejects commands above its bound, because a command forgotten too early would run twice', () => {
    const step = feed(machine, [...ready, ...full, command('new')]);
    expect(outcomes(step)).toEqual(['new refused too-many']);
    expect(machine.view(step.state)).toMatchObject({ finished: 64, refused: { 'too-many': 1 } });
    const at = later(30_000);
    expect(outcomes(machine.step(step.state, command('new'), at))).toEqual([
      'new refused too-many',
    ]);
    expect(outcomes(feed(machine, [...ready, ...full, command('c0')]))).toEqual(['c0 done']);
  });

  it('removes expired commands, which never run again', () => {
    const at = later(120_000);
    const fresh = command('new', { expiresMs: nowMs + 240_000 });
    const step = feed(machine, [...ready, ...full, [fresh, at]]);
    expect(summaries(step)).toEqual(['body/command start new']);
    expect(step.state.items.size).toBe(64);
    expect(step.state.items.has('c0')).toBe(false);
    expect(outcomes(machine.step(step.state, command('c0'), at))).toEqual(['c0 expired']);
  });

  it.each([
    ['a minute after their expiry', later(120_000 - 1), ['new refused too-many']],
    [
      'for a cloud whose clock is years ahead',
      { ...moment, now: { ...moment.now, wallMs: nowMs + 3e11 }, latestMs: nowMs + 3e11 },
      ['new refused too-many'],
    ],
  ])('does not forget commands %s before their time has passed here', (_name, at, expected) => {
    const fresh = command('new', { expiresMs: at.latestMs + 240_000 });
    const step = feed(machine, [...ready, ...full, [fresh, at]]);
    expect(outcomes(step)).toEqual(expected);
    expect(step.state.items.has('c0')).toBe(true);
  });

  it('keeps commands of an earlier process for the longest validity', () => {
    const { state } = feed(machine, [...ready, ...full]);
    const fresh = (at: Moment) => command('new', { expiresMs: at.latestMs + 240_000 });
    const [early, late] = [later(3_719_999), later(3_720_000)];
    const effectsAt = (at: Moment) =>
      summaries(feed(machine, [...ready, [fresh(at), at]], { row: null, items: state.items }));
    expect(effectsAt(early)).not.toContain('body/command start new');
    expect(effectsAt(late)).toContain('body/command start new');
  });

  it('never removes a running command', () => {
    const events = [...ready, command('first', { expiresMs: nowMs + 1 }), ...full.slice(2)];
    const step = feed(machine, [
      ...events,
      [command('new', { expiresMs: nowMs + 1e6 }), later(1e5)],
    ]);
    expect(step.state.items.has('first')).toBe(true);
  });
});
