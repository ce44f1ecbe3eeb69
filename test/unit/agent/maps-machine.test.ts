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
const retryTimer = timer('maps/retry');

const mapRequested: Event = { type: 'mission/map-requested', missionId: m1, bodyMission: 'a' };
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
const mapRejected = (code: string): Event => ({
  type: 'cloud/map-refused',
  body: { v: 1, missionId: m1, mapId: `map-${m1}`, code, message: '' },
});
const put = (outcome: PutOutcome): Event => ({ type: 'map/put', missionId: m1, outcome });

const ready = [linkUp, kept(), accepted()];
const putting = [...ready, granted(grant())];
const requestEffects = ['publish maps/upload', 'timer/set maps/retry'];
const retryEffects = ['timer/set maps/retry'];
const removeEffects = [`map/forget map-${m1}`];
const giveUpEffects = ['note map given up', `map/forget map-${m1}`];

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
  readonly keeps: number;
}

const rows: readonly Row[] = [
  {
    name: 'keeps the map of a mission that has ended',
    events: [mapRequested],
    effects: [`map/keep ${m1}`],
    keeps: 0,
  },
  {
    name: 'waits for a grant when the map is kept',
    events: [kept()],
    effects: retryEffects,
    keeps: 1,
  },
  { name: 'ignores a map that is kept twice', events: [kept(), kept()], effects: [], keeps: 1 },
  {
    name: 'uploads with the grant of the confirmation',
    events: [kept(), accepted(m1, grant())],
    effects: ['timer/set maps/retry', `map/put ${m1}`],
    keeps: 1,
  },
  {
    name: 'requests no grant before the report is confirmed',
    events: [linkUp, kept(), retryTimer],
    effects: [],
    keeps: 1,
  },
  {
    name: 'requests a grant when the report is confirmed',
    events: [...ready, retryTimer],
    effects: requestEffects,
    keeps: 1,
  },
  {
    name: 'requests no grant while the link is down',
    events: [...ready, linkDown, retryTimer],
    effects: [],
    keeps: 1,
  },
  {
    name: 'requests no grant at once when the link is up',
    events: [...ready, linkUp],
    effects: retryEffects,
    keeps: 1,
  },
  {
    name: 'requests no grant during an upload',
    events: [...putting, retryTimer],
    effects: [],
    keeps: 1,
  },
  {
    name: 'ignores a second grant',
    events: [...putting, granted(grant())],
    effects: [],
    keeps: 1,
  },
  {
    name: 'ignores a late confirmation',
    events: [...putting, accepted(m1, grant())],
    effects: [],
    keeps: 1,
  },
  {
    name: 'ignores a grant for another map',
    events: [...ready, granted(grant(m1, 'map-x'))],
    effects: [],
    keeps: 1,
  },
  {
    name: 'ignores a grant for an unknown mission',
    events: [...ready, granted(grant(`${epoch}-9`))],
    effects: [],
    keeps: 1,
  },
  {
    name: 'removes a map that is stored',
    events: [...putting, put({ kind: 'stored' })],
    effects: removeEffects,
    keeps: 0,
  },
  {
    name: 'removes a map that the cloud has stored already',
    events: [...ready, granted()],
    effects: removeEffects,
    keeps: 0,
  },
  {
    name: 'requests a new grant at once when the grant is no longer usable',
    events: [...putting, put({ kind: 'renew', code: 'AccessDenied' })],
    effects: requestEffects,
    keeps: 1,
  },
  {
    name: 'waits before it requests a second new grant',
    events: [
      ...putting,
      put({ kind: 'renew', code: 'x' }),
      granted(grant()),
      put({ kind: 'renew', code: 'x' }),
    ],
    effects: retryEffects,
    keeps: 1,
  },
  {
    name: 'waits when the store is overloaded',
    events: [...putting, put({ kind: 'later', code: 'SlowDown' })],
    effects: retryEffects,
    keeps: 1,
  },
  {
    name: 'gives up a map that cannot be stored, and logs it',
    events: [...putting, put({ kind: 'hopeless', code: 'BadDigest' })],
    effects: giveUpEffects,
    keeps: 0,
  },
  {
    name: 'gives up a map that the cloud rejects',
    events: [...ready, mapRejected('map-mismatch')],
    effects: giveUpEffects,
    keeps: 0,
  },
  {
    name: 'waits for a mission that the cloud does not know yet',
    events: [...ready, mapRejected('no-such-mission')],
    effects: retryEffects,
    keeps: 1,
  },
  {
    name: 'gives up the map of a mission whose report was dropped',
    events: [
      ...ready,
      { type: 'mission/dropped', missionIds: [`${epoch}-9`, m1], code: 'no-room' },
    ],
    effects: giveUpEffects,
    keeps: 0,
  },
  {
    name: 'ignores an outcome for a map that was given up',
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

  it('ignores that another map of the mission is stored', () => {
    const other: Event = {
      type: 'cloud/map-granted',
      body: { v: 1, missionId: m1, mapId: 'map-x' },
    };
    expect(feed(machine, [...ready, other]).state.items.size).toBe(1);
  });

  it('repeats its request with growing delays, up to an hour and a quarter', () => {
    const delays = [0, 1, 2, 12].map((times) =>
      timerMs(
        feed(machine, [...ready, ...Array.from({ length: times }, () => retryTimer)]),
        'maps/retry',
      ),
    );
    expect(delays).toEqual([10_000, 20_000, 40_000, 4_500_000]);
    expect(timerMs(feed(machine, [...ready, retryTimer, retryTimer, linkUp]), 'maps/retry')).toBe(
      10_000,
    );
  });

  it('requests nothing before the first connection', () => {
    expect(summaries(feed(machine, [kept(), accepted(), retryTimer]))).toEqual([]);
  });

  it('requests a grant with the whole reference', () => {
    expect(payloads(feed(machine, [...ready, retryTimer]))).toEqual([
      { v: 1, missionId: m1, map: { ...mapRef, id: `map-${m1}` } },
    ]);
  });

  it('moves a map with its mission to another id', () => {
    const moved: Event = { type: 'mission/renamed', moves: [{ from: m1, to: 'new-1' }] };
    const events = [linkUp, kept(), moved, accepted('new-1', grant('new-1', `map-${m1}`))];
    expect(summaries(feed(machine, events))).toEqual(['timer/set maps/retry', 'map/put new-1']);
  });

  it('keeps the newest eight maps, and logs which one it gave up', () => {
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

  it('removes the files that no kept map owns when the agent starts', () => {
    const dead = restarted(machine, feed(machine, [...ready, kept(`${epoch}-2`)]).state);
    expect(machine.step(dead, started, moment).effects).toEqual([
      { type: 'map/sweep', mapIds: [`map-${m1}`, `map-${epoch}-2`] },
    ]);
    expect(machine.step(machine.restore(undefined, moment), started, moment).effects).toEqual([
      { type: 'map/sweep', mapIds: [] },
    ]);
  });

  it('removes no file when a map of a later release is stored, which may own it', () => {
    const [, ...rest] = feed(machine, [...ready, kept(`${epoch}-2`)]).state.items;
    const state = machine.restore({ row: null, items: new Map(rest), unread: 1 }, moment);
    expect(machine.step(state, started, moment).effects).toBeUndefined();
  });

  it('answers at once for a kept map after a restart, and requests its grant again', () => {
    const dead = restarted(machine, feed(machine, putting).state);
    const again = machine.step(dead, mapRequested, moment);
    expect(again.events).toMatchObject([{ type: 'map/kept', missionId: m1 }]);
    const up = machine.step(again.state, linkUp, moment);
    expect(summaries(machine.step(up.state, retryTimer, moment))).toEqual(requestEffects);
  });

  it('shows no URL', () => {
    const { state } = feed(machine, putting);
    expect(JSON.stringify([machine.view(state), [...state.items]])).not.toContain('secret');
  });
});
