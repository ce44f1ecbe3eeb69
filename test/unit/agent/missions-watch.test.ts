import { describe, expect, it } from 'vitest';
import { knownMax } from '../../../agent/missions/state.ts';
import {
  bodyEvent,
  ended,
  linkUp,
  mission,
  observed,
  started,
  timer,
} from '../../support/agent-body.ts';
import {
  feed,
  later,
  payloads,
  restarted,
  summaries,
  type Timed,
} from '../../support/agent-machine.ts';
import { missions, outboxOf } from '../../support/agent-missions.ts';

const machine = missions();
const epoch = '00000000000000bb';
const runs = observed({ mission: mission('a') });

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects?: readonly string[];
  readonly outbox?: readonly string[];
  readonly open?: string | null;
}

const polls: readonly Row[] = [
  {
    name: 'sets the timer while a mission runs',
    events: [started, runs],
    effects: ['timer/set missions/progress'],
  },
  {
    name: 'clears the timer when the body has no mission',
    events: [started, observed()],
    effects: ['timer/clear missions/progress'],
  },
];

const missionRows: readonly Row[] = [
  { name: 'opens a running mission', events: [started, runs], open: `${epoch}-1`, outbox: [] },
  { name: 'opens it once', events: [started, runs, runs], open: `${epoch}-1` },
  {
    name: 'makes a final document when it ends',
    events: [started, runs, observed({ ended: [ended('a')] })],
    open: null,
    outbox: [`${epoch}-1 unconfirmed`],
  },
  {
    name: 'ends it once, however often the body shows its end',
    events: [runs, observed({ ended: [ended('a')] }), observed({ ended: [ended('a')] })],
    outbox: [`${epoch}-1 unconfirmed`],
  },
  {
    name: 'waits for its map',
    events: [runs, observed({ ended: [ended('a', { hasMap: true })] })],
    outbox: [`${epoch}-1 awaiting-map`],
  },
  {
    name: 'reports missions that began and ended between two polls in their order',
    events: [observed({ ended: [ended('a'), ended('b')], mission: mission('c') })],
    open: `${epoch}-3`,
    outbox: [`${epoch}-1 unconfirmed`, `${epoch}-2 unconfirmed`],
  },
  {
    name: 'ends the open mission under its own id, and the one after it under the next',
    events: [runs, observed({ ended: [ended('a'), ended('b')] })],
    outbox: [`${epoch}-1 unconfirmed`, `${epoch}-2 unconfirmed`],
  },
  {
    name: 'reports a mission that the body has forgotten as interrupted',
    events: [runs, observed()],
    open: null,
    outbox: [`${epoch}-1 unconfirmed`],
  },
  {
    name: 'opens the next mission in the same poll',
    events: [runs, observed({ mission: mission('b') })],
    open: `${epoch}-2`,
    outbox: [`${epoch}-1 unconfirmed`],
  },
];

describe('progress', () => {
  it.each(polls)('$name', ({ events, effects }) => {
    expect(summaries(feed(machine, events))).toEqual(effects);
  });

  it('requests a poll when its timer is due', () => {
    const { events } = feed(machine, [started, runs, timer('missions/progress')]);
    expect(events).toEqual([{ type: 'body/poll-requested', by: 'missions' }]);
  });
});

describe('the missions machine', () => {
  it.each(missionRows)('$name', ({ events, open, outbox }) => {
    const { state } = feed(machine, events);
    if (outbox) expect(outboxOf(state)).toEqual(outbox);
    if (open !== undefined) expect(state.row.open?.missionId ?? null).toBe(open);
  });

  it('reports of a forgotten mission what it knew', () => {
    const { state } = feed(machine, [runs, [observed(), later(5000)]]);
    expect(state.items.get(`${epoch}-1`)?.document).toMatchObject({
      bodyMission: 'a',
      outcome: 'interrupted',
      initiator: 'button',
      started: { wallMs: mission('a').startedMs },
      updated: later(5000).now,
    });
  });

  it('reports the end with the events of this mission alone', () => {
    const first = observed({ mission: mission('a') }, [bodyEvent(1, 'a'), bodyEvent(2, 'b')]);
    const final = observed({ ended: [ended('a')] }, [bodyEvent(3, 'a', { type: 'ended' })]);
    const { state } = feed(machine, [first, final]);
    const types = state.items.get(`${epoch}-1`)?.document.events.map(({ type }) => type);
    expect(types).toEqual(['started', 'ended']);
    expect(state.events.map(({ missionId }) => missionId)).toEqual(['b']);
  });

  it('accepts as many ended missions from a snapshot as a body keeps, the newest ones', () => {
    const many = Array.from({ length: 200 }, (_, i) => ended(`m${i}`, { hasMap: true }));
    const step = feed(machine, [observed({ ended: many })]);
    expect(step.events).toHaveLength(16);
    expect(step.state.row.known).toEqual(many.slice(-16).map(({ id }) => id));
    const again = machine.step(step.state, observed({ ended: many }), later(1000));
    expect(again.state.items).toBe(step.state.items);
  });

  it('requests the map once', () => {
    const final = observed({ ended: [ended('a', { hasMap: true })] });
    const mapRequested = {
      type: 'mission/map-requested',
      missionId: `${epoch}-1`,
      bodyMission: 'a',
    };
    expect(feed(machine, [runs, final]).events).toEqual([mapRequested]);
    expect(feed(machine, [runs, final, final]).events).toEqual([]);
  });

  it('remembers a bounded number of ended missions, and more than a body keeps', () => {
    const snapshots = Array.from({ length: 60 }, (_, i) => observed({ ended: [ended(`m${i}`)] }));
    const { row } = feed(machine, snapshots).state;
    expect(row.known).toHaveLength(knownMax);
    expect(row.known.at(-1)).toBe('m59');
  });
});

describe('the missions machine of a killed agent', () => {
  it('resumes the open mission', () => {
    const before = feed(machine, [started, runs]).state;
    const { state } = machine.step(restarted(machine, before), runs, later(1000));
    expect(state.row).toEqual(before.row);
    expect(state.items.size).toBe(0);
  });

  it('reports the end of the open mission, and missions that began and ended meanwhile', () => {
    const before = feed(machine, [started, runs]).state;
    const snapshot = observed({ ended: [ended('a'), ended('b')], mission: mission('c') });
    const { state } = machine.step(restarted(machine, before), snapshot, later(1000));
    expect(outboxOf(state)).toEqual([`${epoch}-1 unconfirmed`, `${epoch}-2 unconfirmed`]);
    expect(state.row.open?.missionId).toBe(`${epoch}-3`);
  });

  it('reports all events of the mission once, those from before the restart too', () => {
    const [first, second, last] = [
      bodyEvent(5, 'a'),
      bodyEvent(6, 'a', { type: 'error', code: 23 }),
      bodyEvent(7, 'a', { type: 'ended' }),
    ];
    const before = feed(machine, [started, observed({ mission: mission('a') }, [first, second])]);
    const dead = restarted(machine, before.state);
    const restartedStep = machine.step(dead, started, later(1000));
    const final = observed({ ended: [ended('a')] }, [first, second, last]);
    const { state } = machine.step(restartedStep.state, final, later(1000));
    expect(state.items.get(`${epoch}-1`)?.document.events).toEqual([
      { seq: 0, type: 'started', atS: 5 },
      { seq: 1, type: 'error', atS: 6, code: 23 },
      { seq: 2, type: 'ended', atS: 7 },
    ]);
  });

  it('requests pending maps again, of as many missions as a body keeps', () => {
    const final = Array.from({ length: 20 }, (_, i) => ended(`m${i}`, { hasMap: true }));
    const snapshots = [final.slice(0, 10), final.slice(4)].map((some) => observed({ ended: some }));
    const before = feed(machine, snapshots).state;
    const step = machine.step(restarted(machine, before), started, later(1000));
    expect(step.events).toHaveLength(16);
    expect(step.events?.[0]).toMatchObject({ missionId: `${epoch}-5`, bodyMission: 'm4' });
    expect(outboxOf(step.state).slice(0, 5)).toEqual([
      `${epoch}-1 unconfirmed`,
      `${epoch}-2 unconfirmed`,
      `${epoch}-3 unconfirmed`,
      `${epoch}-4 unconfirmed`,
      `${epoch}-5 awaiting-map`,
    ]);
  });

  it('starts the revisions again in a higher boot', () => {
    const before = feed(machine, [started, linkUp, runs]).state;
    const dead = restarted(machine, before);
    const at = { ...later(1000), now: { ...later(1000).now, boot: 4 } };
    const step = machine.step(machine.step(dead, linkUp, at).state, runs, at);
    expect(payloads(step)[0]).toMatchObject({ reports: [{ boot: 4, revision: 1, ended: false }] });
  });
});
