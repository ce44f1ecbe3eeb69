import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloudDefaults } from '../../../cloud-stub/config.ts';
import type { CloudStore } from '../../../cloud-stub/core/store.ts';
import type { ObjectFiles } from '../../../cloud-stub/object-files.ts';
import { fileOf } from '../../../cloud-stub/services/objects.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import {
  type ObjectHandlers,
  openFilesIn,
  startObjectHandlers,
} from '../../support/cloud-object-handlers.ts';
import { md5Of, partList } from '../../support/cloud-uploads.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploads-'));
});
afterEach(() => rm(folder, { recursive: true }));

const config = {
  ...{ ...cloudDefaults, endpoint: 'https://localhost:1' },
  credentials: { accessKeyId: 'A', secretAccessKey: 'S' },
};

/** A process that can end before or after each write of a row and each change of a file; then nothing is done any more. */
interface Steps {
  before(): void;
  after(): void;
}

function endingAt(end: number): Steps & { readonly count: number } {
  let count = 0;
  const step = () => {
    if (count >= end) throw new Error('the process has ended');
    count += 1;
  };
  return {
    before: step,
    after: step,
    get count() {
      return count;
    },
  };
}

function onlyUntil(steps: Steps, rows: CloudStore, files: ObjectFiles) {
  const asStep =
    <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      steps.before();
      const result = await work(...args);
      steps.after();
      return result;
    };
  return {
    rows: {
      ...rows,
      commit(writes) {
        if (writes.length === 0) return;
        steps.before();
        rows.commit(writes);
        steps.after();
      },
    } satisfies CloudStore,
    files: { ...files, put: asStep(files.put), remove: asStep(files.remove) },
  };
}

const key = 'a/b';
/** The second one is not named at the end. */
const parts = ['the first part', 'another one'].map((text) => Buffer.from(text));
const [whole = Buffer.alloc(0)] = parts;
const list = Buffer.from(partList([1, md5Of(whole)]));

/** What a client does, which begins anew when its upload is not known. Part 1 comes twice. */
async function upload({ call }: ObjectHandlers, state: { uploadId?: string | undefined }) {
  state.uploadId ??= /<UploadId>(\w+)/.exec(
    (await call('POST', `/objects/${key}?uploads`)).body,
  )?.[1];
  const target = (number: number) =>
    `/objects/${key}?uploadId=${state.uploadId}&partNumber=${number}`;
  const put = (number: number) => call('PUT', target(number), parts[number - 1]);
  for (const number of [1, 1, 2]) await put(number);
  await call('POST', `/objects/${key}?uploadId=${state.uploadId}`, list);
}

/** What a start does with the files. */
async function recover(rows: CloudStore, files: ObjectFiles): Promise<void> {
  const named = new Set(rows.list('upload_parts').map(({ value }) => value.file));
  await rm(join(folder, '.incoming'), { recursive: true, force: true });
  await files.putAside(new Set(rows.list('objects').map(({ value }) => fileOf(value))));
  await files.sweepParts((file) => !named.has(file));
}

const filesNow = async () => ({
  objects: (await readdir(folder)).filter((name) => !name.startsWith('.')),
  parts: await readdir(join(folder, '.parts')).catch(() => []),
  incoming: await readdir(join(folder, '.incoming')).catch(() => []),
});

async function expectWhole(rows: CloudStore) {
  const [file = ''] = (await filesNow()).objects;
  expect(rows.get('objects', key)).toMatchObject({ file, size: whole.length });
  expect((await readFile(join(folder, file))).equals(whole)).toBe(true);
}

describe('an upload whose process ends at any step', () => {
  it('is completed by the client that repeats its requests, and leaves one file', async () => {
    const clean = endingAt(Number.POSITIVE_INFINITY);
    const nowMs = 1;
    const run = async (steps: Steps, rows: CloudStore, state: object) => {
      const until = onlyUntil(steps, rows, openFilesIn(folder));
      await upload(startObjectHandlers({ ...until, config, nowMs }), state);
    };
    await run(clean, createMemoryStore(), {});
    expect(clean.count).toBeGreaterThan(20);
    for (let end = 0; end < clean.count; end += 1) {
      await rm(folder, { recursive: true });
      const rows = createMemoryStore();
      const state: { uploadId?: string } = {};
      await mkdir(folder);
      const files = openFilesIn(folder);
      const steps = endingAt(end);
      await run(steps, rows, state).catch((error: unknown) => {
        expect(String(error)).toContain('the process has ended');
      });
      expect(steps.count).toBe(end);
      const wasThere = rows.get('objects', key) !== undefined;
      await recover(rows, files);
      if (wasThere) await expectWhole(rows);
      const next = startObjectHandlers({ rows, files, config, nowMs });
      if (!wasThere) await upload(next, state);
      // A client that has no answer of its completion repeats it alone.
      else await next.call('POST', `/objects/${key}?uploadId=${state.uploadId}`, list);
      await expectWhole(rows);
      const left = await filesNow();
      expect([end, left.objects.length, left.parts, left.incoming]).toEqual([end, 1, [], []]);
      expect(rows.list('upload_parts')).toEqual([]);
    }
  });
});

describe('a failing store', () => {
  it('leaves no file of a part, and the upload goes on when it works again', async () => {
    const rows = createMemoryStore();
    let isFull = false;
    const failing: CloudStore = {
      ...rows,
      commit(writes) {
        if (isFull && writes.length > 0) throw new Error('database or disk is full');
        rows.commit(writes);
      },
    };
    const files = openFilesIn(folder);
    const handlers = startObjectHandlers({ rows: failing, files, config, nowMs: 1 });
    const { body } = await handlers.call('POST', `/objects/${key}?uploads`);
    const uploadId = /<UploadId>(\w+)/.exec(body)?.[1];
    const part = () =>
      handlers.call('PUT', `/objects/${key}?uploadId=${uploadId}&partNumber=1`, whole);
    const complete = () => handlers.call('POST', `/objects/${key}?uploadId=${uploadId}`, list);
    isFull = true;
    await expect(part()).rejects.toThrow('full');
    expect((await filesNow()).parts).toEqual([]);
    isFull = false;
    await part();
    isFull = true;
    await expect(complete()).rejects.toThrow('full');
    expect((await filesNow()).objects).toEqual([]);
    expect((await filesNow()).parts).toHaveLength(1);
    isFull = false;
    expect((await complete()).status).toBe(200);
    expect(await filesNow()).toMatchObject({ objects: [expect.any(String)], parts: [] });
  });
});
