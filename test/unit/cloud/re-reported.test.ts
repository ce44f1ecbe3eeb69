import { describe, expect, it } from 'vitest';
import { storeObject } from '../../../cloud-stub/services/objects.ts';
import { orderKeyOf } from '../../../protocol/missions.ts';
import type { MissionDocument } from '../../../protocol/schemas/missions.ts';
import {
  type CloudWorld,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  robot,
} from '../../support/cloud-world.ts';

const report = `robots/${robot}/up/missions/report`;
const acceptedTopic = `robots/${robot}/down/missions/report/accepted`;
const rejectedTopic = `robots/${robot}/down/missions/report/rejected`;
const old = `${epoch}-7`;
const reReported = 'ffffffffffffffff-1';
const bodyMission = 'body-a-12';

const of = (missionId: string, change: Partial<MissionDocument> = {}) =>
  missionDocument({ missionId, bodyMission, ...change });
const oldEnd = of(old, { ended: true, boot: 57, revision: 3, batteryPct: 40 });
const newEnd = of(reReported, { ended: true, boot: 1, revision: 1, batteryPct: 90 });
const oldOpen = of(old, { boot: 57, revision: 9 });
const newOpen = of(reReported, { boot: 1, revision: 1 });
const send = (world: CloudWorld, ...reports: MissionDocument[]) =>
  world.send(report, { v: 1, reports });
const rows = (world: CloudWorld) => world.store.list('missions').map(({ value }) => value);

describe('a mission that is reported again under another id', () => {
  it('is the same row, and is confirmed under the reported id', () => {
    const world = createCloudWorld();
    send(world, oldEnd);
    for (let i = 0; i < 2; i++) {
      expect(send(world, newEnd)).toEqual([
        [acceptedTopic, { v: 1, accepted: [orderKeyOf(newEnd)] }],
      ]);
    }
    expect(rows(world)).toMatchObject([
      { missionId: old, status: 'ended', document: oldEnd, otherIds: [reReported] },
    ]);
    expect(rows(world)[0]?.counts).toEqual({
      ...{ received: 3, duplicates: 1, stale: 0, conflicts: 0, reReported: 1 },
    });
  });

  it.each<[string, MissionDocument[], object]>([
    ['ends an open row', [oldOpen, newEnd], { status: 'ended', document: newEnd }],
    [
      'ends an orphaned row',
      [oldOpen, missionDocument({ missionId: 'ffffffffffffffff-2' }), newEnd],
      { status: 'ended', document: newEnd },
    ],
    ['continues an open row', [oldOpen, newOpen], { status: 'open', document: newOpen }],
    [
      'continues under the new id a mission that is orphaned under the old one',
      [oldOpen, missionDocument({ missionId: 'ffffffffffffffff-1', ended: true })].concat(
        of('ffffffffffffffff-2'),
      ),
      { status: 'open', document: of('ffffffffffffffff-2') },
    ],
    ['makes progress under the old id stale', [oldOpen, newOpen, oldOpen], { document: newOpen }],
    [
      'makes progress after the end stale',
      [oldEnd, newOpen],
      { status: 'ended', document: oldEnd },
    ],
    [
      'accepts a late end under the old id',
      [oldOpen, newEnd, oldEnd],
      { status: 'ended', document: newEnd },
    ],
  ])('%s', (_name, documents, expected) => {
    const world = createCloudWorld();
    for (const one of documents) send(world, one);
    const row = world.store.get('missions', `${robot}/${old}`);
    expect(row).toMatchObject(expected);
    expect(rows(world).filter((one) => one.document.bodyMission === bodyMission)).toHaveLength(1);
  });

  it('is confirmed under the old id, too, when that arrives last', () => {
    const world = createCloudWorld();
    send(world, newEnd);
    expect(send(world, oldEnd)).toEqual([
      [acceptedTopic, { v: 1, accepted: [orderKeyOf(oldEnd)] }],
    ]);
    expect(rows(world)).toMatchObject([{ missionId: reReported, otherIds: [old] }]);
  });

  it('survives several losses of the store, and keeps the newest few ids', () => {
    const world = createCloudWorld();
    send(world, oldEnd);
    const ids = Array.from({ length: 12 }, (_, i) => `${(i + 1).toString(16).padStart(16, '0')}-1`);
    for (const missionId of ids) send(world, of(missionId, { ended: true }));
    expect(rows(world)).toMatchObject([{ otherIds: ids.slice(-8), counts: { reReported: 12 } }]);
    expect(send(world, of(ids[0] ?? '', { ended: true }))).toMatchObject([[acceptedTopic, {}]]);
    expect(rows(world)[0]?.counts).toMatchObject({ reReported: 12, duplicates: 1 });
  });

  it('is another mission for another robot, and for a replaced body', () => {
    const world = createCloudWorld();
    send(world, oldEnd);
    world.send('robots/R2/up/missions/report', { v: 1, reports: [newEnd] }, 'R2');
    send(world, of(reReported, { ended: true, bodyMission: 'body-b-12' }));
    expect(world.store.list('missions').map(({ key }) => key)).toEqual([
      `${robot}/${old}`,
      `${robot}/${reReported}`,
      `R2/${reReported}`,
    ]);
  });

  it("is another mission when neither report has the body's id", () => {
    const world = createCloudWorld();
    send(world, missionDocument({ missionId: old, ended: true }));
    send(world, missionDocument({ missionId: reReported, ended: true }));
    expect(rows(world)).toHaveLength(2);
  });
});

describe('an id that a restored backup uses again', () => {
  const other = of(old, { ended: true, bodyMission: 'body-a-13', revision: 4 });

  it('is rejected when its mission has ended; under a new id the report is a new mission', () => {
    const world = createCloudWorld();
    send(world, oldEnd);
    expect(send(world, other)).toMatchObject([[rejectedTopic, {}]]);
    send(world, { ...other, missionId: reReported });
    expect(rows(world).map(({ document }) => document.bodyMission)).toEqual([
      'body-a-12',
      'body-a-13',
    ]);
  });

  it('is rejected when it is the other id of a mission', () => {
    const world = createCloudWorld();
    send(world, oldEnd, newEnd);
    expect(send(world, { ...other, missionId: reReported })).toMatchObject([
      [rejectedTopic, { rejected: [{ missionId: reReported, code: 'id-conflict' }] }],
    ]);
    expect(rows(world)).toMatchObject([{ document: oldEnd }]);
  });

  it('is rejected while another mission is open under it, whose end may still arrive', () => {
    const world = createCloudWorld();
    send(world, oldOpen);
    expect(send(world, other)).toMatchObject([
      [rejectedTopic, { rejected: [{ missionId: old, code: 'id-conflict' }] }],
    ]);
    send(world, newEnd);
    const again = { ...other, missionId: `${reReported.slice(0, 16)}-99` };
    send(world, again);
    expect(rows(world).map(({ document }) => document)).toEqual([newEnd, again]);
  });

  it('keeps one row for a known mission that is reported under it', () => {
    const world = createCloudWorld();
    const later = of(`${old.slice(0, 16)}-14`, { ended: true, bodyMission: 'body-a-14' });
    send(world, oldOpen, later);
    send(world, { ...later, missionId: old });
    send(world, { ...later, missionId: reReported });
    const found = rows(world).filter(({ document }) => document.bodyMission === 'body-a-14');
    expect(found).toMatchObject([{ document: later, otherIds: [reReported] }]);
  });
});

describe('the map of a mission that is reported again', () => {
  const drawnAgain = { ...mapRef, id: 'map-again' };
  const grantOf = (world: CloudWorld, document: MissionDocument) =>
    (
      send(world, document)[0]?.[1] as
        | undefined
        | { grants?: { missionId: string; mapId: string }[] }
    )?.grants;
  const putAt = (world: CloudWorld, key: string, sha256: string = mapRef.sha256) => {
    const { size, type } = mapRef;
    const object = { key, size, sha256, etag: '"e"', type, storedMs: world.nowMs };
    world.cloud.serve(world.nowMs, (ctx) => storeObject(ctx, object));
  };
  const keyIn = (grant: unknown) =>
    decodeURIComponent(/objects\/([^?]+)/.exec((grant as { url: string }).url)?.[1] ?? '');
  const stateIn = (world: CloudWorld) => world.store.get('missions', `${robot}/${old}`)?.map?.state;
  const requestUpload = (world: CloudWorld, missionId: string, map: object) =>
    world.send(`robots/${robot}/up/maps/upload`, { v: 1, missionId, map })[0];

  it("is granted under the robot's current ids, for the one object", () => {
    const world = createCloudWorld();
    const [first] = grantOf(world, { ...oldEnd, map: mapRef }) ?? [];
    const [grant] = grantOf(world, { ...newEnd, map: drawnAgain }) ?? [];
    expect(grant).toMatchObject({ missionId: reReported, mapId: 'map-again' });
    expect(keyIn(grant)).toBe(keyIn(first));
    putAt(world, keyIn(grant));
    expect(stateIn(world)).toBe('stored');
    expect(grantOf(world, { ...newEnd, map: drawnAgain })).toBeUndefined();
  });

  it.each([
    ['by its new id', reReported, drawnAgain],
    ['by its old id', old, mapRef],
  ])('is granted when it is requested %s', (_name, missionId, map) => {
    const world = createCloudWorld();
    send(world, { ...oldEnd, map: mapRef });
    send(world, { ...newEnd, map: drawnAgain });
    const [topic, body] = requestUpload(world, missionId, map) ?? [];
    expect(topic).toMatch(/upload\/accepted$/);
    expect(body).toMatchObject({ missionId, grant: { missionId, mapId: map.id } });
    putAt(world, keyIn(body?.['grant']));
    expect(stateIn(world)).toBe('stored');
    expect(requestUpload(world, missionId, map)?.[1]).toEqual({ v: 1, missionId, mapId: map.id });
  });

  it('is replaced by other bytes until it is stored, because the old ones are lost', () => {
    const world = createCloudWorld();
    send(world, { ...oldEnd, map: mapRef });
    const other = { ...drawnAgain, sha256: 'f'.repeat(64) };
    const [grant] = grantOf(world, { ...newEnd, map: other }) ?? [];
    putAt(world, keyIn(grant), other.sha256);
    expect(stateIn(world)).toBe('stored');
  });

  it('is not replaced when it is stored', () => {
    const world = createCloudWorld();
    const [first] = grantOf(world, { ...oldEnd, map: mapRef }) ?? [];
    putAt(world, keyIn(first));
    const other = { ...drawnAgain, sha256: 'f'.repeat(64) };
    expect(grantOf(world, { ...newEnd, map: other })).toBeUndefined();
    expect(requestUpload(world, reReported, other)?.[1]).toMatchObject({ code: 'map-mismatch' });
    expect(requestUpload(world, reReported, drawnAgain)?.[1]).not.toHaveProperty('grant');
  });

  it('is requested when the mission had none', () => {
    const world = createCloudWorld();
    send(world, oldEnd);
    expect(grantOf(world, { ...newEnd, map: drawnAgain })).toMatchObject([
      { missionId: reReported },
    ]);
  });
});
