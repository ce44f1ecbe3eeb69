import { decode } from 'fast-png';

/** A palette picture by a decoder: the colour of each cell, row by row from the top, and the text in it. */
export function readPicture(bytes: Uint8Array): {
  readonly size: readonly [width: number, height: number];
  readonly colours: readonly (readonly number[])[];
  readonly text: Readonly<Record<string, string>>;
} {
  const { width, height, data, palette = [], text } = decode(bytes, { checkCrc: true });
  return {
    size: [width, height],
    colours: Array.from(data, (cell) => palette[cell] ?? []),
    text,
  };
}
