import { describe, expect, it } from 'vitest';
import { surveyTerrain } from '../../../hal/sim/floor/terrain.ts';
import {
  flat,
  history,
  isIn,
  isOver,
  live,
  makeBody,
  room,
  start,
} from '../../support/board-body.ts';
import { drawnGrid, emptyRoom } from '../../support/board-maps.ts';

describe('a mission of the flat', () => {
  const body = live(start(makeBody()), isOver);
  const ended = body.snapshot().ended[0];

  it('ends completed after a recharge and getting stuck, in 40 to 60 minutes', () => {
    expect(ended).toMatchObject({
      outcome: 'completed',
      hasMap: true,
      initiator: 'cloud',
      tag: 'go',
    });
    expect(ended?.rechargeCount).toBeGreaterThanOrEqual(1);
    expect(ended?.stuckCount).toBeGreaterThanOrEqual(1);
    const minutes = ((ended?.runS ?? 0) + (ended?.chargeS ?? 0)) / 60;
    expect(minutes).toBeGreaterThan(40);
    expect(minutes).toBeLessThan(60);
    expect(ended?.cleanedM2).toBe(ended?.reachableM2);
  });

  it('records its course in events', () => {
    const eventTypes = history(body);
    expect(eventTypes[0]).toBe('started');
    expect(eventTypes.at(-1)).toBe('ended');
    expect(eventTypes.filter((type) => type === 'freed')).toHaveLength(ended?.stuckCount ?? -1);
    expect(eventTypes.indexOf('recharge')).toBeLessThan(eventTypes.indexOf('resumed'));
    const stuck = body.events(0).find(({ type }) => type === 'stuck');
    expect(stuck?.code).toBe(17);
  });

  it('brings the robot to its dock, where it charges', () => {
    expect(body.snapshot().phase).toBe('hmPostMsn');
    live(body, isIn('charge'));
    live(body, ({ memory }) => memory.batteryPct === 100);
    expect(body.snapshot().pose.x).toBeCloseTo(3.125, 3);
  });
});

describe('determinism', () => {
  const eventTypes = (seed: number, dtS: number) => {
    const body = live(start(makeBody({ seed })), isOver, dtS);
    return { events: body.events(0), ended: body.snapshot().ended };
  };

  it('gives the same result for the same seed, however time is divided', () => {
    const once = eventTypes(3, 10);
    expect(eventTypes(3, 10)).toEqual(once);
    expect(eventTypes(3, 0.37)).toEqual(once);
    expect(eventTypes(3, 500)).toEqual(once);
  });

  it('gives another result for another seed, and in the next mission', () => {
    expect(eventTypes(4, 10).events).not.toEqual(eventTypes(3, 10).events);
    const body = live(live(start(makeBody()), isOver), isIn('charge'));
    live(body, ({ memory }) => memory.batteryPct === 100);
    live(start(body, 'again'), isOver);
    const stuckAtS = (id: string) =>
      body
        .events(0)
        .filter(({ missionId, type }) => missionId === id && type === 'stuck')
        .map(({ atS }) => atS);
    expect(stuckAtS('body-2')).not.toEqual(stuckAtS('body-1'));
  });

  it('needs a fraction of a second for an hour of the body', () => {
    const before = process.cpuUsage();
    live(start(makeBody()), isOver);
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });
});

describe('the battery', () => {
  it('runs down faster with more power', () => {
    const leftAfter = (cleaningPower: string) => {
      const body = makeBody();
      body.configure({ cleaningPower });
      start(body).advance(200);
      return body.memory.batteryPct;
    };
    expect(leftAfter('boost')).toBeLessThan(leftAfter('auto'));
    expect(leftAfter('auto')).toBeLessThan(leftAfter('eco'));
  });

  it('is recharged in time: it is never empty, and a mission resumes at 80 %', () => {
    const body = start(makeBody());
    let lowest = 100;
    live(body, (seen) => {
      lowest = Math.min(lowest, seen.memory.batteryPct);
      return seen.snapshot().phase === 'recharge';
    });
    expect(lowest).toBeGreaterThan(0);
    expect(body.snapshot().mission?.rechargeCount).toBe(1);
    live(body, isIn('run'), 1);
    expect(body.snapshot().batteryPct).toBeGreaterThanOrEqual(80);
  });

  it('rejects a start when it is low', () => {
    const body = makeBody();
    body.memory.batteryPct = 15;
    expect(body.command({ verb: 'start', tag: 'go' })).toMatchObject({ reason: 'battery' });
    live(body, ({ memory }) => memory.batteryPct > 25);
    start(body, 'later');
  });

  it('ends the mission when no charge can reach the rest, instead of driving forever', () => {
    const corridor = emptyRoom(6000, 12);
    const terrain = surveyTerrain({
      grid: drawnGrid(corridor),
      dock: { x: 0.3, y: 0.3, theta: 0 },
    });
    const body = live(start(makeBody({ terrain })), isOver, 60);
    expect(body.snapshot().ended[0]).toMatchObject({ outcome: 'failed' });
    expect(history(body).slice(-2)).toEqual(['error', 'ended']);
    expect(body.memory.batteryPct).toBeGreaterThan(0);
  });
});

describe('being stuck', () => {
  it('ends by itself after a while, and is counted', () => {
    const body = start(makeBody({ terrain: room }));
    expect(body.getStuck(30)).toBeUndefined();
    expect(body.snapshot()).toMatchObject({ phase: 'stuck', mission: { stuckCount: 1 } });
    const { pose } = body.snapshot();
    body.advance(29);
    expect(body.snapshot()).toMatchObject({ phase: 'stuck', pose });
    body.advance(2);
    expect(body.snapshot().phase).toBe('run');
    expect(history(body)).toEqual(['started', 'stuck', 'freed']);
  });

  it('ends the mission when nobody helps', () => {
    const body = start(makeBody({ terrain: room }));
    body.advance(20);
    body.getStuck(10_000);
    live(body, isOver, 10, 1000);
    expect(body.snapshot()).toMatchObject({
      phase: 'stop',
      ended: [{ outcome: 'stuck', hasMap: true }],
    });
    expect(body.command({ verb: 'dock', tag: 'home' })).toMatchObject({ result: 'done' });
    live(body, isIn('charge'));
  });

  it('happens only to a driving robot', () => {
    const body = makeBody({ terrain: room });
    expect(body.getStuck()).toBe('not-driving');
    start(body);
    body.command({ verb: 'pause', tag: 'wait' });
    expect(body.getStuck()).toBe('not-driving');
  });

  it('can also happen on the way to the dock', () => {
    const body = start(makeBody({ terrain: flat }));
    body.advance(300);
    body.command({ verb: 'dock', tag: 'home' });
    expect(body.getStuck(20)).toBeUndefined();
    expect(body.command({ verb: 'start', tag: 'no' })).toMatchObject({ reason: 'stuck' });
    live(body, isIn('charge'));
  });
});

describe('commands', () => {
  const cleaning = () => start(makeBody());
  const stuck = () => {
    const body = cleaning();
    body.getStuck();
    return body;
  };
  const paused = () => {
    const body = cleaning();
    body.command({ verb: 'pause', tag: 'setup' });
    return body;
  };
  const recharging = () => live(cleaning(), isIn('recharge'));
  const onDock = () => makeBody();
  const places = { onDock, cleaning, stuck, paused, recharging };

  it.each([
    ['onDock', 'pause', 'no-mission'],
    ['onDock', 'resume', 'no-mission'],
    ['onDock', 'stop', 'no-mission'],
    ['onDock', 'dock', 'done'],
    ['onDock', 'locate', 'done'],
    ['cleaning', 'start', 'busy'],
    ['cleaning', 'pause', 'done'],
    ['cleaning', 'resume', 'not-paused'],
    ['cleaning', 'stop', 'done'],
    ['cleaning', 'dock', 'done'],
    ['stuck', 'pause', 'stuck'],
    ['stuck', 'dock', 'stuck'],
    ['stuck', 'stop', 'done'],
    ['paused', 'pause', 'done'],
    ['paused', 'resume', 'done'],
    ['paused', 'start', 'busy'],
    ['paused', 'dock', 'done'],
    ['recharging', 'pause', 'charging'],
    ['recharging', 'dock', 'done'],
    ['recharging', 'stop', 'done'],
  ] as const)('%s: %s', (place, verb, expected) => {
    const answer = places[place]().command({ verb, tag: 'sent' });
    expect(answer.reason ?? answer.result).toBe(expected);
    expect(answer.result).toBe(expected === 'done' ? 'done' : 'refused');
  });

  it('pause the robot on its way to recharge, and resume that', () => {
    const body = live(start(makeBody()), isIn('hmMidMsn'), 1);
    body.command({ verb: 'pause', tag: 'wait' });
    body.advance(100);
    body.command({ verb: 'resume', tag: 'on' });
    expect(body.snapshot().phase).toBe('hmMidMsn');
    live(body, isIn('recharge'), 1);
  });

  it('leave the robot standing at stop, and a new mission starts there', () => {
    const body = start(makeBody());
    body.advance(100);
    body.command({ verb: 'stop', tag: 'halt' });
    expect(body.snapshot()).toMatchObject({
      phase: 'stop',
      ended: [{ outcome: 'stopped', hasMap: true }],
    });
    const { pose } = body.snapshot();
    body.advance(1000);
    expect(body.snapshot().pose).toEqual(pose);
    start(body, 'next');
    live(body, isOver);
    expect(body.snapshot().ended.map(({ outcome }) => outcome)).toEqual(['stopped', 'completed']);
  });

  it('record their initiator', () => {
    const body = makeBody();
    body.command({ verb: 'start', tag: 'go', initiator: 'schedule' });
    expect(body.snapshot().mission?.initiator).toBe('schedule');
  });

  it('keep their newest 32 answers', () => {
    const body = makeBody({ terrain: room });
    for (let n = 1; n <= 40; n++) body.command({ verb: 'locate', tag: `t${n}` });
    const { commands } = body.snapshot();
    expect(commands).toHaveLength(32);
    expect(commands[0]?.tag).toBe('t9');
  });
});

describe('the button', () => {
  it('starts a mission without a tag', () => {
    const body = makeBody();
    expect(body.pressButton()).toBeUndefined();
    expect(body.snapshot().mission).toMatchObject({ initiator: 'button' });
    expect(body.snapshot().mission).not.toHaveProperty('tag');
    expect(body.pressButton()).toBe('busy');
  });

  it('has no effect under the child lock', () => {
    const body = makeBody();
    body.configure({ childLock: true });
    expect(body.pressButton()).toBe('child-lock');
    start(body);
  });
});

describe('settings', () => {
  it.each([
    [{ cleaningPower: 'eco' }, {}],
    [{ cleaningPower: 'turbo' }, { cleaningPower: 'bad-value' }],
    [{ passes: 2 }, {}],
    [{ passes: '2' }, { passes: 'bad-value' }],
    [{ binPause: true }, {}],
    [{ binPause: 'yes' }, { binPause: 'bad-value' }],
    [{ name: 'Staubsauger 🤖' }, {}],
    [{ name: '🤖'.repeat(32) }, {}],
    [{ name: 'x'.repeat(33) }, { name: 'bad-value' }],
    [{ childLock: false }, {}],
    [{ childLock: null }, { childLock: 'bad-value' }],
    [{ colour: 'red', name: 'ok' }, { colour: 'unknown-setting' }],
    [{ toString: 'x' }, { toString: 'unknown-setting' }],
    [JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": "unknown-setting"}')],
  ])('%j', (settings, refused) => {
    const body = makeBody({ terrain: room });
    expect(JSON.stringify(body.configure(settings).refused)).toBe(JSON.stringify(refused));
    for (const [name, value] of Object.entries(settings)) {
      if (!Object.hasOwn(refused, name)) expect(body.snapshot().settings[name]).toBe(value);
    }
  });

  it('two passes take about twice as long', () => {
    const runS = (passes: number) => {
      const body = makeBody({ terrain: room });
      body.configure({ passes });
      return live(start(body), isOver).snapshot().ended[0]?.runS ?? 0;
    };
    const [once, twice] = [runS(1), runS(2)];
    expect(twice / once).toBeGreaterThan(1.6);
    expect(twice / once).toBeLessThan(2.6);
  });
});
