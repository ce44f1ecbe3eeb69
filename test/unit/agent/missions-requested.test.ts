import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { MissionsState } from '../../../agent/missions/state.ts';
import { linkDown, linkUp, timer } from '../../support/agent-body.ts';
import { feed, later, payloads, summaries, type Timed } from '../../support/agent-machine.ts';
import { entry, keyOf, missions, outboxOf } from '../../support/agent-missions.ts';
import { epoch } from '../../support/cloud-world.ts';

/** A cloud requests reports that it had confirmed and lost, or it is faulty or hostile and must not cause a flood. */

const machine = missions();
const id = (n: number) => `${epoch}-${n}`;
const row = { epoch, nextN: 4, open: null, known: [], dropped: 0 };
const saved = (...items: ReturnType<typeof entry>[]) => ({ row, items: new Map(items) });
const history = saved(entry(id(1), 'confirmed'), entry(id(2), 'confirmed'));
const requested = (from: number, to: number): Event => ({
  type: 'cloud/missions-requested',
  body: { v: 1, epoch, from, to },
});
const accepted = (n: number, change: object = {}): Event => ({
  type: 'cloud/reports-accepted',
  body: { v: 1, accepted: [{ ...keyOf(entry(id(n))[1]), ...change }] },
});
const rejected = (code: string, ...ids: string[]): Event => ({
  type: 'cloud/reports-rejected',
  body: { v: 1, rejected: ids.map((missionId) => ({ missionId, code, message: '' })) },
});
const resend = timer('missions/resend');
const idsOf = (step: Parameters<typeof payloads>[0]) =>
  payloads(step).flatMap(({ reports }) =>
    (reports as { missionId: string }[]).map(({ missionId }) => missionId),
  );

describe('confirmed missions that the cloud requests again', () => {
  const blamed: Event = {
    type: 'publish/blamed',
    about: `robots/R1/up/missions/report ${id(1)}`,
    isLast: true,
  };
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['are sent again after a delay, because an answer may get lost', [resend], [id(1), id(2)]],
    ['are sent again at the next link-up', [linkDown, linkUp], [id(1), id(2)]],
    ['are sent again until they are accepted', [accepted(1), resend], [id(2)]],
    [
      'are sent again after the acceptance of another document',
      [accepted(1, { boot: 9 }), resend],
      [id(1), id(2)],
    ],
    [
      'are not sent again when they are rejected',
      [rejected('id-conflict', id(1)), resend],
      [id(2)],
    ],
    ['are not sent again when their sending ends connections', [blamed, resend], [id(2)]],
  ])('%s', (_name, events, ids) => {
    expect(idsOf(feed(machine, [linkUp, requested(1, 2), ...events], history))).toEqual(ids);
  });

  it('are sent again by a timer of their own, without a write', () => {
    const before = feed(machine, [linkUp], history).state;
    const step = machine.step(before, requested(1, 2), later(0));
    expect(summaries(step)).toEqual(['publish missions/report', 'timer/set missions/resend']);
    for (const state of [step.state, machine.step(step.state, accepted(1), later(1)).state]) {
      expect([state.row, state.items]).toEqual([before.row, before.items]);
      expect(state.items).toBe(before.items);
    }
  });

  it('are sent once a minute and then after doubling delays, however often they are requested', () => {
    let state: MissionsState = feed(machine, [linkUp], history).state;
    const sentAtS: number[] = [];
    for (let ms = 0; ms <= 180_000; ms += 10) {
      const event = ms % 20 === 0 ? requested(1, Number.MAX_SAFE_INTEGER) : accepted(1);
      const step = machine.step(state, event, later(ms));
      if (idsOf(step).length > 0) sentAtS.push(ms / 1000);
      state = step.state;
    }
    expect(sentAtS).toEqual([0, 60, 180]);
  });
});

describe('a cloud that rejects everything', () => {
  const conflict = (state: MissionsState, ms: number) =>
    machine.step(
      state,
      rejected('id-conflict', ...state.items.keys()),
      later(ms, { freshId: ms.toString(16).padStart(16, '0') }),
    );

  it('receives three more messages for id conflicts, and then some with growing delays', () => {
    let { state } = feed(machine, [linkUp], saved(entry(id(1)), entry(id(2))));
    const sent = Array.from({ length: 20 }, (_, n) => {
      const step = conflict(state, n + 1);
      state = step.state;
      return idsOf(step).length;
    });
    expect(sent.filter((count) => count > 0)).toEqual([2, 2, 2]);
    expect(outboxOf(state)).toHaveLength(2);
    const next = machine.step(state, resend, later(60_000));
    expect(idsOf(next)).toHaveLength(2);
    expect(next.effects).toContainEqual({ type: 'timer/set', key: resend.key, ms: 10_000 });
    expect(idsOf(conflict(next.state, 60_001))).toEqual([]);
  });

  it('is not answered with the remaining reports after each rejection', () => {
    const ids = Array.from({ length: 100 }, (_, n) => id(n + 1));
    let { state } = feed(machine, [linkUp], saved(...ids.map((one) => entry(one))));
    for (const [n, one] of ids.entries()) {
      const step = machine.step(state, rejected('wrong-schema', one), later(n));
      expect(idsOf(step)).toEqual([]);
      state = step.state;
    }
    expect(machine.step(state, resend, later(9999)).effects).toBeUndefined();
  });

  it('is answered at once again when it has accepted something', () => {
    let { state } = feed(machine, [linkUp], saved(entry(id(1)), entry(id(2))));
    for (let n = 1; n <= 10; n++) state = conflict(state, n).state;
    const [one] = [...state.items.values()];
    if (one === undefined) throw new Error('nothing is left');
    const answer: Event = {
      type: 'cloud/reports-accepted',
      body: { v: 1, accepted: [keyOf(one)] },
    };
    state = machine.step(state, answer, later(11)).state;
    expect(idsOf(conflict(state, 12))).toHaveLength(1);
  });
});

describe('a confirmed mission whose map the cloud rejects', () => {
  const refused = (code: string, n = 1): Event => ({
    type: 'cloud/map-refused',
    body: { v: 1, missionId: id(n), mapId: 'map', code, message: '' },
  });

  const soon = timer('missions/gather');
  const unknown = (n: number) => refused('no-such-mission', n);
  const setsTimer = { type: 'timer/set', key: soon.key, ms: 1000 };

  it('is sent again in one list with others of the same second', () => {
    const first = feed(machine, [linkUp, unknown(1)], history);
    expect(first.effects).toEqual([setsTimer]);
    const lists = payloads(feed(machine, [linkUp, unknown(1), unknown(2), soon], history));
    expect(lists).toMatchObject([{ reports: [{ missionId: id(1) }, { missionId: id(2) }] }]);
  });

  it.each<readonly [string, readonly Timed[]]>([
    ['is not sent again for any other reason', [refused('out-of-range')]],
    ['is sent again at most once a minute', [unknown(1), soon, accepted(1), unknown(1)]],
  ])('%s', (_name, events) => {
    const { effects } = feed(machine, [linkUp, ...events], history);
    expect(effects ?? []).toEqual([]);
  });
});

describe('a map whose report is not kept any more', () => {
  it('is dropped when the cloud has no such mission either', () => {
    const refused: Event = {
      type: 'cloud/map-refused',
      body: { v: 1, missionId: id(3), mapId: 'map', code: 'no-such-mission', message: '' },
    };
    expect(feed(machine, [linkUp, refused], history).events).toEqual([
      { type: 'mission/dropped', missionIds: [id(3)], code: 'no-room' },
    ]);
  });
});
