import { describe, expect, it } from 'vitest';
import type { Log } from '../../../base/log.ts';
import { silentLog } from '../../../base/log.ts';
import { createCloud } from '../../../cloud-stub/cloud.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import {
  bytesOf,
  createCloudWorld,
  epoch,
  missionDocument,
  robot,
} from '../../support/cloud-world.ts';

const report = `robots/${robot}/up/missions/report`;
const accepted = `robots/${robot}/down/missions/report/accepted`;
const rejected = `robots/${robot}/down/missions/report/rejected`;
const ended = (change: object = {}) => ({ ...missionDocument({ ended: true }), ...change });
const at = (wallMs: number, quality = 'synced') => ({ wallMs, quality, boot: 1, monoMs: 1 });
const counters = { stuck: 0, recharges: 0, droppedEvents: 0 };
const durations = { runS: 1, pauseS: 0, chargeS: 0, clockSpeed: 1 };

describe('a report whose document', () => {
  it.each<[string, object, string]>([
    ['began after the year 2200', { started: at(Date.UTC(2200, 0) + 1) }, 'out-of-range'],
    ['ended after the year 2200', { updated: at(8.64e15, 'unset') }, 'out-of-range'],
    ['has a mission number out of range', { missionId: `${epoch}-1000000001` }, 'out-of-range'],
    ['has a boot number out of range', { boot: 2 ** 40 }, 'out-of-range'],
    [
      'has a stuck count out of range',
      { counters: { ...counters, stuck: 2 ** 40 } },
      'out-of-range',
    ],
    ['has a run time of decades', { durations: { ...durations, runS: 1e9 } }, 'out-of-range'],
    ['has an area out of range', { area: { cleanedM2: 1e8, reachableM2: 1 } }, 'out-of-range'],
    [
      'has an event decades after its start',
      { events: [{ seq: 1, type: 'stuck', atS: 1e9 }] },
      'out-of-range',
    ],
    ['began before 1970', { started: at(-1) }, 'wrong-schema'],
    ['began at a fractional millisecond', { started: at(1.5) }, 'wrong-schema'],
    ['names another robot', { robot: 'R2' }, 'foreign-robot'],
    ['has a robot id that is not a string', { robot: 7 }, 'foreign-robot'],
  ])('%s is rejected, and its neighbours are not', (_name, change, code) => {
    const world = createCloudWorld();
    const good = ended({ missionId: `${epoch}-9` });
    const bad = ended(change);
    expect(world.send(report, { v: 1, reports: [bad, good] })).toMatchObject([
      [accepted, { accepted: [{ missionId: `${epoch}-9` }] }],
      [rejected, { rejected: [{ missionId: bad.missionId, code }] }],
    ]);
    expect(world.store.list('missions')).toHaveLength(1);
    expect(world.store.get('refusals', `${robot}/${code}`)?.count).toBe(1);
  });

  it.each<[string, object]>([
    ['began in 1970', { started: at(0, 'unset') }],
    ['has the time of a clock that had jumped', { updated: at(Date.UTC(2150, 0)) }],
    ['names its own robot', { robot }],
    ['has high mission and boot numbers', { missionId: `${epoch}-1000000`, boot: 1_000_000 }],
  ])('%s is accepted', (_name, change) => {
    const world = createCloudWorld();
    expect(world.send(report, { v: 1, reports: [ended(change)] })).toMatchObject([[accepted, {}]]);
  });
});

describe('a list', () => {
  it('is rejected as a whole when it names another robot', () => {
    const world = createCloudWorld();
    expect(world.send(report, { v: 1, robot: 'R2', reports: [ended()] })).toEqual([]);
    expect(world.store.list('missions')).toEqual([]);
    expect(world.store.get('refusals', `${robot}/foreign-robot`)?.count).toBe(1);
  });

  it.each([-1, 1.5, 2 ** 40, 'many'])(
    'is accepted without the dropped count when that is %j',
    (dropped) => {
      const world = createCloudWorld();
      expect(world.send(report, { v: 1, reports: [ended()], dropped })).toMatchObject([
        [accepted, {}],
      ]);
      expect(world.store.get('mission_ledgers', robot)?.dropped).toBe(0);
      expect(world.store.get('refusals', `${robot}/out-of-range`)?.count).toBe(1);
    },
  );
});

it('logs a rejected document once for each robot and code', () => {
  const lines: unknown[] = [];
  const log: Log = { ...silentLog, warn: ({ robotId, code }) => void lines.push([robotId, code]) };
  const { config } = createCloudWorld();
  const cloud = createCloud({ store: createMemoryStore(), entropy: () => '0', config, log });
  const payload = bytesOf({ v: 1, reports: [ended({ boot: 2 ** 40 }), ended({ robot: 'R3' })] });
  for (const from of [robot, robot, 'R2']) {
    cloud.receive({ robot: from, topic: `robots/${from}/up/missions/report`, payload }, 0);
  }
  expect(lines).toEqual([
    [robot, 'out-of-range'],
    [robot, 'foreign-robot'],
    ['R2', 'out-of-range'],
    ['R2', 'foreign-robot'],
  ]);
});
