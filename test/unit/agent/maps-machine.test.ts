import { describe, expect, it } from 'vitest';
import type { Event, PutOutcome } from '../../../agent/events.ts';
import { mapsMachine } from '../../../agent/maps/machine.ts';
import type { Grant } from '../../../protocol/schemas/maps.ts';
import { linkDown, linkUp, started, timer } from '../../support/agent-body.ts';
import {
  feed,
  moment,
  payloads,
  restarted,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';
import { entry, keyOf } from '../../support/agent-missions.ts';
import { epoch, mapRef } from '../../support/cloud-world.ts';

const machine = mapsMachine({ robot: 'R1', retryMs: 8000, retryMsMax: 3_600_000 });
const m1 = `${epoch}-1`;
const asks = timer('maps/retry');

const wanted: Event = { type: 'mission/map-requested', missionId: m1, bodyMission: 'a' };
const kept = (missionId = m1, id = `map-${missionId}`): Event => ({
  type: 'map/kept',
  missionId,
  map: { ...mapRef, id },
});
const grant = (missionId = m1, mapId = `map-${missionId}`): Grant => ({
  missionId,
  mapId,
  method: 'PUT',
  url: 'https://cloud/secret',
  headers: {},
  expiresMs: 1,
});
const accepted = (missionId = m1, ...grants: Grant[]): Event => ({
  type: 'cloud/reports-accepted',
  body: { v: 1, accepted: [keyOf(entry(missionId)[1])], grants },
});
const granted = (given?: Grant): Event => ({
  type: 'cloud/map-granted',
  body: { v: 1, missionId: m1, mapId: `map-${m1}`, ...(given ? { grant: given } : {}) },
});
const refused = (code: string): Event => ({
  type: 'cloud/map-refused',
  body: { v: 1, missionId: m1, mapId: `map-${m1}`, code, message: '' },
});
const put = (outcome: PutOutcome): Event => ({ type: 'map/put', missionId: m1, outcome });

const ready = [linkUp, kept(), accepted()];
const putting = [...ready, granted(grant())];
const ask = ['publish maps/upload', 'timer/set maps/retry'];
const later = ['timer/set maps/retry'];
const forgotten = [`map/forget map-${m1}`];
const givenUp = ['note map given up', `map/forget map-${m1}`];

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
  readonly keeps: number;
}

const rows: readonly Row[] = [
  { name: 'a wanted map is kept', events: [wanted], effects: [`map/keep ${m1}`], keeps: 0 },
  { name: 'kept: a grant should come', events: [kept()], effects: later, keeps: 1 },
  { name: 'kept twice is kept once', events: [kept(), kept()], effects: [], keeps: 1 },
  {
    name: 'the confirmation brings the grant',
    events: [kept(), accepted(m1, grant())],
    effects: ['timer/set maps/retry', `map/put ${m1}`],
    keeps: 1,
  },
  {
    name: 'without a report confirmed it is not asked for',
    events: [linkUp, kept(), asks],
    effects: [],
    keeps: 1,
  },
  { name: 'with one it is', events: [...ready, asks], effects: ask, keeps: 1 },
  { name: 'not while the link is down', events: [...ready, linkDown, asks], effects: [], keeps: 1 },
  { name: 'and not at once when it is up', events: [...ready, linkUp], effects: later, keeps: 1 },
  { name: 'nor while it is on its way', events: [...putting, asks], effects: [], keeps: 1 },
  {
    name: 'a second grant changes nothing',
    events: [...putting, granted(grant())],
    effects: [],
    keeps: 1,
  },
  {
    name: 'nor does a late confirmation',
    events: [...putting, accepted(m1, grant())],
    effects: [],
    keeps: 1,
  },
  {
    name: 'a grant for another map means nothing',
    events: [...ready, granted(grant(m1, 'map-x'))],
    effects: [],
    keeps: 1,
  },
  {
    name: 'nor does one for an unknown mission',
    events: [...ready, granted(grant(`${epoch}-9`))],
    effects: [],
    keeps: 1,
  },
  {
    name: 'stored: forgotten',
    events: [...putting, put({ kind: 'stored' })],
    effects: forgotten,
    keeps: 0,
  },
  {
    name: 'stored already, says the cloud',
    events: [...ready, granted()],
    effects: forgotten,
    keeps: 0,
  },
  {
    name: 'a worn grant is renewed at once',
    events: [...putting, put({ kind: 'renew', code: 'AccessDenied' })],
    effects: ask,
    keeps: 1,
  },
  {
    name: 'but only once at once',
    events: [
      ...putting,
      put({ kind: 'renew', code: 'x' }),
      granted(grant()),
      put({ kind: 'renew', code: 'x' }),
    ],
    effects: later,
    keeps: 1,
  },
  {
    name: 'an overloaded store is given time',
    events: [...putting, put({ kind: 'later', code: 'SlowDown' })],
    effects: later,
    keeps: 1,
  },
  {
    name: 'what cannot be stored is given up, and that is said',
    events: [...putting, put({ kind: 'hopeless', code: 'BadDigest' })],
    effects: givenUp,
    keeps: 0,
  },
  {
    name: 'so is what the cloud refuses',
    events: [...ready, refused('map-mismatch')],
    effects: givenUp,
    keeps: 0,
  },
  {
    name: 'a mission that the cloud does not know yet will be known',
    events: [...ready, refused('no-such-mission')],
    effects: later,
    keeps: 1,
  },
  {
    name: 'a mission whose report is lost takes its map along',
    events: [
      ...ready,
      { type: 'mission/dropped', missionIds: [`${epoch}-9`, m1], code: 'no-room' },
    ],
    effects: givenUp,
    keeps: 0,
  },
  {
    name: 'an outcome for a map given up is late',
    events: [put({ kind: 'stored' })],
    effects: [],
    keeps: 0,
  },
];

describe('the maps machine', () => {
  it.each(rows)('$name', ({ events, effects, keeps }) => {
    const step = feed(machine, events);
    expect(summaries(step)).toEqual(effects);
    expect(step.state.items.size).toBe(keeps);
  });

  it('a map by another name that is stored means nothing to this one', () => {
    const other: Event = {
      type: 'cloud/map-granted',
      body: { v: 1, missionId: m1, mapId: 'map-x' },
    };
    expect(feed(machine, [...ready, other]).state.items.size).toBe(1);
  });

  it('asks with growing pauses, up to an hour and some', () => {
    const pauses = [0, 1, 2, 12].map((times) =>
      timerMs(
        feed(machine, [...ready, ...Array.from({ length: times }, () => asks)]),
        'maps/retry',
      ),
    );
    expect(pauses).toEqual([10_000, 20_000, 40_000, 4_500_000]);
    expect(timerMs(feed(machine, [...ready, asks, asks, linkUp]), 'maps/retry')).toBe(10_000);
  });

  it('does not ask before the first connection', () => {
    expect(summaries(feed(machine, [kept(), accepted(), asks]))).toEqual([]);
  });

  it('asks with the whole reference', () => {
    expect(payloads(feed(machine, [...ready, asks]))).toEqual([
      { v: 1, missionId: m1, map: { ...mapRef, id: `map-${m1}` } },
    ]);
  });

  it('moves with its mission to another id', () => {
    const moved: Event = { type: 'mission/renamed', moves: [{ from: m1, to: 'new-1' }] };
    const events = [linkUp, kept(), moved, accepted('new-1', grant('new-1', `map-${m1}`))];
    expect(summaries(feed(machine, events))).toEqual(['timer/set maps/retry', 'map/put new-1']);
  });

  it('keeps the newest eight, and says which it gave up', () => {
    const nine = Array.from({ length: 9 }, (_, i) => kept(`${epoch}-${i + 1}`));
    const step = feed(machine, nine);
    expect([...step.state.items.keys()]).toEqual(
      Array.from({ length: 8 }, (_, i) => `${epoch}-${i + 2}`),
    );
    expect(summaries(step)).toEqual([
      `map/forget map-${m1}`,
      'note map given up',
      'timer/set maps/retry',
    ]);
    expect(step.effects?.[1]).toMatchObject({ about: { missionId: m1, code: 'no-room' } });
  });

  it('has files that no kept map owns swept when the agent starts', () => {
    const dead = restarted(machine, feed(machine, [...ready, kept(`${epoch}-2`)]).state);
    expect(machine.step(dead, started, moment).effects).toEqual([
      { type: 'map/sweep', mapIds: [`map-${m1}`, `map-${epoch}-2`] },
    ]);
    expect(machine.step(machine.restore(undefined, moment), started, moment).effects).toEqual([
      { type: 'map/sweep', mapIds: [] },
    ]);
  });

  it('has no file swept by a release that cannot read all that is kept: it may be that of another', () => {
    const [, ...rest] = feed(machine, [...ready, kept(`${epoch}-2`)]).state.items;
    const state = machine.restore({ row: null, items: new Map(rest), unread: 1 }, moment);
    expect(machine.step(state, started, moment).effects).toBeUndefined();
  });

  it('after a restart answers at once for what is kept, and asks for it again', () => {
    const dead = restarted(machine, feed(machine, putting).state);
    const again = machine.step(dead, wanted, moment);
    expect(again.events).toMatchObject([{ type: 'map/kept', missionId: m1 }]);
    const up = machine.step(again.state, linkUp, moment);
    expect(summaries(machine.step(up.state, asks, moment))).toEqual(ask);
  });

  it('never says a URL', () => {
    const { state } = feed(machine, putting);
    expect(JSON.stringify([machine.view(state), [...state.items]])).not.toContain('secret');
  });
});
