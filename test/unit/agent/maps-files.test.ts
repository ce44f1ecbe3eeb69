import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../../agent/io/http.ts';
import { createMaps } from '../../../agent/io/maps.ts';
import { encodeMap } from '../../../agent/io/png.ts';
import type { Maps } from '../../../agent/ports.ts';
import { nodeFiles } from '../../../base/files.ts';
import type { BodyMap } from '../../../hal/robot-body.ts';
import { readPicture } from '../../support/agent-png.ts';
import { folders } from '../../support/pki-folder.ts';

const signal = new AbortController().signal;
const folder = folders();
let dir = '';
let maps: Maps;
beforeEach(async () => {
  dir = join(await folder(), 'maps');
  maps = createMaps({
    ...{ folder: dir, files: nodeFiles, http: createHttp({ caFile: '' }), encode: encodeMap },
  });
});

/** Cells: 0 unknown, 1 free, 2 occupied, 3 cleaned, 4 the dock. */
const map: BodyMap = {
  width: 3,
  height: 2,
  resolution: 0.05,
  origin: { x: -1.5, y: 2 },
  cells: Uint8Array.from([0, 1, 2, 3, 4, 1]),
};

describe('a map image', () => {
  it('shows each kind of cell in its colour, the first row on top', async () => {
    const picture = readPicture(await encodeMap(map));
    expect(picture.size).toEqual([3, 2]);
    expect(picture.colours).toEqual([
      [205, 205, 205],
      [254, 254, 254],
      [20, 24, 32],
      [120, 200, 160],
      [230, 120, 40],
      [254, 254, 254],
    ]);
  });

  it('records its place in metres', async () => {
    expect(readPicture(await encodeMap(map)).text).toEqual({
      resolution: '0.05',
      origin: '-1.5 2',
    });
  });

  it.each([
    ['cells of an unknown kind', [9, 255, 2, 3, 4, 1]],
    ['missing cells', [4]],
    ['too many cells', [1, 1, 1, 1, 1, 1, 1, 1]],
  ])('survives %s', async (_name, cells) => {
    const picture = readPicture(await encodeMap({ ...map, cells: Uint8Array.from(cells) }));
    expect(picture.colours).toHaveLength(6);
  });

  it('is small for a large flat', async () => {
    const [width, height] = [2000, 2000];
    const cells = new Uint8Array(width * height).fill(1);
    const png = await encodeMap({ ...map, width, height, cells });
    expect(png.byteLength).toBeLessThan(100_000);
  });
});

describe('map files', () => {
  it('are named after their mission, with the size and digest of the file', async () => {
    const kept = await maps.keep('aa-1', map, signal);
    const bytes = await readFile(join(dir, 'map-aa-1.png'));
    expect(kept).toEqual({
      id: 'map-aa-1',
      size: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      type: 'image/png',
    });
  });

  it('are the same when they are kept again', async () => {
    expect(await maps.keep('aa-1', map, signal)).toEqual(await maps.keep('aa-1', map, signal));
    expect(await readdir(dir)).toEqual(['map-aa-1.png']);
  });

  it('are removed, and removing again is no error', async () => {
    const { id } = await maps.keep('aa-1', map, signal);
    await maps.forget(id);
    await maps.forget(id);
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('a sweep of the map files', () => {
  const [one, two] = ['00000000000000aa-1', '00000000000000aa-2'];

  it('leaves kept maps and foreign files', async () => {
    await maps.keep(one, map, signal);
    await maps.keep(two, map, signal);
    await writeFile(join(dir, `.map-${one}.png.0123456789ab.tmp`), 'the beginning of a map');
    const foreign = ['floor.png', 'map-of-the-house.png', '.floor.png.0123456789ab.tmp'];
    for (const name of foreign) await writeFile(join(dir, name), '');
    await maps.sweep(new Set([`map-${two}`]));
    expect((await readdir(dir)).sort()).toEqual([`map-${two}.png`, ...foreign].sort());
  });

  it('does not remove a map that is being kept again', async () => {
    await maps.keep(one, map, signal);
    // So many that the sweep is still at work when the map would be there again.
    const old = Array.from({ length: 1000 }, (_, n) => `map-${'0'.repeat(15)}b-${n}.png`);
    await Promise.all(old.map((name) => writeFile(join(dir, name), '')));
    await Promise.all([maps.sweep(new Set()), maps.keep(one, map, signal)]);
    expect(await readdir(dir)).toEqual([`map-${one}.png`]);
  });

  it('does nothing on a new robot', async () => {
    await maps.sweep(new Set());
  });

  it('does not prevent the keeping of maps when it fails', async () => {
    await mkdir(join(dir, `map-${one}.png`), { recursive: true });
    await expect(maps.sweep(new Set())).rejects.toMatchObject({ code: 'ERR_FS_EISDIR' });
    expect(await maps.keep(two, map, signal)).toMatchObject({ id: `map-${two}` });
  });
});
