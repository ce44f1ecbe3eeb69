import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, PilotfishError } from '../../../base/errors.ts';
import { FREE, type Grid, OCCUPIED, UNKNOWN } from './grid.ts';
import { readYamlFields, showYaml, type YamlValue, yamlFlag, yamlNumber } from './map-yaml.ts';
import { type GreyImage, parsePgm } from './pgm.ts';

/** The fields of a ROS `map_server` YAML file. */
export interface MapDescription {
  readonly image: string;
  /** Metres per pixel. */
  readonly resolution: number;
  /** Lower left corner: x and y in metres. Its yaw is read and ignored, as the navigation stacks do. */
  readonly origin: readonly [number, number, number];
  readonly negate: boolean;
  readonly occupiedThresh: number;
  readonly freeThresh: number;
  readonly mode: 'trinary' | 'scale' | 'raw';
}

const YAML_BYTES_MAX = 64 * 1024;
const IMAGE_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Reads a ROS `map_server` map: a YAML file and its PGM image, beside it or by an absolute path.
 *
 * Throws errors whose code begins with `map-` and whose message names the file and the field.
 */
export async function readMapFile(path: string): Promise<Grid> {
  const text = await readBounded(path, YAML_BYTES_MAX, 'map-missing');
  const description = parseMapYaml(text, path);
  const imagePath = resolve(dirname(path), description.image);
  const image = await readBounded(imagePath, IMAGE_BYTES_MAX, 'map-image-missing');
  return gridOf(parsePgm(image, imagePath), description);
}

/** The description in a map's YAML text; throws `map-yaml` or `map-field`. */
export function parseMapYaml(text: string | Uint8Array, name: string): MapDescription {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return describe(readYamlFields(bytes, name), name);
}

/**
 * The grid of an image, by the rules of ROS `map_server` (nav2 `map_io`): dark is occupied unless negated; `trinary`
 * keeps free, occupied and unknown; `scale` grades the range between the thresholds; `raw` reads values of 0 to 100 as
 * per cent. A cell counts as occupied from 50 per cent on.
 */
export function gridOf(image: GreyImage, map: MapDescription): Grid {
  const table = new Uint8Array(image.maxValue + 1);
  for (let value = 0; value <= image.maxValue; value++) {
    const percent = occupancyPercent(value, image.maxValue, map);
    table[value] = percent === undefined ? UNKNOWN : percent >= 50 ? OCCUPIED : FREE;
  }
  const cells = new Uint8Array(image.values.length);
  for (let i = 0; i < cells.length; i++) cells[i] = table[image.values[i] as number] as number;
  return {
    width: image.width,
    height: image.height,
    resolution: map.resolution,
    origin: { x: map.origin[0], y: map.origin[1] },
    cells,
  };
}

function occupancyPercent(
  value: number,
  maxValue: number,
  map: MapDescription,
): number | undefined {
  const shade = value / maxValue;
  if (map.mode === 'raw') {
    const percent = Math.round(shade * 255);
    return percent <= 100 ? percent : undefined;
  }
  const occupied = map.negate ? shade : 1 - shade;
  if (occupied > map.occupiedThresh) return 100;
  if (occupied < map.freeThresh) return 0;
  if (map.mode === 'trinary') return undefined;
  const span = map.occupiedThresh - map.freeThresh;
  return span > 0 ? Math.round(((occupied - map.freeThresh) / span) * 100) : 100;
}

const modes = ['trinary', 'scale', 'raw'] as const;

function describe(fields: ReadonlyMap<string, YamlValue>, name: string): MapDescription {
  const fail = (field: string, expected: string): never => {
    const given = showYaml(fields.get(field));
    throw new PilotfishError('map-field', `${name}: ${field} is ${given}, expected ${expected}`);
  };
  const number = (field: string, min: number, max: number, whenMissing?: number): number => {
    const value = fields.has(field) ? yamlNumber(fields.get(field)) : whenMissing;
    if (value !== undefined && value >= min && value <= max) return value;
    return fail(field, `a number from ${min} to ${max}`);
  };
  const image = fields.get('image');
  if (typeof image !== 'string' || image === '' || yamlNumber(image) !== undefined) {
    return fail('image', 'the name of a PGM file');
  }
  // The map server ignores the case of the mode.
  const given = fields.has('mode') ? fields.get('mode') : 'trinary';
  const modeWord = typeof given === 'string' ? given.toLowerCase() : undefined;
  const mode = modes.find((known) => known === modeWord);
  if (mode === undefined) return fail('mode', 'trinary, scale or raw');
  const negate = fields.has('negate') ? yamlFlag(fields.get('negate')) : false;
  if (negate === undefined) return fail('negate', '0, 1, or a word such as yes or no');
  const origin = fields.get('origin');
  const [x = Number.NaN, y = Number.NaN, yaw = 0] = (Array.isArray(origin) ? origin : []).map(
    (value: YamlValue) => yamlNumber(value) ?? Number.NaN,
  );
  if (![x, y, yaw].every(Number.isFinite) || (origin as readonly unknown[]).length > 3) {
    return fail('origin', '[x, y, yaw] in metres and radians');
  }
  const freeThresh = number('free_thresh', 0, 1, 0.196);
  const occupiedThresh = number('occupied_thresh', 0, 1, 0.65);
  if (freeThresh > occupiedThresh)
    fail('free_thresh', `at most occupied_thresh (${occupiedThresh})`);
  return {
    image,
    resolution: number('resolution', 0.005, 1),
    origin: [x, y, yaw],
    negate,
    occupiedThresh,
    freeThresh,
    mode,
  };
}

async function readBounded(path: string, bytesMax: number, missing: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new PilotfishError(missing, `${path}: is no file`);
    const { size } = found;
    if (size > bytesMax) {
      throw new PilotfishError('map-too-large', `${path}: ${size} bytes, at most ${bytesMax}`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof PilotfishError) throw error;
    const why = codeOf(error) === 'ENOENT' ? 'no such file' : `cannot be read (${codeOf(error)})`;
    throw new PilotfishError(missing, `${path}: ${why}`);
  }
}
