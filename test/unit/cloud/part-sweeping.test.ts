import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../../base/log.ts';
import { partNameFor } from '../../../cloud-stub/object-keys.ts';
import { startPartSweeping } from '../../../cloud-stub/part-sweeping.ts';
import { createUpload } from '../../../cloud-stub/services/uploads.ts';
import { openFilesIn } from '../../support/cloud-object-handlers.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sweeping-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('the sweeper removes the parts of uploads that have expired, and no others', async () => {
  const world = createCloudWorld();
  const files = openFilesIn(folder);
  const begin = async () => {
    const about = { key: 'a', type: 'a/b' };
    const { result } = world.cloud.serve(world.nowMs, (ctx) => createUpload(ctx, about));
    const uploadId = 'upload' in result ? result.upload.uploadId : '';
    const body = Readable.from([Buffer.from('part')]);
    const options = { size: 4, check: () => {}, isPart: true as const };
    // Its row has not come yet.
    return (await files.put(partNameFor(uploadId, 1), body, options)).file;
  };
  const old = await begin();
  world.nowMs += 1000;
  const young = await begin();
  world.cloud.tick(world.nowMs + world.config.uploadLifeMs - 1);
  let wake = () => {};
  let asleep = Promise.withResolvers<void>();
  const clock = {
    wallMs: () => 0,
    monoMs: () => 0,
    after(_ms: number, action: () => void) {
      wake = action;
      asleep.resolve();
      return () => {};
    },
  };
  const { cloud } = world;
  const stop = startPartSweeping({ cloud, files, clock, log: silentLog });
  await asleep.promise;
  asleep = Promise.withResolvers();
  wake();
  await asleep.promise;
  await stop();
  const left = await readdir(join(folder, '.parts'));
  expect(left.map((name) => join('.parts', name))).toEqual([young]);
  expect(old).not.toBe(young);
});
