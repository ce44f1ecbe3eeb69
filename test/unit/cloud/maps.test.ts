import { describe, expect, it } from 'vitest';
import { verifyPresigned } from '../../../cloud-stub/presign.ts';
import { storeObject } from '../../../cloud-stub/services/objects.ts';
import type { Grant } from '../../../protocol/schemas/maps.ts';
import {
  type CloudWorld,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  robot,
} from '../../support/cloud-world.ts';

const missionId = `${epoch}-1`;
const report = `robots/${robot}/up/missions/report`;
const upload = `robots/${robot}/up/maps/upload`;
const key = `maps/${robot}/${missionId}/map-1.png`;

const ended = missionDocument({ ended: true });
const withMap = missionDocument({ ended: true, map: mapRef });
const uploadRequest = (change: object = {}, map: object = {}) => ({
  v: 1,
  missionId,
  map: { ...mapRef, ...map },
  ...change,
});
const stored = (world: CloudWorld, change: object = {}) =>
  world.cloud.serve(world.nowMs, (ctx) =>
    storeObject(ctx, {
      key,
      size: mapRef.size,
      sha256: mapRef.sha256,
      etag: '"e"',
      type: mapRef.type,
      storedMs: world.nowMs,
      ...change,
    }),
  );
const mapOf = (world: CloudWorld) => world.store.get('missions', `${robot}/${missionId}`)?.map;
/** The answer to a request, without its long parts. */
const answerTo = (world: CloudWorld, body: unknown) =>
  world.send(upload, body).map(([topic, answer]) => {
    const { grant, code } = answer as { grant?: unknown; code?: string };
    return [
      topic.replace(`robots/${robot}/down/maps/upload/`, ''),
      code ?? (grant ? 'grant' : 'no grant'),
    ];
  });

describe('a request for the upload of a map', () => {
  it.each<[string, (world: CloudWorld) => void, unknown, unknown]>([
    ['for an unknown mission', () => {}, uploadRequest(), [['rejected', 'no-such-mission']]],
    [
      'for a mission without a final report',
      (world) => world.send(report, { v: 1, reports: [missionDocument()] }),
      uploadRequest(),
      [['rejected', 'no-such-mission']],
    ],
    [
      'that its report announced',
      (world) => world.send(report, { v: 1, reports: [withMap] }),
      uploadRequest(),
      [['accepted', 'grant']],
    ],
    [
      'that became ready later',
      (world) => world.send(report, { v: 1, reports: [ended] }),
      uploadRequest(),
      [['accepted', 'grant']],
    ],
    [
      'that is stored',
      (world) => {
        world.send(report, { v: 1, reports: [withMap] });
        stored(world);
      },
      uploadRequest(),
      [['accepted', 'no grant']],
    ],
    ...(['id', 'size', 'sha256', 'type'] as const).map(
      (field): [string, (world: CloudWorld) => void, unknown, unknown] => [
        `that differs in ${field}`,
        (world) => world.send(report, { v: 1, reports: [withMap] }),
        uploadRequest(
          {},
          { [field]: { id: 'x', size: 6, sha256: 'f'.repeat(64), type: 'a/b' }[field] },
        ),
        [['rejected', 'map-mismatch']],
      ],
    ),
    ['that is too large', () => {}, uploadRequest({}, { size: 17 * 1024 * 1024 }), []],
    ['that is malformed', () => {}, { v: 1 }, []],
  ])('%s', (_name, given, request, answer) => {
    const world = createCloudWorld();
    given(world);
    expect(answerTo(world, request)).toEqual(answer);
  });

  it('may be repeated: the same map is granted again, under the same key', () => {
    const world = createCloudWorld();
    world.send(report, { v: 1, reports: [ended] });
    world.send(upload, uploadRequest());
    world.nowMs += 901_000;
    world.send(upload, uploadRequest());
    expect(mapOf(world)).toMatchObject({ state: 'pending', grants: 2, objectKey: key });
  });
});

describe('a grant', () => {
  const grantOf = (world: CloudWorld): Grant => {
    const [[, answer] = []] = world.send(report, { v: 1, reports: [withMap] });
    return (answer as unknown as { grants: [Grant] }).grants[0];
  };

  it('binds method, key, type, bytes and time', () => {
    const world = createCloudWorld();
    world.nowMs += 999;
    const grant = grantOf(world);
    expect(grant).toMatchObject({
      missionId,
      mapId: 'map-1',
      method: 'PUT',
      headers: {
        'content-type': 'image/png',
        'x-amz-checksum-sha256': Buffer.from(mapRef.sha256, 'hex').toString('base64'),
      },
      expiresMs: world.nowMs - 999 + 900_000,
    });
    const { host, pathname, search } = new URL(grant.url);
    expect(pathname).toBe(`/objects/${key}`);
    const request = {
      method: 'PUT',
      target: pathname + search,
      headers: { ...grant.headers, host },
    };
    const at = (nowMs: number) =>
      verifyPresigned(request, { nowMs, ...world.config })?.message ?? 'good';
    expect(at(grant.expiresMs)).toBe('good');
    expect(at(grant.expiresMs + 1)).toBe('Request has expired');
  });

  it('is given with every confirmation until the map is stored', () => {
    const world = createCloudWorld();
    expect(grantOf(world)).toBeDefined();
    expect(grantOf(world)).toBeDefined();
    stored(world);
    expect(world.send(report, { v: 1, reports: [withMap] })).toEqual([
      [expect.stringContaining('accepted'), { v: 1, accepted: [expect.anything()] }],
    ]);
  });
});

describe("the object store's event", () => {
  const given = () => {
    const world = createCloudWorld();
    world.send(report, { v: 1, reports: [withMap] });
    return world;
  };

  it('completes the mission, once', () => {
    const world = given();
    const storedMs = world.nowMs;
    stored(world);
    world.nowMs += 1000;
    stored(world);
    expect(mapOf(world)).toMatchObject({ state: 'stored', storedMs });
  });

  it.each([
    ['other bytes', { sha256: 'f'.repeat(64) }],
    ['another key', { key: `maps/${robot}/${missionId}/map-2.png` }],
    ['another mission', { key: `maps/${robot}/${epoch}-2/map-1.png` }],
    ['another robot', { key: `maps/R2/${missionId}/map-1.png` }],
    ['no map', { key: 'firmware/image' }],
  ])('is ignored for %s', (_name, change) => {
    const world = given();
    stored(world, change);
    expect(mapOf(world)?.state).toBe('pending');
    expect(world.store.list('objects')).toHaveLength(1);
  });

  it('is kept against a later report, as the final report is against an earlier request', () => {
    const world = createCloudWorld();
    world.send(report, { v: 1, reports: [missionDocument()] });
    world.send(upload, uploadRequest({}, { id: 'early' }));
    world.send(report, { v: 1, reports: [withMap] });
    expect(mapOf(world)).toMatchObject({ state: 'pending', mapId: 'map-1' });
    stored(world);
    world.send(report, { v: 1, reports: [withMap] });
    expect(mapOf(world)).toMatchObject({ state: 'stored', mapId: 'map-1' });
  });
});
