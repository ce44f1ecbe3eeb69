import { describe, expect, it } from 'vitest';
import { listObjects, removeObject, storeObject } from '../../../cloud-stub/services/objects.ts';
import {
  type CloudWorld,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  robot,
} from '../../support/cloud-world.ts';

const object = (key: string, change: object = {}) => ({
  ...{ key, size: 1, sha256: 'a', etag: '"e"', type: 'a/b', storedMs: 1, file: `file of ${key}` },
  ...change,
});
const store = (world: CloudWorld, change: Parameters<typeof object>, onlyNew = false) =>
  world.cloud.serve(world.nowMs, (ctx) => storeObject(ctx, object(...change), { onlyNew })).result;
const remove = (world: CloudWorld, key: string) =>
  world.cloud.serve(world.nowMs, (ctx) => removeObject(ctx, key)).result;

describe('an upload', () => {
  it('names the file that it replaces', () => {
    const world = createCloudWorld();
    expect(store(world, ['a', { file: '1' }])).toEqual({ isStored: true });
    expect(store(world, ['a', { file: '2' }])).toEqual({ isStored: true, oldFile: '1' });
  });

  it('that is for a new object only names its own file when another was faster', () => {
    const world = createCloudWorld();
    store(world, ['a', { file: '1' }], true);
    expect(store(world, ['a', { file: '2' }], true)).toEqual({ isStored: false, oldFile: '2' });
    expect(world.store.get('objects', 'a')?.file).toBe('1');
  });
});

describe('the list of objects', () => {
  const keys = ['a', 'a/b', 'a/c/d', 'a/c/e', 'a b', 'b/x', '\u{1f600}', '\uffee', 'ä'];
  const world = createCloudWorld();
  for (const key of keys) store(world, [key]);
  const list = (query: Partial<Parameters<typeof listObjects>[1]> = {}) => {
    const { result } = world.cloud.serve(1, (ctx) => listObjects(ctx, { max: 1000, ...query }));
    const { objects, prefixes, next } = result;
    return { keys: objects.map(({ key }) => key), prefixes, next };
  };

  it.each<[string, Parameters<typeof list>[0], string[], string[]]>([
    [
      'is ordered by the bytes of the keys',
      {},
      ['a', 'a b', 'a/b', 'a/c/d', 'a/c/e', 'b/x', 'ä', '\uffee', '\u{1f600}'],
      [],
    ],
    ['has the keys with a prefix', { prefix: 'a/' }, ['a/b', 'a/c/d', 'a/c/e'], []],
    [
      'groups what has the delimiter',
      { delimiter: '/' },
      ['a', 'a b', 'ä', '\uffee', '\u{1f600}'],
      ['a/', 'b/'],
    ],
    ['groups below a prefix', { prefix: 'a/', delimiter: '/' }, ['a/b'], ['a/c/']],
    [
      'groups by a longer delimiter',
      { prefix: 'a', delimiter: 'c/' },
      ['a', 'a b', 'a/b'],
      ['a/c/'],
    ],
    ['begins after a key', { startAfter: 'a/c/e' }, ['b/x', 'ä', '\uffee', '\u{1f600}'], []],
    [
      'begins after a key within a group',
      { startAfter: 'a/c/d', delimiter: '/', prefix: 'a' },
      [],
      ['a/'],
    ],
    [
      'continues after a group',
      { after: 'a/', delimiter: '/' },
      ['ä', '\uffee', '\u{1f600}'],
      ['b/'],
    ],
    ['is empty where nothing is', { prefix: 'none' }, [], []],
    ['of no entries is complete', { max: 0 }, [], []],
  ])('%s', (_name, query, expected, prefixes) => {
    expect(list(query)).toEqual({ keys: expected, prefixes, next: undefined });
  });

  it('is whole in pages of any size', () => {
    const whole = list({ delimiter: '/' });
    for (const max of [1, 2, 3, 7, 8]) {
      const pages = [list({ delimiter: '/', max })];
      for (;;) {
        const after = pages.at(-1)?.next;
        if (after === undefined) break;
        pages.push(list({ delimiter: '/', max, after }));
      }
      expect(pages.flatMap((page) => page.keys)).toEqual(whole.keys);
      expect(pages.flatMap((page) => page.prefixes)).toEqual(whole.prefixes);
      expect(pages).toHaveLength(Math.ceil(7 / max));
    }
  });
});

describe('the removal of an object', () => {
  it('names the file once, and removes the row', () => {
    const world = createCloudWorld();
    store(world, ['a', { file: '1' }]);
    expect(remove(world, 'a')).toBe('1');
    expect(remove(world, 'a')).toBeUndefined();
    expect(world.store.list('objects')).toEqual([]);
  });

  it('that is a map is noted in its mission, and the robot need not send it again', () => {
    const world = createCloudWorld();
    const report = `robots/${robot}/up/missions/report`;
    const key = `maps/${robot}/${epoch}-1/map-1.png`;
    const sendReport = () =>
      world.send(report, { v: 1, reports: [missionDocument({ ended: true, map: mapRef })] });
    const grants = () => sendReport().map(([, { grants: given }]) => given);
    const mapOf = () => world.store.get('missions', `${robot}/${epoch}-1`)?.map;
    sendReport();
    remove(world, key);
    expect(mapOf()?.state).toBe('pending');
    store(world, [key, { sha256: mapRef.sha256 }]);
    world.nowMs += 1000;
    remove(world, key);
    expect(mapOf()).toMatchObject({ state: 'deleted', deletedMs: world.nowMs });
    expect(grants()).toEqual([undefined]);
    const upload = { v: 1, missionId: `${epoch}-1`, map: mapRef };
    expect(world.send(`robots/${robot}/up/maps/upload`, upload)).toEqual([
      [expect.stringContaining('accepted'), { v: 1, missionId: `${epoch}-1`, mapId: mapRef.id }],
    ]);
    store(world, [key, { sha256: mapRef.sha256 }]);
    expect(mapOf()?.state).toBe('stored');
    expect(mapOf()).not.toHaveProperty('deletedMs');
  });
});
