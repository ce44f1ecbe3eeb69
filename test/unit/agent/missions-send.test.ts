import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { Step } from '../../../agent/kernel/machine.ts';
import type { MissionsEffect } from '../../../agent/missions/effects.ts';
import type { MissionsState } from '../../../agent/missions/state.ts';
import { jsonBytes } from '../../../protocol/codec.ts';
import { limits } from '../../../protocol/limits.ts';
import { ended, linkDown, linkUp, mission, observed, timer } from '../../support/agent-body.ts';
import {
  feed,
  moment,
  payloads,
  restarted,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';
import { entry, keyOf, missions, outboxOf } from '../../support/agent-missions.ts';
import { epoch, mapRef } from '../../support/cloud-world.ts';

const machine = missions();
const freshId = moment.freshId;
const id = (n: number) => `${epoch}-${n}`;
const row = { epoch, nextN: 4, open: null, known: [], dropped: 0 };
const saved = (...items: ReturnType<typeof entry>[]) => ({ row, items: new Map(items) });
const two = saved(entry(id(1)), entry(id(2)));
const resend = timer('missions/resend');

const accepted = (...ids: string[]): Event => ({
  type: 'cloud/reports-accepted',
  body: { v: 1, accepted: ids.map((missionId) => keyOf(entry(missionId)[1])) },
});
const rejected = (code: string, ...ids: string[]): Event => ({
  type: 'cloud/reports-rejected',
  body: { v: 1, rejected: ids.map((missionId) => ({ missionId, code, message: '' })) },
});
const requested = (from: number, to: number, of = epoch): Event => ({
  type: 'cloud/missions-requested',
  body: { v: 1, epoch: of, from, to },
});
const idsOf = (step: Parameters<typeof payloads>[0]) =>
  payloads(step).flatMap(({ reports }) =>
    (reports as { missionId: string }[]).map(({ missionId }) => missionId),
  );

describe('final documents', () => {
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['are sent when the link is up', [linkUp], [id(1), id(2)]],
    ['are not sent while the link is down', [linkUp, linkDown, resend], []],
    ['are sent again after a delay', [linkUp, resend], [id(1), id(2)]],
    ['are sent again without those that are confirmed', [linkUp, accepted(id(1)), resend], [id(2)]],
    ['are not sent again when all are confirmed', [linkUp, accepted(id(1), id(2)), resend], []],
    [
      'are not sent again when they are rejected',
      [linkUp, rejected('too-large', id(1)), resend],
      [id(2)],
    ],
  ])('%s', (_name, events, ids) => {
    expect(idsOf(feed(machine, events, two))).toEqual(ids);
  });

  it.each([
    [1, 0.5, 5000],
    [1, 0, 4000],
    [2, 0.5, 10_000],
    [30, 0.5, 4_500_000],
  ])('are sent again, for the time %i and with random %f, after %i ms', (times, random, ms) => {
    const events = Array.from({ length: times - 1 }, () => resend);
    const step = feed(machine, [linkUp, ...events].slice(0, -1), two);
    const last = times === 1 ? linkUp : resend;
    const at = { ...moment, random };
    expect(timerMs(machine.step(step.state, last, at), 'missions/resend')).toBe(ms);
  });

  it('are packed into lists of one billing unit each', () => {
    const many = saved(...Array.from({ length: 40 }, (_, i) => entry(id(i + 1))));
    const step = feed(machine, [linkUp], many);
    expect(idsOf(step)).toHaveLength(40);
    for (const list of payloads(step)) expect(jsonBytes(list)).toBeLessThanOrEqual(5 * 1024);
  });

  it('are kept as history after their confirmation, and not sent again', () => {
    const { state } = feed(machine, [linkUp, accepted(id(1), id(2))], two);
    const dead = restarted(machine, state);
    expect(outboxOf(dead)).toEqual([`${id(1)} confirmed`, `${id(2)} confirmed`]);
    expect(summaries(machine.step(dead, linkUp, moment))).toEqual([]);
  });
});

describe('a pending map', () => {
  const waiting = saved(entry(id(1), 'awaiting-map'));
  const kept: Event = { type: 'map/kept', missionId: id(1), map: mapRef };
  const none: Event = { type: 'map/none', missionId: id(1), code: 'gone' };

  it.each<readonly [string, readonly Timed[], readonly object[]]>([
    ['delays the report', [linkUp, resend], []],
    ['is sent with the report', [linkUp, kept], [{ missionId: id(1), map: mapRef }]],
    ['releases the report when the body has no map', [linkUp, none], [{ missionId: id(1) }]],
    [
      'is sent with the report on the next connection when it is kept while the link is down',
      [kept, linkUp],
      [{ map: mapRef }],
    ],
    ['is ignored after the report was released', [linkUp, none, kept], []],
    ['does not release the report of another mission', [linkUp, { ...kept, missionId: id(9) }], []],
  ])('%s', (_name, events, reports) => {
    const step = feed(machine, events, waiting);
    expect(payloads(step)).toMatchObject(reports.length > 0 ? [{ reports }] : []);
  });

  it('is dropped when its report was dropped meanwhile', () => {
    const { events } = feed(machine, [linkUp, { ...kept, missionId: id(9) }], waiting);
    expect(events).toEqual([{ type: 'mission/dropped', missionIds: [id(9)], code: 'no-room' }]);
  });
});

describe('a rejection', () => {
  it('is final and shown, and the map is not awaited any more', () => {
    const step = feed(machine, [linkUp, rejected('wrong-schema', id(1))], two);
    expect(outboxOf(step.state)[0]).toBe(`${id(1)} rejected wrong-schema`);
    expect(step.events).toEqual([
      { type: 'mission/dropped', missionIds: [id(1)], code: 'report-rejected' },
    ]);
    expect(machine.view(step.state)).toMatchObject({
      rejected: [{ missionId: id(1), code: 'wrong-schema' }],
    });
  });

  it('is shown in the status for the newest documents', () => {
    const many = Array.from({ length: 9 }, (_, i) => entry(id(i + 1), 'rejected'));
    const { rejected: shown } = machine.view(machine.restore(saved(...many), moment)) as {
      rejected: { missionId: string }[];
    };
    expect(shown.map(({ missionId }) => missionId)).toEqual([5, 6, 7, 8, 9].map(id));
  });

  it('is ignored for a document that is not being sent', () => {
    const step = feed(machine, [linkUp, accepted(id(1)), rejected('x', id(1), id(9))], two);
    expect(outboxOf(step.state)[0]).toBe(`${id(1)} confirmed`);
    expect(step.effects).toBeUndefined();
  });
});

describe('an id conflict', () => {
  it('moves the mission to the first id of a new epoch and sends it', () => {
    const step = feed(machine, [linkUp, rejected('id-conflict', id(1))], two);
    expect(outboxOf(step.state)).toEqual([`${id(2)} unconfirmed`, `${freshId}-1 unconfirmed`]);
    expect(step.state.row).toMatchObject({ epoch: freshId, nextN: 2 });
    expect(step.events).toEqual([
      { type: 'mission/renamed', moves: [{ from: id(1), to: `${freshId}-1` }] },
    ]);
    expect(idsOf(step)).toEqual([`${freshId}-1`]);
  });

  it('moves the open mission to the id after it', () => {
    const runs = observed({ mission: mission('a') });
    const step = feed(machine, [linkUp, runs, rejected('id-conflict', id(2))], two);
    expect(step.state.row).toMatchObject({
      epoch: freshId,
      nextN: 3,
      open: { missionId: `${freshId}-2`, body: 'a' },
    });
    const end = machine.step(step.state, observed({ ended: [ended('a')] }), moment);
    expect(outboxOf(end.state).at(-1)).toBe(`${freshId}-2 unconfirmed`);
    expect(end.state.row.nextN).toBe(3);
  });

  it('begins no second epoch for a second mission or when it is repeated', () => {
    const first = rejected('id-conflict', id(1));
    const events = [linkUp, first, first, [rejected('id-conflict', id(2)), moment]] as const;
    const step = feed(machine, events, two);
    expect(outboxOf(step.state)).toEqual([`${freshId}-1 unconfirmed`, `${freshId}-2 unconfirmed`]);
    expect(step.state.row).toMatchObject({ epoch: freshId, nextN: 3 });
  });

  it('makes one event for as many missions as a message holds', () => {
    const ids = Array.from({ length: limits.reportsPerListMax }, (_, i) => id(i + 1));
    const step = feed(
      machine,
      [linkUp, rejected('id-conflict', ...ids)],
      saved(...ids.map((one) => entry(one))),
    );
    expect(step.events).toHaveLength(1);
    expect(new Set(step.state.items.keys()).size).toBe(ids.length);
    expect(step.state.row.nextN).toBe(ids.length + 1);
  });
});

describe('missions that the cloud requests again', () => {
  const kept = saved(
    entry(id(1), 'confirmed'),
    entry(id(2), 'rejected'),
    entry(id(3), 'awaiting-map'),
    entry(id(4), 'unconfirmed'),
    entry(id(5), 'confirmed'),
  );
  it.each([
    ['whether they are confirmed or not', requested(1, 5), [id(1), id(4), id(5)]],
    ['within the requested range', requested(2, 4), [id(4)]],
    ['of this epoch only', requested(1, 5, 'ffffffffffffffff'), []],
    ['as far as they exist', requested(90, 99), []],
  ])('are sent %s', (_name, event, ids) => {
    expect(idsOf(feed(machine, [linkUp, event], kept))).toEqual(ids);
  });

  it('are not sent at once when one of them is rejected', () => {
    const events = [linkUp, requested(1, 5), rejected('out-of-range', id(5))];
    expect(summaries(feed(machine, events, kept))).toEqual([]);
  });

  it('are not sent while the link is down', () => {
    expect(summaries(feed(machine, [linkUp, linkDown, requested(1, 5)], kept))).toEqual([]);
  });
});

describe('a report whose sending ends the connection', () => {
  const blamed = (ids: readonly number[], isLast = false): Event => ({
    type: 'publish/blamed',
    about: ['robots/R1/up/missions/report', ...ids.map(id)].join(' '),
    isLast,
  });
  const three = saved(entry(id(1)), entry(id(2)), entry(id(3)));
  const lists = (step: Step<MissionsState, MissionsEffect>) =>
    (step.effects ?? []).flatMap((effect) =>
      effect.type === 'publish' ? [effect.about?.split(' ').slice(1)] : [],
    );

  it('is identified by its missions', () => {
    expect(lists(feed(machine, [linkUp], three))).toEqual([[id(1), id(2), id(3)]]);
  });

  it('stays packed while the ends may be chance', () => {
    const events = [linkUp, blamed([1, 2, 3]), blamed([1, 2, 3]), linkDown, linkUp];
    expect(lists(feed(machine, events, three))).toEqual([[id(1), id(2), id(3)]]);
  });

  it('is sent in its parts after the third blame, and others stay packed', () => {
    const events = [linkUp, blamed([1, 2], true), linkDown, linkUp];
    expect(lists(feed(machine, events, three))).toEqual([[id(3)], [id(1)], [id(2)]]);
    const again = [linkUp, blamed([1, 2], true), requested(1, 3)];
    expect(lists(feed(machine, again, three))).toEqual([[id(3)], [id(1)], [id(2)]]);
  });

  it('is remembered only while it is kept', () => {
    const events = [linkUp, blamed([1, 2, 90, 91], true)];
    expect([...feed(machine, events, three).state.alone]).toEqual([id(1), id(2)]);
  });

  it('becomes a dead letter after its own third blame, and its map is not awaited', () => {
    const before = feed(machine, [linkUp, blamed([1, 2], true), blamed([1])], three);
    expect(outboxOf(before.state)[0]).toBe(`${id(1)} unconfirmed`);
    const step = machine.step(before.state, blamed([1], true), moment);
    expect(outboxOf(step.state)[0]).toBe(`${id(1)} rejected ends-connection`);
    expect(step.events).toEqual([
      { type: 'mission/dropped', missionIds: [id(1)], code: 'report-rejected' },
    ]);
    const after = machine.step(step.state, linkUp, moment);
    expect(lists(after)).toEqual([[id(3)], [id(2)]]);
  });

  it.each([
    ['already confirmed', [linkUp, accepted(id(1)), blamed([1], true)]],
    ['unknown', [linkUp, blamed([9], true)]],
  ])('is ignored when it is %s', (_name, events) => {
    const step = feed(machine, events, two);
    expect(step.events).toBeUndefined();
    expect(outboxOf(step.state)).not.toContainEqual(expect.stringContaining('rejected'));
  });

  it('is not confused with progress or messages of other machines', () => {
    const about = 'robots/R1/up/missions/report';
    for (const event of [{ about }, { about: 'robots/R1/up/commands/outcome' }]) {
      const blame = { type: 'publish/blamed', isLast: true, ...event } as const;
      const before = feed(machine, [linkUp], two).state;
      expect(machine.step(before, blame, moment)).toEqual({ state: before });
    }
  });
});
