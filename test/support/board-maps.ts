import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FREE, type Grid, OCCUPIED, UNKNOWN } from '../../hal/sim/floor/grid.ts';

/** A grid drawn in text, one row a line: `#` wall, `?` unknown, anything else free. */
export function drawnGrid(rows: readonly string[], resolution = 0.05): Grid {
  const width = rows[0]?.length ?? 0;
  const cells = Uint8Array.from(rows.join(''), (mark) =>
    mark === '#' ? OCCUPIED : mark === '?' ? UNKNOWN : FREE,
  );
  return { width, height: rows.length, resolution, origin: { x: 0, y: 0 }, cells };
}

/** An empty room with walls one cell thick, so many cells wide and high, walls included. */
export function emptyRoom(width: number, height: number): string[] {
  const wall = '#'.repeat(width);
  const floor = `#${' '.repeat(width - 2)}#`;
  return [wall, ...Array.from({ length: height - 2 }, () => floor), wall];
}

/** Writes the drawing as a `map_server` map and returns the path of its YAML file. */
export async function writeMap(folder: string, rows: readonly string[]): Promise<string> {
  const { width, height, cells } = drawnGrid(rows);
  const values = Array.from(cells, (cell) => (cell === FREE ? 254 : cell === OCCUPIED ? 0 : 205));
  await writeFile(join(folder, 'room.pgm'), `P2\n${width} ${height}\n255\n${values.join('\n')}\n`);
  const path = join(folder, 'room.yaml');
  await writeFile(
    path,
    'image: room.pgm\nresolution: 0.05\norigin: [0, 0, 0]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n',
  );
  return path;
}
