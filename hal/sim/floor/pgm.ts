import { PilotfishError } from '../../../base/errors.ts';

/** A grey image; values run from 0 (black) to `maxValue` (white), row 0 at the top. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly maxValue: number;
  readonly values: Uint8Array | Uint16Array;
}

const PIXELS_MAX = 16 * 1024 * 1024;

/**
 * Reads a portable grey map, P2 (text) or P5 (binary, 8 bits, or 16 bits big-endian), comments included.
 *
 * Throws `map-image-format`, `map-image-truncated`, `map-image-too-large` or `map-image-value`, naming `name`.
 */
export function parsePgm(bytes: Uint8Array, name: string): GreyImage {
  const reader = headerReader(bytes, name);
  const magic = String.fromCharCode(bytes[0] ?? 0, bytes[1] ?? 0);
  if (magic !== 'P2' && magic !== 'P5') {
    throw new PilotfishError('map-image-format', `${name}: not a PGM image (P2 or P5)`, {
      hint: 'convert it, for example with: convert map.png map.pgm',
    });
  }
  reader.skip(2);
  const [width, height, maxValue] = [reader.number(), reader.number(), reader.number()];
  if (width < 1 || height < 1 || maxValue < 1 || maxValue > 65_535) {
    throw new PilotfishError(
      'map-image-format',
      `${name}: bad header (${width} x ${height}, maximum ${maxValue})`,
    );
  }
  if (width * height > PIXELS_MAX) {
    throw new PilotfishError(
      'map-image-too-large',
      `${name}: ${width} x ${height} pixels, at most ${PIXELS_MAX} are taken`,
    );
  }
  const values = maxValue > 255 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  if (magic === 'P2') for (let i = 0; i < values.length; i++) values[i] = reader.number(maxValue);
  else readRaster(bytes.subarray(reader.rasterAt()), { values, maxValue, name });
  return { width, height, maxValue, values };
}

function readRaster(
  raster: Uint8Array,
  { values, maxValue, name }: { values: Uint8Array | Uint16Array; maxValue: number; name: string },
): void {
  const bytesPerValue = maxValue > 255 ? 2 : 1;
  if (raster.length < values.length * bytesPerValue) throw truncatedError(name);
  for (let i = 0; i < values.length; i++) {
    const value =
      bytesPerValue === 1
        ? (raster[i] as number)
        : (raster[2 * i] as number) * 256 + (raster[2 * i + 1] as number);
    if (value > maxValue) throw tooBright(name, value, maxValue);
    values[i] = value;
  }
}

/** Numbers as text, between white space and comments, which run from `#` through the next CR or LF (netpbm's pgm(5)). */
function headerReader(bytes: Uint8Array, name: string) {
  let at = 0;
  const isSpace = (byte: number | undefined) =>
    byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
  const skipComment = () => {
    while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at++;
  };
  const skipFiller = () => {
    while (at < bytes.length && (isSpace(bytes[at]) || bytes[at] === 0x23)) {
      if (bytes[at] === 0x23) skipComment();
      else at++;
    }
  };
  return {
    skip(count: number): void {
      at += count;
    },
    number(max = Number.MAX_SAFE_INTEGER): number {
      skipFiller();
      const start = at;
      let value = 0;
      for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, ++at)) {
        value = Math.min(value * 10 + digit, Number.MAX_SAFE_INTEGER);
      }
      if (at === start && at >= bytes.length) throw truncatedError(name);
      if (at === start) {
        throw new PilotfishError('map-image-format', `${name}: a number is expected at byte ${at}`);
      }
      if (value > max) throw tooBright(name, value, max);
      return value;
    },
    /**
     * Exactly one white-space byte separates the header from binary values; a comment directly after the last number
     * ends with it. After a space `#` is a value.
     */
    rasterAt(): number {
      if (bytes[at] === 0x23) skipComment();
      if (at >= bytes.length) throw truncatedError(name);
      if (!isSpace(bytes[at])) {
        throw new PilotfishError('map-image-format', `${name}: a space is expected at byte ${at}`);
      }
      return at + 1;
    },
  };
}

function digitAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1;
}

function truncatedError(name: string): PilotfishError {
  return new PilotfishError('map-image-truncated', `${name}: the image ends too early`, {
    hint: 'copy the file again: it is shorter than its header says',
  });
}

function tooBright(name: string, value: number, max: number): PilotfishError {
  return new PilotfishError('map-image-value', `${name}: value ${value} is above ${max}`);
}
