import type { BodyMap } from '../../hal/robot-body.ts';

/** The kinds of cells. A picture's pixel shows the most important one of its cells. */
const [unknown, free, occupied, cleaned, dock] = [0, 1, 2, 3, 4];
const importance = [unknown, free, cleaned, occupied, dock];
/** From the terminal's 256 colours, by what a cell is. */
const colours = [238, 255, 233, 79, 208];

/**
 * A map in at most `columns` by `rows` characters: half blocks, two pixels above each other in one, so that pixels are
 * about square.
 */
export function drawMap(map: BodyMap, room: { columns: number; rows: number }): string[] {
  const cellsPerPixel = Math.max(map.width / room.columns, map.height / (room.rows * 2), 1);
  const width = Math.ceil(map.width / cellsPerPixel);
  const height = Math.ceil(map.height / cellsPerPixel);
  const pixels = new Uint8Array(width * (height + 1));
  for (let y = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++) {
      const at = Math.floor(y / cellsPerPixel) * width + Math.floor(x / cellsPerPixel);
      const cell = map.cells[y * map.width + x] ?? unknown;
      if (importance.indexOf(cell) > importance.indexOf(pixels[at] ?? unknown)) pixels[at] = cell;
    }
  }
  const rows: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let row = '';
    for (let x = 0; x < width; x++) {
      const above = colours[pixels[y * width + x] ?? 0];
      const below = colours[pixels[(y + 1) * width + x] ?? 0];
      row += `\x1b[38;5;${above};48;5;${below}m▀`;
    }
    rows.push(`${row}\x1b[0m`);
  }
  return rows;
}
