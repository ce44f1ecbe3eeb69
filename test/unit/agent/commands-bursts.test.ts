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
import { handPorts } from '../../support/agent-ports.ts';

const machine = commandsMachine({ robot: 'R1' });
const command = (id: string, verb: Verb = 'start', lifeMs = 60_000, issuedMs = nowMs): Event => ({
  type: 'cloud/command',
  body: { v: 1, id, command: verb, issuedMs, expiresMs: nowMs + lifeMs, initiator: 'cloud' },
});
/** What the cloud issued so many milliseconds after the test's begin. */
const issued = (afterMs: number, id: string, verb: Verb, lifeMs = 60_000): Event =>
  command(id, verb, lifeMs, nowMs + afterMs);
const known: Event = { type: 'time/known', cloudMs: nowMs, boardMs: nowMs };
/** What waited is started in a turn of its own. */
const nowKnown: readonly Event[] = [known, { type: 'timer', key: 'commands/expiry' }];
const silent = (tag: string): Event => ({ type: 'body/no-response', tag, code: 'unavailable' });
const done = (tag: string, verb: Verb = 'start'): Event => ({
  type: 'body/answered',
  tag,
  record: { tag, verb, result: 'done' },
});
const ready = [linkUp, known];
const burst = (n: number, verb: Verb = 'start', lifeMs = 60_000) =>
  Array.from({ length: n }, (_, i) => command(`b${i}`, verb, lifeMs));
const outcomes = (step: Parameters<typeof payloads>[0]) =>
  (payloads(step) as unknown as CommandOutcome[]).map(
    ({ id, outcome, reason }) => `${id} ${outcome}${reason ? ` ${reason}` : ''}`,
  );
const asked = (step: Step<never>) => summaries(step).filter((what) => what.startsWith('body/'));

/** All that the machine does over a list of events. */
function over(events: readonly Event[], at = moment) {
  const all = { asked: [] as string[], outcomes: [] as string[] };
  let state = feed(machine, ready).state;
  for (const event of events) {
    const step = machine.step(state, event, at);
    state = step.state;
    all.asked.push(...asked(step as never));
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
    'of %d that live %d ms keeps a few, answers the rest, and lets stop and dock through',
    (n, lifeMs) => {
      const all = over([...burst(n, 'locate', lifeMs), command('s', 'stop'), command('d', 'dock')]);
      expect(all.asked).toHaveLength(10);
      expect(all.asked.slice(-2)).toEqual(['body/command stop s', 'body/command dock d']);
      // As many as the pace of answers allows; the cloud asks again for the rest.
      expect(all.outcomes).toHaveLength(Math.min(64, n - 16));
      expect(all.state.refusals).toEqual({ 'too-many': n - 16 });
      expect(all.outcomes.every((word) => word.endsWith(' refused too-many'))).toBe(true);
    },
  );

  it('that comes again is answered again, and begins nothing', () => {
    const first = over(burst(3000));
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

  it('larger than the memory begins nothing that was answered, and takes new ones when it is over', () => {
    const first = over([
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

  it('of expired ones is answered as such, and stores nothing', () => {
    const all = over(burst(1000, 'start', 0));
    expect(all.outcomes).toHaveLength(64);
    expect(all.state.refusals).toEqual({ expired: 1000 });
    expect(all.state.items.size).toBe(0);
  });

  it('of lives above an hour is refused by that name', () => {
    const all = over([...burst(3, 'start', 86_400_000), command('ok', 'start', 3_600_000)]);
    expect(all.outcomes).toEqual([0, 1, 2].map((i) => `b${i} refused life-too-long`));
    expect(all.asked).toEqual(['body/command start ok']);
  });

  it('while cloud time is unknown waits within its bounds, stop first', () => {
    const step = feed(machine, [
      linkUp,
      ...burst(100, 'locate'),
      command('s', 'stop'),
      ...nowKnown,
    ]);
    expect(asked(step as never)[0]).toBe('body/command stop s');
    expect(asked(step as never)).toHaveLength(9);
  });
});

describe('a stop', () => {
  const oldStart = issued(1, 'a', 'start');
  const stop = issued(2, 's', 'stop');
  const late = [linkUp, known, stop];
  const asksStop = 'body/command stop s';

  it.each<readonly [string, readonly Event[], readonly string[], readonly string[]]>([
    [
      'makes an older start that waits moot',
      [linkUp, oldStart, command('l', 'locate'), stop, ...nowKnown],
      [asksStop, 'body/command locate l'],
      ['a refused superseded'],
    ],
    [
      'and not a newer one, though it arrived before',
      [linkUp, issued(3, 'a', 'start'), stop, ...nowKnown],
      [asksStop, 'body/command start a'],
      [],
    ],
    [
      'makes an older dock moot',
      [linkUp, issued(1, 'd', 'dock'), stop, ...nowKnown],
      [asksStop],
      ['d refused superseded'],
    ],
    [
      'is not made moot by a dock',
      [linkUp, stop, issued(3, 'd', 'dock'), ...nowKnown],
      [asksStop, 'body/command dock d'],
      [],
    ],
    [
      'makes an older start moot that arrives after it',
      [...late, oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'that has its outcome too, whatever that is',
      [...late, { type: 'body/no-response', tag: 's', code: 'refused' }, oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'makes an older resume moot',
      [...late, issued(1, 'r', 'resume')],
      [],
      ['r refused superseded'],
    ],
    ['and an older dock', [...late, issued(1, 'd', 'dock')], [], ['d refused superseded']],
    ['and no older pause', [...late, issued(1, 'p', 'pause')], ['body/command pause p'], []],
    ['and no newer start', [...late, issued(3, 'n', 'start')], ['body/command start n'], []],
    [
      'and after a dock an older start',
      [linkUp, known, issued(2, 'd', 'dock'), oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'that came too late itself makes an older start moot all the same',
      [linkUp, known, issued(2, 's', 'stop', -1), oldStart],
      [],
      ['a refused superseded'],
    ],
    [
      'that was issued after its own expiry makes nothing moot: it would hold up later commands',
      [linkUp, known, issued(9e9, 's', 'stop'), oldStart],
      ['body/command start a'],
      [],
    ],
    [
      'that lives too long makes nothing moot: its cloud has a false time',
      [linkUp, known, issued(9e9, 's', 'stop', 9e9), oldStart],
      ['body/command start a'],
      [],
    ],
  ])('%s', (_name, events, effects, said) => {
    const step = feed(machine, events);
    expect([asked(step as never), outcomes(step)]).toEqual([effects, said]);
  });

  it('makes an older start moot also after a restart, and on another connection', () => {
    const dead = restarted(machine, feed(machine, late).state);
    const events = [linkUp, known, observed({ commands: [] }), linkDown, linkUp, known];
    const back = events.reduce((s, e) => machine.step(s, e, moment).state, dead);
    const step = machine.step(back, oldStart, moment);
    expect([asked(step as never), outcomes(step)]).toEqual([[], ['a refused superseded']]);
  });

  it('is forgotten when all that was issued before it has expired', () => {
    const { state } = feed(machine, late);
    const begins = (afterMs: number) => {
      const start = issued(1, 'a', 'start', afterMs + 60_000);
      return asked(machine.step(state, start, later(afterMs)) as never);
    };
    expect(begins(3_719_999)).toEqual([]);
    expect(begins(3_720_000)).toEqual(['body/command start a']);
  });
});

describe('while a body is silent', () => {
  const unsure = [command('a'), silent('a')];

  it('it is asked for nothing but stop and dock', () => {
    const all = over([...unsure, command('b'), command('s', 'stop'), command('d', 'dock')]);
    expect(all.asked).toEqual([
      'body/command start a',
      'body/command stop s',
      'body/command dock d',
    ]);
  });

  it('what waits ends as expired, whatever the body does', () => {
    const { state } = over([...unsure, command('b')]);
    const late = machine.step(state, timer('commands/expiry'), later(60_000));
    expect(outcomes(late)).toEqual(['b expired']);
    const set = summaries(machine.step(over(unsure).state, command('b'), moment));
    expect(set).toEqual(['timer/set commands/expiry']);
  });

  it('and then speaks, what waits is begun', () => {
    const look = observed({ commands: [{ tag: 'a', verb: 'start', result: 'done' }] });
    const all = over([...unsure, command('b'), look]);
    expect(all.outcomes).toEqual(['a done']);
    expect(all.asked).toEqual(['body/command start a', 'body/command start b']);
  });

  it('few stops lie with it', () => {
    const stops = Array.from({ length: 100 }, (_, i) => command(`s${i}`, 'stop'));
    const all = over(stops.flatMap((stop, i) => [stop, silent(`s${i}`)]));
    expect(all.asked).toHaveLength(4);
    expect(all.state.waiting).toHaveLength(4);
    expect(all.state.refusals).toEqual({ 'too-many': 92 });
  });

  it('a restart finds it so: nothing is begun before the body has spoken', () => {
    const dead = restarted(machine, over(unsure).state);
    const back = [linkUp, known, command('b')].reduce(
      (s, e) => machine.step(s, e, moment).state,
      dead,
    );
    expect(back.waiting.map(({ id }) => id)).toEqual(['b']);
  });
});

describe('while the store is full', () => {
  let clock: ReturnType<typeof useFakeTimers>;
  beforeEach(() => {
    clock = useFakeTimers({
      now: nowMs,
      toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
    });
  });
  afterEach(() => clock.restore());

  async function full() {
    const ports = handPorts();
    const verbs: string[] = [];
    const { command: obey } = ports.board.body;
    ports.board.body.command = (request, signal) => {
      verbs.push(request.verb);
      return obey(request, signal);
    };
    const agent = await createAgent(ports, testConfig(), { version: '1', builtMs: 0 });
    ports.link.latest.up();
    const say = (id: string, verb: string) => {
      const expiresMs = Date.now() + 60_000;
      const body = { v: 1, id, command: verb, issuedMs: 0, expiresMs, initiator: 'cloud' };
      ports.link.say('robots/R1/down/commands', body);
    };
    const publishTime = () => {
      const timestamp = Math.round(Date.now() / 1000);
      ports.link.say('$aws/things/R1/jobs/notify-next', { timestamp });
    };
    await clock.tickAsync(0);
    return { ports, agent, verbs, say, publishTime };
  }

  it('stop is carried out and answered, once; the others wait for better times', async () => {
    const { ports, agent, verbs, say, publishTime } = await full();
    await using _agent = agent;
    publishTime();
    ports.hand.storeFails = 'store-full';
    for (let i = 0; i < 20; i++) say(`b${i}`, 'start');
    say('s', 'stop');
    say('s', 'stop');
    await clock.tickAsync(1000);
    say('s', 'stop');
    await clock.tickAsync(1000);
    expect(verbs).toEqual(['stop']);
    const said = ports.link.published.filter(({ topic }) => topic.endsWith('commands/outcome'));
    expect(said.map(({ body }) => body)).toMatchObject([
      { id: 's', outcome: 'done' },
      { id: 's', outcome: 'done' },
    ]);
    ports.hand.storeFails = undefined;
    await clock.tickAsync(6000);
    say('new', 'start');
    await clock.tickAsync(0);
    expect(verbs).toContain('start');
  });
});
