import { deflateSync, inflateSync } from 'node:zlib';
import type { BodyMap } from '../../robot-body.ts';

/** A map as one JSON value, for the socket and the disk: `cells` is deflated and in base64. */
export interface MapDocument extends Omit<BodyMap, 'cells'> {
  readonly cells: string;
}

export function encodeMap(map: BodyMap): MapDocument {
  return { ...map, cells: deflateSync(map.cells).toString('base64') };
}

/** Bounds the memory for a decoded map: deflated zeros can expand enormously. */
const cellsMax = 64 * 1024 * 1024;

/** Throws when the number of cells is not `width * height`, or is too large. */
export function decodeMap(document: MapDocument): BodyMap {
  const { width, height, resolution, origin } = document;
  const size = width * height;
  const isSize = [width, height].every((n) => Number.isSafeInteger(n) && n >= 1);
  if (!isSize || size > cellsMax) {
    throw new RangeError(`a map of ${width} by ${height} cells, at most ${cellsMax} are supported`);
  }
  const cells = inflateSync(Buffer.from(document.cells, 'base64'), { maxOutputLength: size });
  if (cells.length !== size) throw new RangeError(`${cells.length} cells, expected ${size}`);
  return { width, height, resolution, origin, cells: new Uint8Array(cells) };
}
