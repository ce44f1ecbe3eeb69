import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdPlaces, mapPicture } from '../../../tools/demo/places.ts';
import { makeDemoFolder, removeDemoFolder } from '../../support/demo-process.ts';

describe("the demo's folder", () => {
  let folder = '';
  beforeEach(async () => {
    folder = await makeDemoFolder();
  });
  afterEach(() => removeDemoFolder(folder));
  const { signal } = new AbortController();
  const hold = (isFresh = false, pid = 4711) => holdPlaces(folder, { isFresh, pid, signal });

  it('rejects a second demo before it changes anything, in one line that names the first', async () => {
    using first = await hold();
    await writeFile(join(first.cloud, 'precious'), '');
    const error = await hold(true, 4712).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'demo-running',
      message: `process 4711 runs a demo in ${folder}: stop it first, or choose another --dir`,
    });
    expect(error).not.toHaveProperty('hint', expect.anything());
    expect(await readdir(first.cloud)).toEqual(['precious']);
  });

  it('is free again when the first demo has ended, and names the last one', async () => {
    (await hold())[Symbol.dispose]();
    using _second = await hold(false, 4712);
    expect(JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8'))).toMatchObject({
      pid: 4712,
    });
  });

  it('is emptied for a fresh start, except the newest map, whose link was printed', async () => {
    {
      using places = await hold();
      await mkdir(join(places.cloud, 'objects'));
      await writeFile(mapPicture(places), 'a picture');
    }
    using places = await hold(true);
    expect(await readdir(places.cloud)).toEqual([]);
    expect(await readFile(mapPicture(places), 'utf8')).toBe('a picture');
  });

  it('is used although it contains an old lock', async () => {
    await writeFile(join(folder, 'demo.lock'), '');
    using places = await hold();
    expect(await readdir(places.dir)).toContain('demo.json');
  });
});
