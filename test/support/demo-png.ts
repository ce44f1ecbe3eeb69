import { decode } from 'fast-png';

/** A map's picture, read by a decoder that is not the robot's encoder: its size and how many cells it shows as cleaned. */
export function readMapPng(bytes: Uint8Array): {
  width: number;
  height: number;
  cleanedCells: number;
  metresPerCell: number;
} {
  const { width, height, data, text } = decode(bytes);
  const cleaned = 3; // Its place in the palette.
  return {
    width,
    height,
    cleanedCells: Array.from(data).filter((cell) => cell === cleaned).length,
    metresPerCell: Number(text['resolution']),
  };
}
