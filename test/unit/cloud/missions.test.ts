import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MissionDocument } from '../../../protocol/schemas/missions.ts';
import {
  bytesOf,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  robot,
} from '../../support/cloud-world.ts';

const report = `robots/${robot}/up/missions/report`;
const acceptedTopic = `robots/${robot}/down/missions/report/accepted`;
const rejectedTopic = `robots/${robot}/down/missions/report/rejected`;
const id = (n: number, of = epoch) => `${of}-${n}`;
const list = (...reports: unknown[]) => ({ v: 1, reports });
const keyOf = ({ missionId, ended, boot, revision }: MissionDocument) => ({
  missionId,
  ended,
  boot,
  revision,
});

describe('mission reports', () => {
  const open1 = missionDocument({ revision: 1 });
  const open2 = missionDocument({ revision: 2 });
  const boot2 = missionDocument({ boot: 2, revision: 1 });
  const ended = missionDocument({ ended: true, boot: 2, revision: 2 });
  const other = missionDocument({ ended: true, boot: 2, revision: 2, batteryPct: 1 });
  const laterEnd = missionDocument({ ended: true, boot: 3, revision: 1 });

  it.each<[string, MissionDocument[], Partial<Record<string, unknown>>, unknown]>([
    ['opens the mission with the first report', [open1], { status: 'open' }, open1],
    ['replaces a lower revision', [open1, open2], { status: 'open' }, open2],
    ['counts a lower revision as stale', [open2, open1], { status: 'open' }, open2],
    ['ranks a later boot above any revision', [open2, boot2], { status: 'open' }, boot2],
    ['replaces any document with an ended one', [boot2, ended], { status: 'ended' }, ended],
    [
      'keeps an ended document against an open one',
      [ended, open2, boot2],
      { status: 'ended' },
      ended,
    ],
    [
      'keeps an ended document against another ended one',
      [ended, other],
      { status: 'ended' },
      ended,
    ],
    ['keeps an ended document against a higher one', [ended, laterEnd], { status: 'ended' }, ended],
  ])('%s', (_name, documents, fields, document) => {
    const world = createCloudWorld();
    for (const one of documents) world.send(report, list(one));
    expect(world.store.get('missions', `${robot}/${id(1)}`)).toMatchObject({ ...fields, document });
  });

  it('counts received documents and those that changed nothing', () => {
    const world = createCloudWorld();
    for (const one of [open2, open2, open1, ended, ended, open1, other]) {
      world.nowMs += 10;
      world.send(report, list(one));
    }
    const row = world.store.get('missions', `${robot}/${id(1)}`);
    expect(row?.counts).toEqual({ received: 7, duplicates: 2, stale: 2, conflicts: 1 });
    expect(row && row.lastSeenMs - row.firstSeenMs).toBe(60);
  });

  it('answers ended documents only, in one message for a list', () => {
    const world = createCloudWorld();
    const second = missionDocument({ missionId: id(2), ended: true });
    const open = missionDocument({ missionId: id(3) });
    expect(world.send(report, list(ended, second, open))).toEqual([
      [acceptedTopic, { v: 1, accepted: [keyOf(ended), keyOf(second)] }],
    ]);
    expect(world.send(report, list(open))).toEqual([]);
  });

  it('accepts the same final document again and again', () => {
    const world = createCloudWorld();
    const first = world.send(report, list(ended));
    expect(world.send(report, list(ended))).toEqual(first);
    expect(world.send(report, list(ended))).toEqual(first);
  });

  it('accepts a duplicate whose numbers change in JSON', () => {
    const world = createCloudWorld();
    const text = JSON.stringify(list({ ...ended, added: 7 }));
    const changed = text.replace('"pauseS":0', '"pauseS":-0').replace('"added":7', '"added":1e999');
    for (let i = 0; i < 3; i++) {
      expect(world.send(report, changed)).toEqual([
        [acceptedTopic, { v: 1, accepted: [keyOf(ended)] }],
      ]);
    }
  });

  it('rejects another document for an ended mission with id-conflict', () => {
    const world = createCloudWorld();
    world.send(report, list(ended));
    for (const document of [other, laterEnd]) {
      expect(world.send(report, list(document))).toMatchObject([
        [rejectedTopic, { v: 1, rejected: [{ missionId: id(1), code: 'id-conflict' }] }],
      ]);
    }
    expect(world.store.get('refusals', `${robot}/id-conflict`)?.count).toBe(2);
  });

  it('checks each document of a list on its own', () => {
    const world = createCloudWorld();
    const bad = { ...missionDocument({ missionId: id(2), ended: true }), batteryPct: 'full' };
    const huge = { ...missionDocument({ missionId: id(3) }), padding: 'x'.repeat(33_000) };
    expect(world.send(report, list(bad, ended, huge, 7))).toMatchObject([
      [acceptedTopic, { accepted: [{ missionId: id(1) }] }],
      [
        rejectedTopic,
        {
          rejected: [
            { missionId: id(2), code: 'wrong-schema' },
            { missionId: id(3), code: 'too-large' },
          ],
        },
      ],
    ]);
    expect(world.store.list('missions').map(({ key }) => key)).toEqual([`${robot}/${id(1)}`]);
  });

  it('keeps unknown fields and words of a newer robot', () => {
    const world = createCloudWorld();
    const newer = { ...missionDocument({ ended: true }), phase: 'levitate', mood: 'fine' };
    expect(world.send(report, list(newer))).toMatchObject([[acceptedTopic, {}]]);
    expect(world.send(report, list(newer))).toMatchObject([[acceptedTopic, {}]]);
    const row = world.store.get('missions', `${robot}/${id(1)}`);
    expect(row?.document).toMatchObject({ phase: 'unknown', mood: 'fine' });
  });

  it('grants the upload of each map that is not stored yet, within messages of 5 KB', () => {
    const world = createCloudWorld();
    const reports = Array.from({ length: 12 }, (_, i) =>
      missionDocument({ missionId: id(i + 1), ended: true, map: { ...mapRef, id: `m${i}` } }),
    );
    const answers = world.send(report, list(...reports));
    const bodies = answers.map(([, body]) => body as { accepted: unknown[]; grants: unknown[] });
    expect(bodies.flatMap((body) => body.accepted)).toEqual(reports.map(keyOf));
    expect(bodies.flatMap((body) => body.grants)).toHaveLength(12);
    expect(bodies.length).toBeGreaterThan(1);
    for (const body of bodies) expect(bytesOf(body).byteLength).toBeLessThanOrEqual(5 * 1024);
  });

  it('stores how many documents the robot reports as dropped', () => {
    const world = createCloudWorld();
    world.send(report, { ...list(open1), dropped: 5 });
    world.send(report, { ...list(open1), dropped: 3 });
    expect(world.store.get('mission_ledgers', robot)?.dropped).toBe(5);
  });
});

describe('orphaned missions', () => {
  const later = 'ffffffffffffffff';
  const statuses = (documents: MissionDocument[]) => {
    const world = createCloudWorld();
    for (const one of documents) world.send(report, list(one));
    return Object.fromEntries(
      world.store.list('missions').map(({ value }) => [value.missionId, value.status]),
    );
  };
  const open = (missionId: string) => missionDocument({ missionId });
  const end = (missionId: string) => missionDocument({ missionId, ended: true });

  it.each<[string, MissionDocument[], Record<string, string>]>([
    [
      'are those below a higher number',
      [open(id(1)), open(id(2))],
      { [id(1)]: 'orphaned', [id(2)]: 'open' },
    ],
    [
      'include an older one that arrives late',
      [open(id(2)), open(id(1))],
      { [id(1)]: 'orphaned', [id(2)]: 'open' },
    ],
    [
      'are those of an earlier epoch',
      [open(id(7)), open(id(1, later))],
      { [id(7)]: 'orphaned', [id(1, later)]: 'open' },
    ],
    [
      'are those of an earlier epoch with the same number',
      [open(id(1)), open(id(1, later))],
      { [id(1)]: 'orphaned', [id(1, later)]: 'open' },
    ],
    [
      'do not include an ended one',
      [end(id(1)), open(id(2))],
      { [id(1)]: 'ended', [id(2)]: 'open' },
    ],
    [
      'become ended when the end arrives after all',
      [open(id(1)), open(id(2)), end(id(1))],
      { [id(1)]: 'ended', [id(2)]: 'open' },
    ],
  ])('%s', (_name, documents, expected) => {
    expect(statuses(documents)).toEqual(expected);
  });

  it("keep the robot's document unchanged", () => {
    const world = createCloudWorld();
    world.send(report, list(open(id(1))));
    world.send(report, list(open(id(2))));
    expect(world.store.get('missions', `${robot}/${id(1)}`)?.document).toEqual(open(id(1)));
  });
});

describe('reports in any order and with any duplicates', () => {
  /** The documents of one robot: missions with some progress over boots, most of them ended. */
  const documentsOfRobot = fc
    .array(
      fc.record({
        progress: fc.array(fc.nat({ max: 2 }), { maxLength: 4 }),
        ends: fc.boolean(),
        map: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((missions) =>
      missions.flatMap(({ progress, ends, map }, index) => {
        const missionId = id(index + 1);
        const boots = progress.toSorted((a, b) => a - b);
        const documents = [0, ...boots].map((boot, i) =>
          missionDocument({ missionId, boot, revision: i + 1, batteryPct: i }),
        );
        const last = { missionId, ended: true, boot: 3, revision: 9 };
        return ends
          ? [...documents, missionDocument({ ...last, ...(map ? { map: mapRef } : {}) })]
          : documents;
      }),
    );

  const tableAfter = (documents: readonly MissionDocument[]) => {
    const world = createCloudWorld();
    for (const one of documents) world.send(report, list(one));
    return world.store.list('missions').map(({ key, value: { document, status, map } }) => ({
      key,
      document,
      status,
      map: map && { ...map, grants: 0 },
    }));
  };

  it('lead to the same table', () => {
    fc.assert(
      fc.property(
        documentsOfRobot.chain((documents) =>
          fc.tuple(
            fc.constant(documents),
            fc.array(fc.constantFrom(...documents), { maxLength: 10 }).chain((more) =>
              fc.shuffledSubarray([...documents, ...more], {
                minLength: documents.length + more.length,
              }),
            ),
          ),
        ),
        ([inOrder, shuffled]) => {
          expect(tableAfter(shuffled)).toEqual(tableAfter(inOrder));
        },
      ),
      { numRuns: 200 },
    );
  });
});
