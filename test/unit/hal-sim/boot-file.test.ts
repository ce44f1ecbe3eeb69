import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../base/log.ts';
import { openBootFile, parseBoot, readBoot } from '../../../hal/sim/board/boot-file.ts';
import type { BootMemory } from '../../../hal/sim/board/slots.ts';
import { boardFolder } from '../../support/board-folder.ts';
import { sha256 } from '../../support/board-under-test.ts';

const [one, two] = ['1', '2'].map((text) => sha256(Buffer.from(text))) as [string, string];
const onlyA: BootMemory = {
  v: 1,
  next: 'a',
  slots: { a: { state: 'good', sha256: one }, b: { state: 'complete', sha256: two } },
};
const trialB: BootMemory = {
  v: 1,
  next: 'b',
  slots: { ...onlyA.slots, b: { state: 'trial', sha256: two, attempts: 3, attemptsLeft: 2 } },
};
const both: BootMemory = {
  v: 1,
  next: 'b',
  slots: { ...onlyA.slots, b: { state: 'good', sha256: two } },
};

/** A board's folder whose boot memory was stored as these, one after the other. */
async function folderWith(...stored: BootMemory[]) {
  const folder = await boardFolder();
  for (const slot of ['a', 'b']) await mkdir(join(folder.path, 'slots', slot), { recursive: true });
  const file = openBootFile(folder.path, silentLog);
  for (const memory of stored) await file.save(memory);
  return { ...folder, boot: join(folder.path, 'boot.json') };
}

const load = (dir: string) => openBootFile(dir, silentLog).load();

describe('the boot memory of a board', () => {
  const whole = JSON.stringify(both);
  it.each<[string, (boot: string) => Promise<unknown>]>([
    ['torn', (boot) => writeFile(boot, whole.slice(0, 40))],
    ['empty', (boot) => writeFile(boot, '')],
    ['full of zeros', (boot) => writeFile(boot, Buffer.alloc(whole.length))],
    ['JSON of another kind', (boot) => writeFile(boot, '[]')],
    ['null', (boot) => writeFile(boot, 'null')],
    ['without slots', (boot) => writeFile(boot, '{"v":1,"next":"a"}')],
    ['of slots that are none', (boot) => writeFile(boot, '{"v":1,"next":"a","slots":{"a":3}}')],
    ['a folder', (boot) => rm(boot).then(() => mkdir(join(boot, 'x'), { recursive: true }))],
    ['missing', (boot) => rm(boot)],
  ])('is rebuilt from the records beside the images when it is %s', async (_what, damage) => {
    await using folder = await folderWith(onlyA, trialB, both);
    await damage(folder.boot);
    expect(await load(folder.path)).toEqual(both);
    expect(parseBoot(await readFile(folder.boot, 'utf8'))).toEqual(both);
    // And a second time, with the earlier damaged file still there.
    await damage(folder.boot);
    expect(await load(folder.path)).toEqual(both);
  });

  it('forgets a trial in progress when it is rebuilt', async () => {
    await using folder = await folderWith(onlyA, trialB);
    await writeFile(folder.boot, '');
    expect(await load(folder.path)).toEqual({
      ...onlyA,
      slots: { ...onlyA.slots, b: { state: 'empty' } },
    });
  });

  it('takes precedence over the records when it is intact', async () => {
    await using folder = await folderWith(onlyA, both, onlyA);
    expect(await load(folder.path)).toEqual(onlyA);
    await writeFile(join(folder.path, 'slots/a/confirmed.json'), 'torn');
    expect(await load(folder.path)).toEqual(onlyA);
  });

  it('is rejected with its code when no record is left, and nothing is changed', async () => {
    await using folder = await folderWith(onlyA);
    await writeFile(folder.boot, 'x');
    await rm(join(folder.path, 'slots/a/confirmed.json'));
    await expect(load(folder.path)).rejects.toMatchObject({ code: 'board-memory' });
    expect(await readFile(folder.boot, 'utf8')).toBe('x');
  });

  it('gets its records when an older board wrote none', async () => {
    await using folder = await folderWith();
    await writeFile(folder.boot, JSON.stringify(onlyA));
    await load(folder.path);
    await writeFile(folder.boot, '');
    expect((await readBoot(folder.path)).memory).toMatchObject({ next: 'a' });
  });

  it('leaves out slots that this board does not have, and treats missing ones as empty', () => {
    const slots = { c: { state: 'good', sha256: one }, a: { state: 'bad' } };
    expect(parseBoot(JSON.stringify({ v: 1, next: 'c', slots }))).toEqual({
      ...{ v: 1, next: 'c' },
      slots: { a: { state: 'bad' }, b: { state: 'empty' } },
    });
  });
});
