import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createClockOwner } from '../../../agent/io/clock-owner.ts';
import { nodeFiles } from '../../../base/files.ts';
import { folders } from '../../support/pki-folder.ts';

const newFolder = folders();

it('remembers in a private file that the agent has set the clock, until that is cleared', async () => {
  const folder = join(await newFolder(), 'floors');
  const owner = createClockOwner(folder, nodeFiles);
  expect(await owner.isAgent()).toBe(false);
  await owner.keep(false);
  await owner.keep(true);
  const [name = ''] = await readdir(folder);
  const before = await stat(join(folder, name));
  expect(before.mode & 0o777).toBe(0o600);
  await owner.keep(true);
  expect((await stat(join(folder, name))).ino).toBe(before.ino);
  expect(await createClockOwner(folder, nodeFiles).isAgent()).toBe(true);
  await owner.keep(false);
  expect([await owner.isAgent(), await readdir(folder)]).toEqual([false, []]);
});

it('reports no owner when the folder is unreadable, and rejects what cannot be stored', async () => {
  const folder = join(await newFolder(), 'floors');
  await writeFile(folder, 'a file');
  const owner = createClockOwner(folder, nodeFiles);
  expect(await owner.isAgent()).toBe(false);
  await expect(owner.keep(true)).rejects.toMatchObject({ code: 'ENOTDIR' });
});
