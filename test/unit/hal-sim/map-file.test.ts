import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gridOf, parseMapYaml, readMapFile } from '../../../hal/sim/floor/map-file.ts';
import { parsePgm } from '../../../hal/sim/floor/pgm.ts';

const bytes = (text: string, ...raw: number[]) =>
  new Uint8Array([...new TextEncoder().encode(text), ...raw]);

const yaml = (changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    image: 'm.pgm',
    resolution: 0.05,
    origin: [-1, -2, 0],
    negate: 0,
    occupied_thresh: 0.65,
    free_thresh: 0.25,
    ...changes,
  });

/** The classes of a row of values (0 unknown, 1 free, 2 occupied). */
const classes = (values: number[], changes: Record<string, unknown> = {}, maxValue = 255) => {
  const image = parsePgm(bytes(`P2 ${values.length} 1 ${maxValue} ${values.join(' ')}`), 'm.pgm');
  return [...gridOf(image, parseMapYaml(yaml(changes), 'm.yaml')).cells];
};

describe('PGM images', () => {
  it.each([
    ['P2', bytes('P2\n2 2\n255\n0 1\n254 255\n'), [0, 1, 254, 255]],
    [
      'P2 with comments',
      bytes('P2 # made by hand\n# two\n2 #w\n2\n255\n0 1 # row\n254 255'),
      [0, 1, 254, 255],
    ],
    ['P5', bytes('P5\n2 2\n255\n', 0, 10, 13, 255), [0, 10, 13, 255]],
    ['P5 with a comment', bytes('P5\n# CREATOR: me 0.050 m/pix\n2 1\n255\n', 35, 32), [35, 32]],
    ['P5 of 16 bits, big end first', bytes('P5 2 1 65535\n', 1, 0, 0, 255), [256, 255]],
    ['P2 of 16 bits', bytes('P2 2 1 1000 1000 7'), [1000, 7]],
    ['P5 with a comment behind the maximum', bytes('P5 2 1 255# made by hand\n', 1, 2), [1, 2]],
    ['P5 with a comment that a CR ends', bytes('P5\r# me\r2 1 255\r', 1, 2), [1, 2]],
    ['P5 with comments behind every word', bytes('P5#a\n2#b\n1#c\n255#d\n', 1, 2), [1, 2]],
    ['P5 whose first value is a #', bytes('P5 2 1 255 ', 35, 10), [35, 10]],
    ['P5 whose second value is CR', bytes('P5 2 1 255\r', 10, 13), [10, 13]],
    ['P2 with a comment that a CR ends', bytes('P2 2 1 255 #x\r7 8'), [7, 8]],
    ['P5 with more behind it', bytes('P5 1 1 255\n', 9, 9, 9), [9]],
  ])('reads %s', (_what, image, values) => {
    expect([...parsePgm(image, 'm.pgm').values]).toEqual(values);
  });

  it.each([
    ['nothing', bytes(''), 'map-image-format'],
    ['a PNG', bytes('\x89PNG\r\n'), 'map-image-format'],
    ['a colour image', bytes('P6 1 1 255\n', 1, 2, 3), 'map-image-format'],
    ['words for numbers', bytes('P5 two 2 255\n'), 'map-image-format'],
    ['no width', bytes('P5 0 2 255\n'), 'map-image-format'],
    ['a maximum of 0', bytes('P5 1 1 0\n', 0), 'map-image-format'],
    ['a maximum above 16 bits', bytes('P5 1 1 65536\n', 0, 0, 0), 'map-image-format'],
    ['a header that goes on', bytes('P5 1 1 255x\n', 0), 'map-image-format'],
    ['a comment without an end', bytes('P5 1 1 255# and so on'), 'map-image-truncated'],
    ['a header only', bytes('P5 2 2'), 'map-image-truncated'],
    ['a value too few', bytes('P5 2 2 255\n', 1, 2, 3), 'map-image-truncated'],
    ['half a 16-bit value', bytes('P5 1 1 256\n', 1), 'map-image-truncated'],
    ['a text value too few', bytes('P2 2 2 255 1 2 3'), 'map-image-truncated'],
    ['a value above the maximum', bytes('P2 1 1 100 101'), 'map-image-value'],
    ['a byte above the maximum', bytes('P5 1 1 100\n', 101), 'map-image-value'],
    ['a huge header', bytes('P5 100000 100000 255\n'), 'map-image-too-large'],
    ['an endless number', bytes(`P5 ${'9'.repeat(400)} 2 255\n`), 'map-image-too-large'],
  ])('rejects %s', (_what, image, code) => {
    expect(() => parsePgm(image, 'm.pgm')).toThrow(expect.objectContaining({ code }));
  });
});

describe('occupancy', () => {
  it('is dark for occupied, light for free, between for unknown', () => {
    expect(classes([0, 254, 255, 205, 128])).toEqual([2, 1, 1, 1, 0]);
  });

  it('follows the thresholds', () => {
    // 205 is 0.196 occupied.
    expect(classes([205], { free_thresh: 0.19 })).toEqual([0]);
    expect(classes([205], { free_thresh: 0.2 })).toEqual([1]);
    expect(classes([205], { free_thresh: 0.1, occupied_thresh: 0.15 })).toEqual([2]);
  });

  it('is inverted by negate', () => {
    expect(classes([0, 255, 128], { negate: 1 })).toEqual([1, 2, 0]);
    expect(classes([0, 255], { negate: true })).toEqual([1, 2]);
  });

  it('is graded by scale', () => {
    expect(classes([0, 255, 128, 180, 110], { mode: 'scale' })).toEqual([2, 1, 2, 1, 2]);
    const split = { mode: 'scale', free_thresh: 0, occupied_thresh: 1 };
    expect(classes([126, 129], split)).toEqual([2, 1]);
  });

  it('is used unchanged by raw', () => {
    expect(classes([0, 49, 50, 100, 101, 255], { mode: 'raw' })).toEqual([1, 1, 2, 2, 0, 0]);
  });

  it('does not depend on the maximum', () => {
    expect(classes([0, 100, 50], {}, 100)).toEqual([2, 1, 0]);
    expect(classes([0, 60_000, 30_000], {}, 60_000)).toEqual([2, 1, 0]);
  });
});

describe('map descriptions', () => {
  it('get the default values that map_saver leaves out', () => {
    const text = 'image: m.pgm\nresolution: 0.1\norigin: [0.5, -1, 0]';
    expect(parseMapYaml(text, 'm.yaml')).toEqual({
      image: 'm.pgm',
      resolution: 0.1,
      origin: [0.5, -1, 0],
      negate: false,
      occupiedThresh: 0.65,
      freeThresh: 0.196,
      mode: 'trinary',
    });
  });

  it.each([
    ['no YAML', ': : [', 'map-yaml', 'm.yaml'],
    ['a list', '- 1', 'map-yaml', 'm.yaml'],
    ['nothing', '', 'map-yaml', 'm.yaml'],
    ['no image', yaml({ image: undefined }), 'map-field', 'image is missing'],
    ['an image that is no name', yaml({ image: 3 }), 'map-field', 'image is 3'],
    ['a word for a number', yaml({ resolution: 'fine' }), 'map-field', 'resolution is "fine"'],
    ['no resolution', yaml({ resolution: undefined }), 'map-field', 'resolution is missing'],
    ['a resolution of 0', yaml({ resolution: 0 }), 'map-field', 'resolution is 0'],
    ['a resolution of a house', yaml({ resolution: 10 }), 'map-field', 'from 0.005 to 1'],
    ['an origin of words', yaml({ origin: ['a', 'b', 0] }), 'map-field', 'origin is'],
    ['no origin', yaml({ origin: undefined }), 'map-field', 'origin is missing'],
    ['half an origin', yaml({ origin: [1] }), 'map-field', 'origin is [1]'],
    ['an unknown mode', yaml({ mode: 'colour' }), 'map-field', 'mode is "colour"'],
    ['a strange negate', yaml({ negate: 2 }), 'map-field', 'negate is 2'],
    ['a threshold above 1', yaml({ occupied_thresh: 65 }), 'map-field', 'occupied_thresh is 65'],
    ['thresholds crossed', yaml({ free_thresh: 0.7 }), 'map-field', 'at most occupied_thresh'],
  ])('reject %s', (_what, text, code, part) => {
    expect(() => parseMapYaml(text, 'm.yaml')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(part) }),
    );
  });
});

describe('YAML as yaml-cpp reads it', () => {
  const lines = (changes: Record<string, string> = {}) => {
    const usual = { image: 'm.pgm', resolution: '0.05', origin: '[0.0, 0.0, 0.0]', negate: '0' };
    const fields = { ...usual, occupied_thresh: '0.65', free_thresh: '0.196', ...changes };
    return Object.entries(fields)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('');
  };
  const read = (text: string | Uint8Array) => parseMapYaml(text, 'm.yaml');

  it.each([
    ...['0', '0x0', '00', 'n', 'N', 'no', 'No', 'NO', 'false', 'False', 'off', 'OFF', '"no"'],
  ])('negate: %s is off', (negate) => {
    expect(read(lines({ negate })).negate).toBe(false);
  });

  it.each(['1', '01', '+1', '0x1', 'y', 'yes', 'Yes', 'TRUE', 'on', "'1'", '"true"'])(
    'negate: %s is on',
    (negate) => {
      expect(read(lines({ negate })).negate).toBe(true);
    },
  );

  it.each(['2', 'yEs', 'tRUE', 'maybe', '1.0', '~', '', '[1]', '08'])(
    'negate: %s is rejected',
    (negate) => {
      expect(() => read(lines({ negate }))).toThrow(expect.objectContaining({ code: 'map-field' }));
    },
  );

  it.each([
    ['.65', 0.65],
    ['"0.65"', 0.65],
    ["'+.65'", 0.65],
    ['6.5e-1', 0.65],
    ['1.', 1],
    ['1', 1],
    ['001', 1],
  ])('occupied_thresh: %s is %d', (text, number) => {
    expect(read(lines({ occupied_thresh: text })).occupiedThresh).toBe(number);
  });

  it.each(['.inf', '.nan', '0x1', '1_0', '0:30', '0,65', '0.65 m', '~', ''])(
    'occupied_thresh: %s is rejected',
    (text) => {
      expect(() => read(lines({ occupied_thresh: text }))).toThrow(
        expect.objectContaining({ code: 'map-field' }),
      );
    },
  );

  it.each(['Raw', 'RAW', 'raw', '"rAw"'])('mode: %s is raw', (mode) => {
    expect(read(lines({ mode })).mode).toBe('raw');
  });

  it.each<[string, string | Uint8Array]>([
    ['behind ---', `---\n${lines()}`],
    ['behind %YAML 1.1', `%YAML 1.1\n---\n${lines()}`],
    ['before ---', `${lines()}---\n`],
    ['before ...', `${lines()}...\n`],
    ['before another document', `${lines()}---\nimage: [\n`],
    ['with CR LF', lines().replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${lines()}`],
    ['in UTF-16, little end first', Buffer.from(`\uFEFF${lines()}`, 'utf16le')],
    ['in UTF-16, big end first', Buffer.from(`\uFEFF${lines()}`, 'utf16le').swap16()],
    ['with comments', lines().replaceAll('\n', ' # note\n')],
    ['with tabs behind colons', lines().replaceAll(': ', ':\t')],
    ['in flow style', `{${lines().trimEnd().replaceAll('\n', ', ')}}`],
    ['with the origin as a list', lines({ origin: '\n- 0\n- 0.0\n- "0"' })],
    ['with an anchor', lines({ image: '&m m.pgm', free_thresh: '&f 0.196' })],
    ['with a key twice, the first one', `${lines()}image: other.pgm\nnegate: 1\n`],
    ['with fields of others', `${lines()}frame: map\nmap: {a: b}\n`],
    ['with a tag', lines({ image: '!!str m.pgm' })],
  ])('is read %s', (_how, text) => {
    expect(read(text)).toEqual(read(lines()));
  });

  it('does not expand aliases without end', () => {
    const text = lines({ origin: '&o [*o, *o, *o]' });
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'map-field' }));
  });

  it('follows an alias', () => {
    expect(read(`free: &f 0.1\n${lines({ free_thresh: '*f' })}`).freeThresh).toBe(0.1);
  });
});

describe('map files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'map-file-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  it('reads the image beside the description', async () => {
    await write('m.pgm', bytes('P5 2 1 255\n', 0, 255));
    const grid = await readMapFile(await write('m.yaml', yaml()));
    expect(grid).toMatchObject({ width: 2, height: 1, resolution: 0.05, origin: { x: -1, y: -2 } });
    expect([...grid.cells]).toEqual([2, 1]);
  });

  it('reads an image by its absolute path', async () => {
    const image = await write('elsewhere.pgm', bytes('P5 1 1 255\n', 255));
    expect([...(await readMapFile(await write('abs.yaml', yaml({ image })))).cells]).toEqual([1]);
  });

  it('names the file that is missing', async () => {
    await expect(readMapFile(join(folder, 'none.yaml'))).rejects.toMatchObject({
      code: 'map-missing',
      message: expect.stringContaining('none.yaml: no such file'),
    });
    const path = await write('lone.yaml', yaml({ image: 'none.pgm' }));
    await expect(readMapFile(path)).rejects.toMatchObject({
      code: 'map-image-missing',
      message: expect.stringContaining('none.pgm: no such file'),
    });
    await expect(readMapFile(folder)).rejects.toMatchObject({ code: 'map-missing' });
  });

  it('reject a device or a pipe, which may never end', async () => {
    const noFile = { message: expect.stringContaining('/dev/null: is no file') };
    await expect(readMapFile('/dev/null')).rejects.toMatchObject(noFile);
    const path = await write('device.yaml', yaml({ image: '/dev/null' }));
    await expect(readMapFile(path)).rejects.toMatchObject(noFile);
  });

  it('reject endless descriptions', async () => {
    const path = await write('long.yaml', `# ${'x'.repeat(70_000)}\n${yaml()}`);
    await expect(readMapFile(path)).rejects.toMatchObject({ code: 'map-too-large' });
  });
});
