import { describe, expect, it } from 'vitest';
import { limits } from '../../../protocol/limits.ts';
import type { MissionDocument } from '../../../protocol/schemas/missions.ts';
import {
  type CloudWorld,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  readAll,
  robot,
} from '../../support/cloud-world.ts';

const ended = (n: number, change: Partial<MissionDocument> = {}) =>
  missionDocument({ missionId: `${epoch}-${n}`, ended: true, ...change });
const send = (world: CloudWorld, reports: MissionDocument[], from = robot) =>
  world.send(`robots/${from}/up/missions/report`, { v: 1, reports }, from);
const due = (world: CloudWorld) => readAll(world.cloud.confirmDue(world.nowMs));
const numbersIn = ([topic, body]: ReturnType<typeof due>[number]) => [
  topic.split('/')[1],
  (body['accepted'] as MissionDocument[]).map(({ missionId }) => Number(missionId.split('-')[1])),
];

describe('confirmations', () => {
  it('gather over the window into one message for each robot', () => {
    const world = createCloudWorld({ confirmWindowMs: 200 });
    expect(world.cloud.confirmDueMs()).toBeUndefined();
    const opened = world.nowMs;
    expect(send(world, [ended(1)])).toEqual([]);
    world.nowMs += 150;
    expect(send(world, [ended(2), ended(3)])).toEqual([]);
    send(world, [ended(1)], 'R2');
    expect(world.cloud.confirmDueMs()).toBe(opened + 200);
    expect(due(world)).toEqual([]);
    world.nowMs = opened + 200;
    expect(due(world).map(numbersIn)).toEqual([[robot, [1, 2, 3]]]);
    expect(world.cloud.confirmDueMs()).toBe(opened + 350);
    world.nowMs = opened + 350;
    expect(due(world).map(numbersIn)).toEqual([['R2', [1]]]);
    expect([due(world), world.cloud.confirmDueMs()]).toEqual([[], undefined]);
  });

  it('are sent once for a duplicate report, with the newest grant', () => {
    const world = createCloudWorld({ confirmWindowMs: 200 });
    for (let i = 0; i < 2; i++) send(world, [ended(1, { map: mapRef })]);
    world.nowMs += 200;
    expect(due(world)).toMatchObject([[expect.anything(), { accepted: [{}], grants: [{}] }]]);
  });

  it('use as few messages as possible, each within one metered unit', () => {
    const world = createCloudWorld({ confirmWindowMs: 200 });
    const missions = Array.from({ length: 40 }, (_, i) => ended(i + 1, { map: mapRef }));
    for (const one of missions) expect(send(world, [one])).toEqual([]);
    world.nowMs += 200;
    const messages = world.cloud.confirmDue(world.nowMs);
    const sizes = messages.map(({ payload }) => payload.byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.reportListBytes);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(messages).toHaveLength(Math.ceil(bytes / limits.reportListBytes));
    expect(readAll(messages).flatMap(([, body]) => body['accepted'])).toHaveLength(40);
  });

  it('are sent at once when a list is full, so that the backlog of a robot is bounded', () => {
    const world = createCloudWorld({ confirmWindowMs: 200 });
    const sent = Array.from({ length: limits.reportsPerListMax }, (_, i) =>
      send(world, [ended(i + 1)]),
    );
    expect(sent.slice(0, -1).flat()).toEqual([]);
    expect(sent.at(-1)?.length).toBeGreaterThan(0);
    expect(world.cloud.confirmDueMs()).toBeUndefined();
  });

  it('are sent at once without a window', () => {
    const world = createCloudWorld({ confirmWindowMs: 0 });
    expect(send(world, [ended(1)])).toHaveLength(1);
    expect(world.cloud.confirmDueMs()).toBeUndefined();
  });

  it('are sent with the tick when nothing polls the window, even after the clock was set back', () => {
    const world = createCloudWorld({ confirmWindowMs: 200 });
    send(world, [ended(1)]);
    expect(world.cloud.tick(world.nowMs)).toEqual([]);
    expect(readAll(world.cloud.tick(world.nowMs - 3_600_000)).map(numbersIn)).toEqual([
      [robot, [1]],
    ]);
  });

  it('do not delay rejections', () => {
    const world = createCloudWorld({ confirmWindowMs: 200 });
    send(world, [ended(1)]);
    expect(send(world, [ended(1, { batteryPct: 1 }), ended(2)])).toMatchObject([
      [`robots/${robot}/down/missions/report/rejected`, {}],
    ]);
  });
});
