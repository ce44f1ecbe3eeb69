import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../../agent/agent.ts';
import { commandsMachine } from '../../../agent/commands/machine.ts';
import type { Event } from '../../../agent/events.ts';
import type { Step } from '../../../agent/kernel/machine.ts';
import type { Verb } from '../../../hal/robot-body.ts';
import type { CommandOutcome } from '../../../protocol/schemas/commands.ts';
import { linkDown, linkUp, observed, timer } from '../../support/agent-body.ts';
import { testConfig } from '../../support/agent-config.ts';
import {
  feed,
  later,
  moment,
  nowMs,
  payloads,
  restarted,
  summaries,
} from '../../support/agent-machine.ts';
import { memoryPorts } from '../../support/agent-ports.ts';

const machine = commandsMachine({ robot: 'R1' });
const command = (id: string, verb: Verb = 'start', lifeMs = 60_000, issuedMs = nowMs): Event => ({
  type: 'cloud/command',
  body: { v: 1, id, command: verb, issuedMs, expiresMs: nowMs + lifeMs, initiator: 'cloud' },
});
/** A command issued so many milliseconds after the start of the test. */
const issued = (afterMs: number, id: string, verb: Verb, lifeMs = 60_000): Event =>
  command(id, verb, lifeMs, nowMs + afterMs);
const timeKnown: Event = { type: 'time/known', cloudMs: nowMs, boardMs: nowMs };
/** What waited is started in a turn of its own. */
const timeKnownAndDue: readonly Event[] = [timeKnown, { type: 'timer', key: 'commands/expiry' }];
const noResponse = (tag: string): Event => ({ type: 'body/no-response', tag, code: 'unavailable' });
const done = (tag: string, verb: Verb = 'start'): Event => ({
  type: 'body/answered',
  tag,
  record: { tag, verb, result: 'done' },
});
const ready = [linkUp, timeKnown];
const burst = (n: number, verb: Verb = 'start', lifeMs = 60_000) =>
  Array.from({ length: n }, (_, i) => command(`b${i}`, verb, lifeMs));
const outcomes = (step: Parameters<typeof payloads>[0]) =>
  (payloads(step) as unknown as CommandOutcome[]).map(
    ({ id, outcome, reason }) => `${id} ${outcome}${reason ? ` ${reason}` : ''}`,
  );
const bodyEffects = (step: Step<never>) =>
  summaries(step).filter((what) => what.startsWith('body/'));

/** All that the machine does over a list of events. */
function runEvents(events: readonly Event[], at = moment) {
  const all = { effects: [] as string[], outcomes: [] as string[] };
  let state = feed(machine, ready).state;
  for (const event of events) {
    const step = machine.step(state, event, at);
    state = step.state;
    all.effects.push(...bodyEffects(step as never));
    all.outcomes.push(...outcomes(step));
  }
  return { ...all, state };
}

describe('a burst of commands', () => {
  it.each([
    [64, 3_600_000],
    [1000, 3_600_000],
    [10_000, 3_600_000],
    [10_000, 60_000],
  ])(
    'starts a few of %d commands valid for %d ms, rejects the others, and starts stop and dock',
    (n, lifeMs) => {
      const all = runEvents([
        ...burst(n, 'locate', lifeMs),
        command('s', 'stop'),
        command('d', 'dock'),
      ]);
      expect(all.effects).toHaveLength(10);
      expect(all.effects.slice(-2)).toEqual(['body/command stop s', 'body/command dock d']);
      // As many as the pace of answers allows; the cloud repeats the rest.
      expect(all.outcomes).toHaveLength(Math.min(64, n - 16));
      expect(all.state.refusals).toEqual({ 'too-many': n - 16 });
      expect(all.outcomes.every((word) => word.endsWith(' refused too-many'))).toBe(true);
    },
  );

  it('is rejected again when it is repeated, and nothing starts', () => {
    const first = runEvents(burst(3000));
    const again = burst(3000)
      .slice(16)
      .map((event) => {
        return outcomes(machine.step(first.state, event, later(30_000)))[0];
      });
    expect(again).toEqual(
      burst(3000)
        .slice(16)
        .map((_, i) => `b${i + 16} refused too-many`),
    );
  });

  it('starts nothing that was rejected when it exceeds the memory, and new commands start after its expiry', () => {
    const first = runEvents([
      ...burst(20_000, 'locate', 600_000),
      ...burst(16).map((_, i) => done(`b${i}`)),
    ]);
    const refused = machine.step(first.state, command('b100', 'locate', 600_000), later(30_000));
    expect(outcomes(refused)).toEqual(['b100 refused too-many']);
    const waiting = feed(machine, [linkDown]).state.waiting;
    const after = { ...first.state, waiting };
    const early = machine.step(after, command('new', 'start', 4_000_000), later(3_719_999));
    expect(outcomes(early)).toEqual(['new refused too-many']);
    const fresh = machine.step(after, command('new', 'start', 4_000_000), later(3_720_000));
    expect(summaries(fresh)).toContain('body/command start new');
  });

  it('is answered as expired when it has expired, and nothing is stored', () => {
    const all = runEvents(burst(1000, 'start', 0));
    expect(all.outcomes).toHaveLength(64);
    expect(all.state.refusals).toEqual({ expired: 1000 });
    expect(all.state.items.size).toBe(0);
  });

  it('is rejected as life-too-long when it is valid for more than an hour', () => {
    const all = runEvents([...burst(3, 'start', 86_400_000), command('ok', 'start', 3_600_000)]);
    expect(all.outcomes).toEqual([0, 1, 2].map((i) => `b${i} refused life-too-long`));
    expect(all.effects).toEqual(['body/command start ok']);
  });

  it('waits within its bounds while cloud time is unknown, and stop starts first', () => {
    const step = feed(machine, [
      linkUp,
      ...burst(100, 'locate'),
      command('s', 'stop'),
      ...timeKnownAndDue,
    ]);
    expect(bodyEffects(step as never)[0]).toBe('body/command stop s');
    expect(bodyEffects(step as never)).toHaveLength(9);
  });
});

describe('a stop', () => {
  const oldStart = issued(1, 'a', 'start');
  const stop = issued(2, 's', 'stop');
  const late = [linkUp, timeKnown, stop];
  const stopEffect = 'body/command stop s';

  it.each<readonly [string, readonly Event[], readonly string[], readonly string[]]>([
    [
      'supersedes an older start that waits',
      [linkUp, oldStart, command('l', 'locate'), stop, ...timeKnownAndDue],
      [stopEffect, 'body/command locate l'],
      ['a refused superseded'],
    ],
    [
      'does not supersede a newer start that arrived before it',
      [linkUp, issued(3, 'a', 'start'), stop, ...timeKnownAndDue],
      [stopEffect, 'body/command start a'],
      [],
    ],
    [
      'supersedes an older dock',
      [linkUp, issued(1, 'd', 'dock'), stop, ...timeKnownAndDue],
      [stopEffect],
      ['d refused superseded'],
    ],
    [
      'is not superseded by a dock',
      [linkUp, stop, issued(3, 'd', 'dock'), ...timeKnownAndDue],
      [stopEffect, 'body/command dock d'],
      [],
    ],
    [
      'supersedes an older start that arrives after it',
      [...late, oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'supersedes an older start although the body rejected it',
      [...late, { type: 'body/no-response', tag: 's', code: 'refused' }, oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'supersedes an older resume',
      [...late, issued(1, 'r', 'resume')],
      [],
      ['r refused superseded'],
    ],
    [
      'supersedes an older dock that arrives after it',
      [...late, issued(1, 'd', 'dock')],
      [],
      ['d refused superseded'],
    ],
    [
      'does not supersede an older pause',
      [...late, issued(1, 'p', 'pause')],
      ['body/command pause p'],
      [],
    ],
    [
      'does not supersede a newer start',
      [...late, issued(3, 'n', 'start')],
      ['body/command start n'],
      [],
    ],
    [
      'is not needed to supersede an older start: a dock does it too',
      [linkUp, timeKnown, issued(2, 'd', 'dock'), oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'supersedes an older start although it has expired itself',
      [linkUp, timeKnown, issued(2, 's', 'stop', -1), oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'supersedes nothing when it was issued after its own expiry, because it would block later commands',
      [linkUp, timeKnown, issued(9e9, 's', 'stop'), oldStart],
      ['body/command start a'],
      [],
    ],
    [
      'supersedes nothing when it is valid for too long, because its cloud has a false time',
      [linkUp, timeKnown, issued(9e9, 's', 'stop', 9e9), oldStart],
      ['body/command start a'],
      [],
    ],
  ])('%s', (_name, events, effects, expected) => {
    const step = feed(machine, events);
    expect([bodyEffects(step as never), outcomes(step)]).toEqual([effects, expected]);
  });

  it('supersedes an older start after a restart and on another connection', () => {
    const dead = restarted(machine, feed(machine, late).state);
    const events = [linkUp, timeKnown, observed({ commands: [] }), linkDown, linkUp, timeKnown];
    const back = events.reduce((s, e) => machine.step(s, e, moment).state, dead);
    const step = machine.step(back, oldStart, moment);
    expect([bodyEffects(step as never), outcomes(step)]).toEqual([[], ['a refused superseded']]);
  });

  it('is forgotten when all that was issued before it has expired', () => {
    const { state } = feed(machine, late);
    const effectsAt = (afterMs: number) => {
      const start = issued(1, 'a', 'start', afterMs + 60_000);
      return bodyEffects(machine.step(state, start, later(afterMs)) as never);
    };
    expect(effectsAt(3_719_999)).toEqual([]);
    expect(effectsAt(3_720_000)).toEqual(['body/command start a']);
  });
});

describe('the commands machine, while the body does not respond,', () => {
  const unsettled = [command('a'), noResponse('a')];

  it('sends it nothing but stop and dock', () => {
    const all = runEvents([...unsettled, command('b'), command('s', 'stop'), command('d', 'dock')]);
    expect(all.effects).toEqual([
      'body/command start a',
      'body/command stop s',
      'body/command dock d',
    ]);
  });

  it('ends waiting commands as expired', () => {
    const { state } = runEvents([...unsettled, command('b')]);
    const late = machine.step(state, timer('commands/expiry'), later(60_000));
    expect(outcomes(late)).toEqual(['b expired']);
    const set = summaries(machine.step(runEvents(unsettled).state, command('b'), moment));
    expect(set).toEqual(['timer/set commands/expiry']);
  });

  it('starts waiting commands when the body responds again', () => {
    const snapshot = observed({ commands: [{ tag: 'a', verb: 'start', result: 'done' }] });
    const all = runEvents([...unsettled, command('b'), snapshot]);
    expect(all.outcomes).toEqual(['a done']);
    expect(all.effects).toEqual(['body/command start a', 'body/command start b']);
  });

  it('sends it few stops', () => {
    const stops = Array.from({ length: 100 }, (_, i) => command(`s${i}`, 'stop'));
    const all = runEvents(stops.flatMap((stop, i) => [stop, noResponse(`s${i}`)]));
    expect(all.effects).toHaveLength(4);
    expect(all.state.waiting).toHaveLength(4);
    expect(all.state.refusals).toEqual({ 'too-many': 92 });
  });

  it('starts nothing after a restart before the body has responded', () => {
    const dead = restarted(machine, runEvents(unsettled).state);
    const back = [linkUp, timeKnown, command('b')].reduce(
      (s, e) => machine.step(s, e, moment).state,
      dead,
    );
    expect(back.waiting.map(({ id }) => id)).toEqual(['b']);
  });
});

describe('the agent, while the store is full,', () => {
  let clock: ReturnType<typeof useFakeTimers>;
  beforeEach(() => {
    clock = useFakeTimers({
      now: nowMs,
      toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
    });
  });
  afterEach(() => clock.restore());

  async function startWithFullStore() {
    const ports = memoryPorts();
    const verbs: string[] = [];
    const { command: execute } = ports.board.body;
    ports.board.body.command = (request, signal) => {
      verbs.push(request.verb);
      return execute(request, signal);
    };
    const agent = await createAgent(ports, testConfig(), { version: '1', builtMs: 0 });
    ports.link.latest.up();
    const sendCommand = (id: string, verb: string) => {
      const expiresMs = Date.now() + 60_000;
      const body = { v: 1, id, command: verb, issuedMs: 0, expiresMs, initiator: 'cloud' };
      ports.link.deliver('robots/R1/down/commands', body);
    };
    const publishTime = () => {
      const timestamp = Math.round(Date.now() / 1000);
      ports.link.deliver('$aws/things/R1/jobs/notify-next', { timestamp });
    };
    await clock.tickAsync(0);
    return { ports, agent, verbs, sendCommand, publishTime };
  }

  it('executes and answers stop once, and starts the others when there is room again', async () => {
    const { ports, agent, verbs, sendCommand, publishTime } = await startWithFullStore();
    await using _agent = agent;
    publishTime();
    ports.control.storeFails = 'store-full';
    for (let i = 0; i < 20; i++) sendCommand(`b${i}`, 'start');
    sendCommand('s', 'stop');
    sendCommand('s', 'stop');
    await clock.tickAsync(1000);
    sendCommand('s', 'stop');
    await clock.tickAsync(1000);
    expect(verbs).toEqual(['stop']);
    const outcomeMessages = ports.link.published.filter(({ topic }) =>
      topic.endsWith('commands/outcome'),
    );
    expect(outcomeMessages.map(({ body }) => body)).toMatchObject([
      { id: 's', outcome: 'done' },
      { id: 's', outcome: 'done' },
    ]);
    ports.control.storeFails = undefined;
    await clock.tickAsync(6000);
    sendCommand('new', 'start');
    await clock.tickAsync(0);
    expect(verbs).toContain('start');
  });
});
