import { describe, expect, it } from 'vitest';
import { limits } from '../../../protocol/limits.ts';
import { packReports } from '../../../protocol/report-lists.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  readAll,
  robot,
} from '../../support/cloud-world.ts';
import { keptReports, kinds } from '../../support/kept-reports.ts';

const topic = `robots/${robot}/up/missions/report`;
const ended = (n: number, change: object = {}) =>
  missionDocument({ missionId: `${epoch}-${n}`, ended: true, map: mapRef, ...change });

describe('twenty queued reports', () => {
  it.each(Object.entries(kinds))(
    '%s are stored whole and confirmed, for three metered messages in all',
    async (about, change) => {
      const world = createCloudWorld({ confirmWindowMs: 200 });
      const documents = await keptReports(20, change);
      for (const list of packReports(documents, 0)) expect(world.send(topic, list)).toEqual([]);
      world.nowMs += 200;
      const answers = world.cloud.confirmDue(world.nowMs);
      const accepted = readAll(answers).flatMap(([, body]) => body['accepted']);
      expect(accepted).toMatchObject(documents.map(({ missionId }) => ({ missionId })));
      for (const { missionId, ...rest } of documents) {
        const row = world.store.get('missions', `${robot}/${missionId}`);
        expect(row?.document).toEqual({ missionId, ...rest });
      }
      // A grant for each map makes the confirmation longer than one step.
      if (about === 'with their maps') return;
      for (const { payload, topic: down } of answers) {
        world.cloud.delivered(robot, { topic: down, bytes: payload.byteLength });
      }
      world.cloud.tick(world.nowMs);
      expect(world.store.get('meters', robot)).toMatchObject({ units: 3, unitsDown: 1 });
    },
  );
});

describe('a list with a common part', () => {
  const common = { ...ended(1), missionId: undefined };

  it('is archived unchanged, and replayed', () => {
    const world = createCloudWorld();
    const list = { v: 2, common, reports: [{ missionId: `${epoch}-1` }] };
    world.send(topic, list);
    const [entry] = world.cloud.unarchived().map(({ value }) => value);
    expect(JSON.parse(entry?.payload ?? '')).toEqual(JSON.parse(JSON.stringify(list)));
    const restored = createCloudWorld();
    expect(entry && operatorOf(restored.cloud).replay(entry)).toBe(true);
    const row = restored.store.get('missions', `${robot}/${epoch}-1`);
    expect(row?.document).toEqual(ended(1));
  });

  it('has each document checked on its own', () => {
    const world = createCloudWorld();
    const reports = [
      { missionId: `${epoch}-1` },
      { missionId: `${epoch}-2`, started: { quality: 7 } },
      { missionId: `${epoch}-3`, v: 2 },
      { missionId: `${epoch}-4`, robot: 'R2' },
      'none',
      { missionId: `${epoch}-6`, events: Array.from({ length: 201 }, () => ({})) },
    ];
    const answers = world.send(topic, { v: 2, common, reports });
    expect(answers.map(([, body]) => body)).toMatchObject([
      { accepted: [{ missionId: `${epoch}-1` }] },
      {
        rejected: [
          { missionId: `${epoch}-2`, code: 'wrong-schema' },
          { missionId: `${epoch}-4`, code: 'foreign-robot' },
          { missionId: `${epoch}-6`, code: 'wrong-schema' },
        ],
      },
    ]);
  });

  it('is rejected when the common part names another robot', () => {
    const world = createCloudWorld();
    const reports = [{ missionId: `${epoch}-1` }];
    const answers = world.send(topic, { v: 2, common: { ...common, robot: 'R2' }, reports });
    expect(answers.map(([, body]) => body)).toMatchObject([
      { rejected: [{ missionId: `${epoch}-1`, code: 'foreign-robot' }] },
    ]);
  });

  it.each([
    ['is absent', undefined, 'wrong-schema'],
    ['is larger than it may be', { a: 'x'.repeat(limits.reportCommonBytesMax) }, 'too-large'],
  ])(
    'is rejected and counted when the common part %s, and its robot keeps it',
    (_what, part, code) => {
      const world = createCloudWorld();
      const reports = [ended(1)];
      expect(world.send(topic, { v: 2, common: part, reports })).toEqual([]);
      expect(world.store.get('refusals', `${robot}/${code}`)?.count).toBe(1);
      expect(world.store.list('missions')).toEqual([]);
    },
  );
});
