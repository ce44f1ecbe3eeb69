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
    name: 'a running mission sets the timer of its progress',
    events: [started, runs],
    effects: ['timer/set missions/progress'],
  },
  {
    name: 'a body without a mission clears it',
    events: [started, observed()],
    effects: ['timer/clear missions/progress'],
  },
];

const lives: readonly Row[] = [
  { name: 'a running mission is opened', events: [started, runs], open: `${epoch}-1`, outbox: [] },
  { name: 'and only once', events: [started, runs, runs], open: `${epoch}-1` },
  {
    name: 'it ends: its document is final',
    events: [started, runs, observed({ ended: [ended('a')] })],
    open: null,
    outbox: [`${epoch}-1 unconfirmed`],
  },
  {
    name: 'seen ended again and again it ended once',
    events: [runs, observed({ ended: [ended('a')] }), observed({ ended: [ended('a')] })],
    outbox: [`${epoch}-1 unconfirmed`],
  },
  {
    name: 'with a map it waits for it',
    events: [runs, observed({ ended: [ended('a', { hasMap: true })] })],
    outbox: [`${epoch}-1 awaiting-map`],
  },
  {
    name: 'missions that came and went unseen are told in their order',
    events: [observed({ ended: [ended('a'), ended('b')], mission: mission('c') })],
    open: `${epoch}-3`,
    outbox: [`${epoch}-1 unconfirmed`, `${epoch}-2 unconfirmed`],
  },
  {
    name: 'the open mission ends under its own id, the one after it under the next',
    events: [runs, observed({ ended: [ended('a'), ended('b')] })],
    outbox: [`${epoch}-1 unconfirmed`, `${epoch}-2 unconfirmed`],
  },
  {
    name: 'one that the body has forgotten was interrupted',
    events: [runs, observed()],
    open: null,
    outbox: [`${epoch}-1 unconfirmed`],
  },
  {
    name: 'and the next one is opened in the same look',
    events: [runs, observed({ mission: mission('b') })],
    open: `${epoch}-2`,
    outbox: [`${epoch}-1 unconfirmed`],
  },
];

describe('progress', () => {
  it.each(polls)('$name', ({ events, effects }) => {
    expect(summaries(feed(machine, events))).toEqual(effects);
  });

  it('asks for a poll when its timer is due', () => {
    const { events } = feed(machine, [started, runs, timer('missions/progress')]);
    expect(events).toEqual([{ type: 'body/poll-requested', by: 'missions' }]);
  });
});

describe('missions as the body lives them', () => {
  it.each(lives)('$name', ({ events, open, outbox }) => {
    const { state } = feed(machine, events);
    if (outbox) expect(outboxOf(state)).toEqual(outbox);
    if (open !== undefined) expect(state.row.open?.missionId ?? null).toBe(open);
  });

  it('says of a forgotten mission what it knew of it', () => {
    const { state } = feed(machine, [runs, [observed(), later(5000)]]);
    expect(state.items.get(`${epoch}-1`)?.document).toMatchObject({
      bodyMission: 'a',
      outcome: 'interrupted',
      initiator: 'button',
      started: { wallMs: mission('a').startedMs },
      updated: later(5000).now,
    });
  });

  it('tells the end with the events of this mission alone', () => {
    const look = observed({ mission: mission('a') }, [bodyEvent(1, 'a'), bodyEvent(2, 'b')]);
    const final = observed({ ended: [ended('a')] }, [bodyEvent(3, 'a', { type: 'ended' })]);
    const { state } = feed(machine, [look, final]);
    const types = state.items.get(`${epoch}-1`)?.document.events.map(({ type }) => type);
    expect(types).toEqual(['started', 'ended']);
    expect(state.events.map(({ missionId }) => missionId)).toEqual(['b']);
  });

  it('takes no more ended missions from a look than a body keeps, and those the newest', () => {
    const many = Array.from({ length: 200 }, (_, i) => ended(`m${i}`, { hasMap: true }));
    const step = feed(machine, [observed({ ended: many })]);
    expect(step.events).toHaveLength(16);
    expect(step.state.row.known).toEqual(many.slice(-16).map(({ id }) => id));
    const again = machine.step(step.state, observed({ ended: many }), later(1000));
    expect(again.state.items).toBe(step.state.items);
  });

  it('asks for the map once', () => {
    const final = observed({ ended: [ended('a', { hasMap: true })] });
    const wanted = { type: 'mission/map-requested', missionId: `${epoch}-1`, bodyMission: 'a' };
    expect(feed(machine, [runs, final]).events).toEqual([wanted]);
    expect(feed(machine, [runs, final, final]).events).toEqual([]);
  });

  it('knows more ended missions than a body keeps, and not endlessly many', () => {
    const looksAll = Array.from({ length: 60 }, (_, i) => observed({ ended: [ended(`m${i}`)] }));
    const { row } = feed(machine, looksAll).state;
    expect(row.known).toHaveLength(knownMax);
    expect(row.known.at(-1)).toBe('m59');
  });
});

describe('an agent that was killed', () => {
  it('goes on with the mission that it had opened', () => {
    const before = feed(machine, [started, runs]).state;
    const { state } = machine.step(restarted(machine, before), runs, later(1000));
    expect(state.row).toEqual(before.row);
    expect(state.items.size).toBe(0);
  });

  it('finds the mission ended meanwhile, and one that began and ended', () => {
    const before = feed(machine, [started, runs]).state;
    const look = observed({ ended: [ended('a'), ended('b')], mission: mission('c') });
    const { state } = machine.step(restarted(machine, before), look, later(1000));
    expect(outboxOf(state)).toEqual([`${epoch}-1 unconfirmed`, `${epoch}-2 unconfirmed`]);
    expect(state.row.open?.missionId).toBe(`${epoch}-3`);
  });

  it('tells all events of the mission, also those of before, each once', () => {
    const [first, second, last] = [
      bodyEvent(5, 'a'),
      bodyEvent(6, 'a', { type: 'error', code: 23 }),
      bodyEvent(7, 'a', { type: 'ended' }),
    ];
    const before = feed(machine, [started, observed({ mission: mission('a') }, [first, second])]);
    const dead = restarted(machine, before.state);
    const asked = machine.step(dead, started, later(1000));
    const final = observed({ ended: [ended('a')] }, [first, second, last]);
    const { state } = machine.step(asked.state, final, later(1000));
    expect(state.items.get(`${epoch}-1`)?.document.events).toEqual([
      { seq: 0, type: 'started', atS: 5 },
      { seq: 1, type: 'error', atS: 6, code: 23 },
      { seq: 2, type: 'ended', atS: 7 },
    ]);
  });

  it('asks again for the maps that were waited for, of as many missions as a body keeps', () => {
    const final = Array.from({ length: 20 }, (_, i) => ended(`m${i}`, { hasMap: true }));
    const looksAll = [final.slice(0, 10), final.slice(4)].map((some) => observed({ ended: some }));
    const before = feed(machine, looksAll).state;
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

  it('counts revisions anew in a higher boot', () => {
    const before = feed(machine, [started, linkUp, runs]).state;
    const dead = restarted(machine, before);
    const at = { ...later(1000), now: { ...later(1000).now, boot: 4 } };
    const step = machine.step(machine.step(dead, linkUp, at).state, runs, at);
    expect(payloads(step)[0]).toMatchObject({ reports: [{ boot: 4, revision: 1, ended: false }] });
  });
});
