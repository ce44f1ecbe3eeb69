import { describe, expect, it } from 'vitest';
import { type DocumentParts, documentOf, stampAt } from '../../../agent/missions/document.ts';
import { absurdIn } from '../../../cloud-stub/services/plausible.ts';
import { check, jsonBytes } from '../../../protocol/codec.ts';
import { limits } from '../../../protocol/limits.ts';
import { bodyEvent, ended, mission, snapshot } from '../../support/agent-body.ts';
import { moment, nowMs } from '../../support/agent-machine.ts';

const { now } = moment;
const parts = (change: Partial<DocumentParts> = {}): DocumentParts => ({
  missionId: '00000000000000aa-7',
  mission: mission('a'),
  started: { ...now, wallMs: nowMs - 60_000 },
  snapshot: snapshot({ mission: mission('a'), batteryPct: 79.6 }),
  events: [],
  revision: 4,
  now,
  ...change,
});
const events = (count: number) =>
  Array.from({ length: count }, (_, i) => bodyEvent(100 + i, 'a', { code: 16, atS: 1.06 }));

describe('a mission document', () => {
  it('of a mission that runs says how it stands now', () => {
    expect(documentOf(parts())).toEqual({
      v: 1,
      missionId: '00000000000000aa-7',
      bodyMission: 'a',
      ended: false,
      boot: 3,
      revision: 4,
      phase: 'run',
      initiator: 'button',
      started: { ...now, wallMs: nowMs - 60_000 },
      updated: now,
      durations: { runS: 60, pauseS: 0, chargeS: 0, clockSpeed: 1 },
      area: { cleanedM2: 1.3, reachableM2: 20 },
      counters: { stuck: 0, recharges: 0, droppedEvents: 0 },
      batteryPct: 80,
      events: [],
    });
  });

  it('of an ended one says when and how it ended', () => {
    const document = documentOf(parts({ mission: ended('a', { outcome: 'stuck' }) }));
    expect(document).toMatchObject({ ended: true, outcome: 'stuck' });
    expect(document.updated).toEqual({ ...now, wallMs: nowMs - 1000 });
  });

  it('an end without an outcome is a failure', () => {
    const { outcome: _, ...unsaid } = ended('a');
    expect(documentOf(parts({ mission: unsaid })).outcome).toBe('failed');
  });

  it.each([
    [0, 0, 0],
    [1, 1, 0],
    [200, 200, 0],
    [201, 200, 1],
    [1000, 200, 800],
  ])('of %i events carries %i and says that %i are left out', (all, kept, dropped) => {
    const document = documentOf(parts({ events: events(all) }));
    expect(document.events).toHaveLength(kept);
    expect(document.counters.droppedEvents).toBe(dropped);
    expect(document.events.at(0)?.seq).toBe(all === 0 ? undefined : 0);
    expect(document.events.at(-1)?.seq).toBe(all === 0 ? undefined : all - 1);
  });

  it("says of its events what the body says, in the mission's own count", () => {
    const [stuck, end] = [
      bodyEvent(7, 'a', { type: 'stuck', code: 16, atS: 1.06 }),
      bodyEvent(9, 'a', { type: 'ended' }),
    ];
    expect(documentOf(parts({ events: [stuck, end] })).events).toEqual([
      { seq: 0, type: 'stuck', atS: 1.1, code: 16 },
      { seq: 2, type: 'ended', atS: 9 },
    ]);
  });

  it('at its largest is within the protocol', () => {
    const document = documentOf(parts({ mission: ended('x'.repeat(64)), events: events(1000) }));
    expect(jsonBytes(document)).toBeLessThan(limits.documentBytesMax);
    expect(check('MissionDocument', structuredClone(document))).toEqual({
      ok: true,
      value: document,
    });
  });

  it.each([
    [-3, 0],
    [140, 100],
    [Number.NaN, 0],
  ])('a battery of %f %% is told as %i', (batteryPct, told) => {
    const document = documentOf(parts({ snapshot: snapshot({ batteryPct }) }));
    expect(document.batteryPct).toBe(told);
  });

  const wild = [Number.NaN, -1, 1.5, 1e9, 1e300, Number.POSITIVE_INFINITY, Number.MIN_VALUE];
  const clocks = { startedMs: 0, endedMs: 0, now: 0 };
  const figures = { runS: 0, pauseS: 0, chargeS: 0, cleanedM2: 0, reachableM2: 0 };
  const counts = { stuckCount: 0, rechargeCount: 0 };
  const places = Object.keys({
    ...clocks,
    ...figures,
    ...counts,
    speed: 0,
    seq: 0,
    atS: 0,
    code: 0,
  });
  it.each(places.flatMap((place) => wild.map((value) => [place, value] as const)))(
    'with %s = %d is one that a cloud takes',
    (place, value) => {
      const at = { ...now, ...(place === 'now' && { wallMs: value }) };
      const odd = ended('a', { [place]: value });
      const document = documentOf(
        parts({
          mission: odd,
          started: stampAt(odd.startedMs, at),
          now: at,
          snapshot: snapshot({ clock: { nowS: 1, speed: place === 'speed' ? value : 1 } }),
          events: [bodyEvent(1, 'a'), bodyEvent(2, 'a', { [place]: value })],
        }),
      );
      const read = check('MissionDocument', JSON.parse(JSON.stringify(document)));
      expect(read).toEqual({ ok: true, value: document });
      expect(absurdIn(document)).toBeUndefined();
    },
  );
});
