import { describe, expect, it } from 'vitest';
import { drawMap } from '../../../tools/demo/picture.ts';
import { plainText } from '../../support/demo-terminal.ts';

const esc = '\u001b';
/** A pixel above another one, by the terminal's colours. */
const block = (above: number, below: number) => `${esc}[38;5;${above};48;5;${below}m▀`;
const mapOf = (width: number, cells: readonly number[]) => ({
  width,
  height: cells.length / width,
  resolution: 0.05,
  origin: { x: 0, y: 0 },
  cells: Uint8Array.from(cells),
});

describe('a map in a terminal', () => {
  it('shows two cells above each other in one character', () => {
    // biome-ignore format: a map
    const map = mapOf(2, [2, 2,
                          1, 3,
                          4, 0]);
    expect(drawMap(map, { columns: 10, rows: 10 })).toEqual([
      `${block(233, 255)}${block(233, 79)}${esc}[0m`,
      `${block(208, 238)}${block(238, 238)}${esc}[0m`,
    ]);
  });

  it('keeps walls and the dock when it must leave cells out', () => {
    const cells = new Array<number>(100).fill(3);
    cells[11] = 2;
    cells[55] = 4;
    const rows = drawMap(mapOf(10, cells), { columns: 2, rows: 1 });
    expect(rows).toEqual([`${block(233, 79)}${block(79, 208)}${esc}[0m`]);
  });

  it('stays within its size, whatever the shape', () => {
    for (const [width, height] of [
      [604, 307],
      [307, 604],
      [3, 400],
      [400, 3],
    ] as const) {
      const rows = drawMap(mapOf(width, new Array<number>(width * height).fill(1)), {
        columns: 60,
        rows: 16,
      });
      expect(rows.length).toBeLessThanOrEqual(16);
      expect(Math.max(...rows.map((row) => plainText(row).length))).toBeLessThanOrEqual(60);
    }
  });
});
