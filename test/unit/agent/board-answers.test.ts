import { describe, expect, it } from 'vitest';
import {
  readBootState,
  readEvents,
  readMap,
  readRecord,
  readRefused,
  readSnapshot,
  readSystemInfo,
} from '../../../agent/board/answers.ts';
import { bodyEvent, ended, mission, settings, snapshot } from '../../support/agent-body.ts';
import { onOld } from '../../support/agent-updates.ts';

const record = { tag: 't', verb: 'start', result: 'done' } as const;
const full = snapshot({ mission: mission('m'), ended: [ended('e')], commands: [record] });
const without = (name: string) =>
  Object.fromEntries(Object.entries(full).filter(([key]) => key !== name));

describe('a snapshot', () => {
  it('is read completely when it is valid', () => {
    const { pose: _, commands, settings: readSettings, ...activity } = full;
    expect(readSnapshot(full)).toEqual({
      value: { activity, commands, settings: readSettings },
      faults: [],
    });
  });

  it.each<readonly [string, unknown, readonly string[]]>([
    [
      'no list of ended missions',
      without('ended'),
      ['body.snapshot: ended: expected a list, got nothing'],
    ],
    ['no mission', without('mission'), ['body.snapshot: mission: expected a mission, got nothing']],
    [
      'a mission without a name',
      { ...full, mission: {} },
      ['body.snapshot: mission.id: expected text of 1 to 200 characters, got nothing'],
    ],
    [
      'a last event that is NaN',
      { ...full, lastEvent: Number.NaN },
      ['body.snapshot: lastEvent: expected a whole number from 0 on, got NaN'],
    ],
    [
      'a phase that is not text',
      { ...full, phase: 7 },
      ['body.snapshot: phase: expected a word of at most 40 characters, got 7'],
    ],
  ])(
    'keeps its commands and settings without the activity when it has %s',
    (_name, answer, faults) => {
      const { value, faults: found } = readSnapshot(answer);
      expect(value).toEqual({ activity: null, commands: [record], settings });
      expect(found).toEqual(faults);
    },
  );

  it.each<readonly [string, object, object]>([
    ['a battery level', { batteryPct: null }, { batteryPct: 0 }],
    ['a clock', { clock: 'now' }, { clock: { nowS: 0, speed: 0 } }],
    ['one ended mission of two', { ended: [{ id: 5 }, ended('e')] }, { ended: [ended('e')] }],
    [
      'a figure of a mission',
      { mission: { ...mission('m'), runS: Number.NaN } },
      { mission: mission('m', { runS: 0 }) },
    ],
  ])('keeps its activity when %s is invalid', (_name, change, activity) => {
    const { value, faults } = readSnapshot({ ...full, ...change });
    expect(value.activity).toMatchObject(activity);
    expect(faults.length).toBeGreaterThan(0);
  });

  it.each([
    ['commands', { commands: {} }, { commands: null }],
    ['one command', { commands: [{ tag: 't' }, record] }, { commands: [record] }],
    ['settings', { settings: null }, { settings: null }],
    ['one setting', { settings: { ...settings, passes: [1] } }, { settings }],
  ])('keeps its other parts with invalid %s', (_name, change, value) => {
    const read = readSnapshot({ ...full, ...change });
    expect(read.value).toMatchObject(value);
    expect(read.value.activity).not.toBeNull();
    expect(read.faults.length).toBeGreaterThan(0);
  });

  it.each([
    ['missing', undefined],
    ['null', null],
    ['a list', []],
    ['text', 'x'.repeat(100_000)],
    ['an object of functions', { snapshot: () => full }],
  ])('has no readable part when it is %s', (_name, answer) => {
    const { value, faults } = readSnapshot(answer);
    expect(value).toMatchObject({ activity: null, settings: null });
    expect(faults.join('').length).toBeLessThan(600);
  });

  it('is bounded, and keeps the newest entries', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ended(`e${i}`));
    const names = Object.fromEntries(many.map(({ id }) => [id, 1]));
    const { value } = readSnapshot({ ...full, ended: many, settings: names });
    expect(value.activity?.ended.map(({ id }) => id).at(-1)).toBe('e4999');
    expect(value.activity?.ended).toHaveLength(16);
    expect(Object.keys(value.settings ?? {})).toHaveLength(32);
  });
});

describe('a list of events', () => {
  it('is read entry by entry, up to two hundred of them', () => {
    const many = Array.from({ length: 5000 }, (_, i) => bodyEvent(i + 1, 'm'));
    const malformed = [{ seq: -1 }, null, { seq: 2, missionId: 'm', type: 9 }];
    expect(readEvents(many).value).toEqual(many.slice(0, 200));
    expect(readEvents([...malformed, bodyEvent(3, 'm')]).value).toEqual([bodyEvent(3, 'm')]);
    expect(readEvents({ events: [] }).value).toBeUndefined();
  });
});

describe('another answer', () => {
  const map = {
    ...{ width: 2, height: 1, resolution: 0.05, origin: { x: 0, y: 0 } },
    cells: new Uint8Array(2),
  };
  it.each<readonly [string, (answer: unknown) => { value: unknown }, unknown, unknown]>([
    ['a record', readRecord, { ...record, reason: 5 }, record],
    ['a record without its result', readRecord, { tag: 't' }, undefined],
    [
      'rejections',
      readRefused,
      { refused: { a: 'no', b: 5 } },
      { refused: { a: 'no', b: 'refused' } },
    ],
    ['no rejections', readRefused, {}, undefined],
    ['a map', readMap, map, map],
    ['a map with a size out of range', readMap, { ...map, width: 1e9 }, undefined],
    ['a map with too few cells', readMap, { ...map, height: 2 }, undefined],
    ['a map whose cells are text', readMap, { ...map, cells: 'AAAA' }, undefined],
    ['slots', readBootState, onOld(), onOld()],
    ['slots that are not a list', readBootState, { ...onOld(), slots: 7 }, undefined],
    [
      'a slot that is none',
      readBootState,
      { ...onOld(), slots: [{ name: 'an invalid slot' }] },
      undefined,
    ],
    ['no boot state', readBootState, { booted: 5 }, undefined],
    ['an invalid fallback', readBootState, { ...onOld(), fallback: 'b' }, onOld()],
    ['system', readSystemInfo, { bootId: 'b', hardwareId: 'h', watchdogS: 0 }, undefined],
    ['system without names', readSystemInfo, { watchdogS: 30 }, undefined],
  ])('is read: %s', (_name, read, answer, value) => {
    expect(read(answer).value).toEqual(value);
  });
});
