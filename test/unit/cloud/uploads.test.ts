import { describe, expect, it } from 'vitest';
import type { CloudConfig } from '../../../cloud-stub/config.ts';
import { ownerOf } from '../../../cloud-stub/core/owners.ts';
import type { Context } from '../../../cloud-stub/core/unit.ts';
import { completeUpload } from '../../../cloud-stub/services/upload-completion.ts';
import { listParts, listUploads } from '../../../cloud-stub/services/upload-lists.ts';
import { abortUpload, createUpload, storePart } from '../../../cloud-stub/services/uploads.ts';
import { limits } from '../../../protocol/limits.ts';
import {
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  robot,
} from '../../support/cloud-world.ts';

const MB = 1024 * 1024;
const md5 = 'a'.repeat(32);

function createUploadWorld(change: Partial<CloudConfig> = {}) {
  const world = createCloudWorld(change);
  const run = <T>(work: (ctx: Context) => T): T => world.cloud.serve(world.nowMs, work).result;
  return {
    ...{ world, run },
    begin(key: string): string {
      const made = run((ctx) => createUpload(ctx, { key, type: 'a/b' }));
      return 'fault' in made ? made.fault.code : made.upload.uploadId;
    },
    part(key: string, uploadId: string, number: number, size: number) {
      const part = { number, size, md5, file: `${uploadId}-${number}-${size}`, storedMs: 1 };
      return run((ctx) => storePart(ctx, { key, uploadId }, part));
    },
    complete: (key: string, uploadId: string, file: string, sha256 = 'b') =>
      run((ctx) => {
        const parts = [{ number: 1, md5, checksums: [] }];
        const checksum = { algorithm: 'CRC64NVME', value: 'c' } as const;
        const wanted = { key, uploadId, parts, onlyNew: false };
        return completeUpload(ctx, wanted, { sha256, file, checksum });
      }),
  };
}

const codeOf = (result: object) => (result as { fault?: { code: string } }).fault?.code;

describe('open uploads', () => {
  it('are limited in number; an abort, a completion or the end of one makes room', () => {
    const { world, begin, run, part, complete } = createUploadWorld({ uploadsMax: 2 });
    const [one, two] = [begin('a'), begin('a')];
    expect(begin('b')).toBe('SlowDown');
    run((ctx) => abortUpload(ctx, { key: 'a', uploadId: one }));
    const three = begin('b');
    expect(begin('c')).toBe('SlowDown');
    part('b', three, 1, 1);
    complete('b', three, 'file');
    begin('c');
    expect(begin('d')).toBe('SlowDown');
    world.nowMs += world.config.uploadLifeMs;
    world.cloud.tick(world.nowMs);
    expect(world.store.get('uploads', two)).toBeUndefined();
    expect(begin('d')).not.toBe('SlowDown');
  });

  it('are limited in the bytes of all their parts', () => {
    const { begin, part } = createUploadWorld({ uploadBytesMax: 10 });
    const [one, two] = [begin('a'), begin('b')];
    expect(codeOf(part('a', one, 1, 6))).toBeUndefined();
    expect(codeOf(part('b', two, 1, 5))).toBe('SlowDown');
    expect(codeOf(part('b', two, 1, 4))).toBeUndefined();
    // A part that comes again takes the room of the one before.
    expect(codeOf(part('a', one, 1, 6))).toBeUndefined();
    expect(codeOf(part('a', one, 2, 1))).toBe('SlowDown');
  });

  it('are given up when their time is over, with their parts', () => {
    const { world, begin, part } = createUploadWorld();
    const id = begin('a');
    part('a', id, 1, 1);
    world.nowMs += world.config.uploadLifeMs - 1;
    world.cloud.tick(world.nowMs);
    expect(world.store.list('upload_parts')).toHaveLength(1);
    world.cloud.tick(world.nowMs + 1);
    expect([...world.store.list('uploads'), ...world.store.list('upload_parts')]).toEqual([]);
    expect(world.store.list('timers')).toEqual([]);
    expect(codeOf(part('a', id, 2, 1))).toBe('NoSuchUpload');
  });

  it('hold at most what an object may, and a map less than a firmware image', () => {
    const { begin, part } = createUploadWorld();
    for (const [key, bytesMax] of [
      ['maps/R1/m/a.png', limits.mapBytesMax],
      ['firmware/a', limits.firmwareBytesMax],
    ] as const) {
      const id = begin(key);
      expect(codeOf(part(key, id, 1, bytesMax - 5 * MB))).toBeUndefined();
      expect(part(key, id, 2, 5 * MB + 1)).toMatchObject({
        fault: {
          code: 'EntityTooLarge',
          extra: { ProposedSize: String(bytesMax + 1), MaxSizeAllowed: String(bytesMax) },
        },
      });
      expect(codeOf(part(key, id, 2, 5 * MB))).toBeUndefined();
    }
  });
});

describe('a completed upload', () => {
  it('is known for the same time, and only so many of them', () => {
    const { world, begin, part, complete } = createUploadWorld({ uploadsMax: 2 });
    const ids = ['a', 'b', 'c'].map((key) => {
      const id = begin(key);
      part(key, id, 1, 1);
      world.nowMs += 1000;
      complete(key, id, `file of ${key}`);
      return id;
    });
    expect(world.store.list('uploads').map(({ key }) => key)).toEqual(ids.slice(1));
    expect(codeOf(complete('a', ids[0] ?? '', 'x'))).toBe('NoSuchUpload');
    expect(complete('b', ids[1] ?? '', 'x')).toMatchObject({ files: ['x'] });
    expect(world.store.get('objects', 'b')?.file).toBe('file of b');
    world.cloud.tick(world.nowMs + world.config.uploadLifeMs);
    expect(world.store.list('uploads')).toEqual([]);
  });

  it('that is a map has the effect of an upload in one piece on its mission', () => {
    const { world, begin, part, complete } = createUploadWorld();
    const missionId = `${epoch}-1`;
    const key = `maps/${robot}/${missionId}/map-1.png`;
    const document = missionDocument({ ended: true, map: mapRef });
    world.send(`robots/${robot}/up/missions/report`, { v: 1, reports: [document] });
    const mapOf = () => world.store.get('missions', `${robot}/${missionId}`)?.map;
    for (const [sha256, state] of [
      ['0'.repeat(64), 'pending'],
      [mapRef.sha256, 'stored'],
    ] as const) {
      const id = begin(key);
      part(key, id, 1, mapRef.size);
      expect(codeOf(complete(key, id, sha256, sha256))).toBeUndefined();
      expect(mapOf()?.state).toBe(state);
    }
  });

  it('names the file that its object replaces, and those of all its parts', () => {
    const { begin, part, complete } = createUploadWorld();
    for (const before of [[], ['old']]) {
      const id = begin('a');
      for (const number of [1, 2]) part('a', id, number, number);
      expect(complete('a', id, before.length === 0 ? 'old' : 'new')).toMatchObject({
        files: [`${id}-1-1`, `${id}-2-2`, ...before],
      });
    }
  });
});

describe('the list', () => {
  it('of parts has those after a number, in pages', () => {
    const { run, begin, part } = createUploadWorld();
    const name = { key: 'a', uploadId: begin('a') };
    for (const number of [10_000, 2, 30]) part('a', name.uploadId, number, number);
    const page = (after: number, max: number) => {
      const list = run((ctx) => listParts(ctx, name, { after, max }));
      if ('fault' in list) throw new Error(list.fault.code);
      return [...list.parts.map(({ number }) => number), list.isTruncated];
    };
    expect(page(0, 1000)).toEqual([2, 30, 10_000, false]);
    expect(page(0, 2)).toEqual([2, 30, true]);
    expect(page(30, 2)).toEqual([10_000, false]);
    expect(page(10_000, 2)).toEqual([false]);
    expect(page(0, 0)).toEqual([false]);
  });

  it('of uploads is ordered by key and time, in pages of any size', () => {
    const { world, run, begin, part, complete } = createUploadWorld();
    const begun = ['b', 'a', '\u{1f600}', 'a', '\uffee', 'b/c'].map((key) => {
      world.nowMs += 1;
      return `${key} ${begin(key)}`;
    });
    const done = begin('done');
    part('done', done, 1, 1);
    complete('done', done, 'file');
    const [b1, a1, smile, a2, wide, bc] = begun;
    const expected = [a1, a2, b1, bc, wide, smile];
    const page = (query: object) => {
      const all = { prefix: '', keyMarker: '', max: 1000, ...query };
      const list = run((ctx) => listUploads(ctx, all));
      if (list === 'invalid-marker') return list;
      return { ...list, ids: list.uploads.map(({ key, uploadId }) => `${key} ${uploadId}`) };
    };
    expect(page({})).toMatchObject({ ids: expected, isTruncated: false });
    expect(page({ prefix: 'b' })).toMatchObject({ ids: [b1, bc] });
    expect(page({ keyMarker: 'a' })).toMatchObject({ ids: [b1, bc, wide, smile] });
    for (const max of [1, 2, 4]) {
      const ids: string[] = [];
      for (let query: object = {}; ; ) {
        const one = page({ ...query, max });
        if (one === 'invalid-marker') throw new Error(one);
        ids.push(...one.ids);
        if (!one.isTruncated) break;
        const last = one.uploads.at(-1);
        query = { keyMarker: last?.key, uploadIdMarker: last?.uploadId };
      }
      expect(ids).toEqual(expected);
    }
    expect(page({ keyMarker: 'b', uploadIdMarker: a1?.slice(2) })).toBe('invalid-marker');
  });
});

it('the rows of an upload have one owner', () => {
  const owner = 'upload/u1';
  expect(ownerOf('uploads', 'u1')).toBe(owner);
  expect(ownerOf('upload_parts', 'u1/00001')).toBe(owner);
  expect(ownerOf('timer_times', 'upload/u1')).toBe(owner);
  expect(ownerOf('timers', '000000000000001/upload/u1')).toBe(owner);
});
