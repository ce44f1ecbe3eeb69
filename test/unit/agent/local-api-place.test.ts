import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { callLocalApiAnywhere, openLocalApiAnywhere } from '../../../agent/io/local-api-place.ts';
import { memoryJournal } from '../../support/agent-journal.ts';
import { requestsOf } from '../../support/agent-requests.ts';
import { folders } from '../../support/pki-folder.ts';

const newFolder = folders();
const robot = `T-${randomUUID().slice(0, 8)}`;
const spare = join(tmpdir(), `pilotfish-${process.getuid?.() ?? 0}-${robot}`);
afterEach(() => rm(spare, { recursive: true, force: true }));

const answers = requestsOf({ status: () => ({ robot }) });
/** A runtime folder that cannot be made: a file is in its place. */
async function blocked(): Promise<{ folder: string; robot: string }> {
  const folder = join(await newFolder(), 'run');
  await writeFile(folder, '');
  return { folder, robot };
}

describe('the local socket', () => {
  it('is opened in the runtime folder, and nowhere else', async () => {
    const place = { folder: join(await newFolder(), 'run'), robot };
    const journal = memoryJournal();
    await using localApi = await openLocalApiAnywhere(place, answers, journal);
    expect(localApi.folder).toBe(place.folder);
    expect(await callLocalApiAnywhere(place, 'status')).toEqual({ robot });
    expect(journal.counts()).toEqual({});
    await expect(openLocalApiAnywhere(place, answers, journal)).rejects.toMatchObject({
      code: 'already-running',
    });
  });

  it('is opened in a private folder when that one is unusable, and is found there', async () => {
    const place = await blocked();
    const journal = memoryJournal();
    {
      await using localApi = await openLocalApiAnywhere(place, answers, journal);
      expect([localApi.folder, (await stat(spare)).mode & 0o777]).toEqual([spare, 0o700]);
      expect(await callLocalApiAnywhere(place, 'status')).toEqual({ robot });
      expect(journal.counts()).toEqual({ 'runtime-dir': 1 });
      await expect(openLocalApiAnywhere(place, answers, journal)).rejects.toMatchObject({
        code: 'already-running',
      });
    }
    await expect(callLocalApiAnywhere(place, 'status')).rejects.toMatchObject({
      code: 'not-running',
    });
  });

  it('is neither opened nor called in a folder that others may write to', async () => {
    const place = await blocked();
    await mkdir(spare);
    await chmod(spare, 0o777);
    const journal = memoryJournal();
    await using localApi = await openLocalApiAnywhere(place, answers, journal);
    expect(localApi.folder).toBe(place.folder);
    expect(journal.counts()).toEqual({ 'runtime-dir': 1, 'no-local-api': 1 });
    await expect(callLocalApiAnywhere(place, 'status')).rejects.toMatchObject({
      code: 'not-running',
    });
  });
});
