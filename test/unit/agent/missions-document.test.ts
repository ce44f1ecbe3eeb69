import { describe, expect, it } from 'vitest';
import { type DocumentParts, documentOf } from '../../../agent/missions/document.ts';
import { check, jsonBytes } from '../../../protocol/codec.ts';
import { limits } from '../../../protocol/limits.ts';
import { earliestMs } from '../../../protocol/time.ts';
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
  isFinal: change.mission?.endedMs !== undefined,
  ...change,
});
const events = (count: number) =>
  Array.from({ length: count }, (_, i) => bodyEvent(100 + i, 'a', { code: 16, atS: 1.06 }));

describe('a mission document', () => {
  it('shows the present state of a running mission', () => {
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

  it('shows when and how an ended mission ended', () => {
    const document = documentOf(parts({ mission: ended('a', { outcome: 'stuck' }) }));
    expect(document).toMatchObject({ ended: true, outcome: 'stuck' });
    expect(document.updated).toEqual({ ...now, wallMs: nowMs - 1000 });
  });

  it('shows an end without an outcome as a failure', () => {
    const { outcome: _, ...unsaid } = ended('a');
    expect(documentOf(parts({ mission: unsaid })).outcome).toBe('failed');
  });

  it.each([
    [0, 0, 0],
    [1, 1, 0],
    [200, 200, 0],
    [201, 200, 1],
    [1000, 200, 800],
  ])('carries, of %i events, %i and counts %i as dropped', (all, kept, dropped) => {
    const document = documentOf(parts({ events: events(all) }));
    expect(document.events).toHaveLength(kept);
    expect(document.counters.droppedEvents).toBe(dropped);
    expect(document.events.at(0)?.seq).toBe(all === 0 ? undefined : 0);
    expect(document.events.at(-1)?.seq).toBe(all === 0 ? undefined : all - 1);
  });

  it("carries the body's events with the mission's own numbers", () => {
    const [stuck, end] = [
      bodyEvent(7, 'a', { type: 'stuck', code: 16, atS: 1.06 }),
      bodyEvent(9, 'a', { type: 'ended' }),
    ];
    expect(documentOf(parts({ events: [stuck, end] })).events).toEqual([
      { seq: 0, type: 'stuck', atS: 1.1, code: 16 },
      { seq: 2, type: 'ended', atS: 9 },
    ]);
  });

  it('is within the protocol at its largest', () => {
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
    [Number.POSITIVE_INFINITY, 100],
    [Number.NaN, 0],
  ])('shows a battery level of %f %% as %i', (batteryPct, expected) => {
    const document = documentOf(parts({ snapshot: snapshot({ batteryPct }) }));
    expect(document.batteryPct).toBe(expected);
  });

  it.each([
    ['not a number', Number.NaN, 0],
    ['negative', -1, 0],
    ['infinite', Number.POSITIVE_INFINITY, 0],
    ["longer than any robot's age", 1e9, 0],
    ['very long', 1e8, 1e8],
  ])('shows a figure that is %s: %d as %d', (_name, runS, expected) => {
    expect(documentOf(parts({ mission: mission('a', { runS }) })).durations.runS).toBe(expected);
  });

  it('leaves out invalid codes and a name that the protocol cannot carry', () => {
    const codes = [Number.NaN, 1.5, 1e300, Number.POSITIVE_INFINITY, 16, -4];
    const all = codes.map((code, i) => bodyEvent(i, 'a', { code }));
    const document = documentOf(parts({ mission: mission('a name'), events: all }));
    expect(document.events.map(({ code }) => code)).toEqual([
      ...[undefined, undefined, undefined, undefined, 16, -4],
    ]);
    expect(document).not.toHaveProperty('bodyMission');
  });

  it('shows words that the protocol does not have as `unknown`', () => {
    const news = { phase: 'evac', initiator: 'voice' } as object;
    const type = `m${'o'.repeat(5000)}pping`;
    const document = documentOf(
      parts({
        snapshot: snapshot(news),
        mission: ended('a', { ...news, outcome: 'bored' } as object),
        events: [bodyEvent(1, 'a', { type } as object)],
      }),
    );
    expect(document).toMatchObject({
      ...{ phase: 'unknown', initiator: 'unknown', outcome: 'unknown' },
      events: [{ type: 'unknown' }],
    });
  });
});

describe('the time stamps of a mission document', () => {
  const updatedOf = (endedMs: number, change: Partial<typeof now> = {}) => {
    const at = { ...now, ...change };
    const { wallMs, quality } = documentOf(
      parts({ mission: ended('a', { endedMs }), now: at }),
    ).updated;
    return [wallMs, quality];
  };

  it.each<[string, number, Partial<typeof now>, unknown[]]>([
    ['recorded by a right clock', nowMs - 5000, {}, [nowMs - 5000, 'synced']],
    ['recorded by a clock at 1970', 5000, {}, [5000, 'unset']],
    ['just before the first robots', earliestMs - 1, {}, [earliestMs - 1, 'unset']],
    ['before 1970', -5000, {}, [0, 'unset']],
    [
      'recorded by a clock that was a day ahead',
      nowMs + 86_400_000,
      {},
      [nowMs + 86_400_000, 'unset'],
    ],
    ['recorded by a clock that was a minute ahead', nowMs + 60_000, {}, [nowMs + 60_000, 'synced']],
    ['in the year 33658', 1e15, {}, [0, 'unset']],
    ['that are not numbers', Number.NaN, {}, [0, 'unset']],
    [
      'recorded while our clock is not set',
      nowMs,
      { wallMs: 7000, quality: 'unset' },
      [nowMs, 'unset'],
    ],
    [
      'recorded while our clock is in the year 33658',
      nowMs,
      { wallMs: 1e15, quality: 'floor' },
      [nowMs, 'unset'],
    ],
  ])('have the right quality when they are %s', (_name, endedMs, at, expected) => {
    expect(updatedOf(endedMs, at)).toEqual(expected);
  });

  it('are zero when our own clock is out of range', () => {
    const far = { ...now, wallMs: 1e15, quality: 'floor' } as const;
    const { started, updated } = documentOf(parts({ started: far, now: far }));
    for (const stamp of [started, updated]) {
      expect(stamp).toEqual({ ...now, wallMs: 0, quality: 'unset' });
    }
  });
});
