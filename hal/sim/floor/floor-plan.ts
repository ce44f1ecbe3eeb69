import { type Floor, FREE, OCCUPIED, UNKNOWN } from './grid.ts';

const RESOLUTION = 0.05;
const WIDTH_M = 10;
const HEIGHT_M = 8;
/** The drawing's lower left corner; the flat's own corner is at 0, 0. */
const ORIGIN = { x: -0.5, y: -0.5 };

/** Left, bottom, right, top, in metres. */
type Box = readonly [number, number, number, number];

const OUTLINE: Box = [0, 0, 9, 7];

const WALLS: readonly Box[] = [
  [0, 0, 9, 0.15],
  [0, 6.85, 9, 7],
  [0, 0, 0.15, 7],
  [8.85, 0, 9, 7],
  [0, 3.75, 9, 3.85], // South wall of the hall.
  [3.4, 4.9, 9, 5], // North wall of the hall.
  [3.3, 3.75, 3.4, 7], // Bedroom and hall.
  [5.3, 0, 5.4, 3.85], // Living room and kitchen.
  [5.9, 4.9, 6, 7], // Bath and study.
];

const DOORS: readonly Box[] = [
  [2.1, 3.7, 3, 3.9], // Living room and bedroom.
  [4, 3.7, 4.9, 3.9], // Living room and hall.
  [6.6, 3.7, 7.5, 3.9], // Kitchen and hall.
  [5.25, 1.5, 5.45, 2.5], // Living room and kitchen.
  [4.2, 4.85, 5.1, 5.05], // Hall and bath.
  [7.2, 4.85, 8.1, 5.05], // Hall and study.
];

const FURNITURE: readonly Box[] = [
  [0.15, 1.1, 1.05, 2.9], // Sofa.
  [1.7, 1.6, 2.4, 2.4], // Coffee table.
  [4.6, 0.15, 5.3, 0.7], // Shelf.
  [3.7, 2.4, 4.4, 2.45], // Table legs, a pair at each end.
  [3.7, 1.4, 4.4, 1.45],
  [8.2, 0.15, 8.85, 3.1], // Kitchen counter.
  [6.6, 0.9, 7.3, 1.6], // Kitchen table.
  [0.15, 5.2, 2, 6.85], // Bed.
  [2.7, 6.3, 3.3, 6.85], // Wardrobe.
  [3.4, 6.1, 4.1, 6.85], // Shower.
  [5.3, 6.4, 5.9, 6.85], // Basin.
  [6.6, 6.2, 8.2, 6.85], // Desk.
];

/** The pose of the docked robot, its back to the living room's south wall. */
const DOCK_POSE = { x: 3.1, y: 0.375, theta: Math.PI / 2 };

/** The default floor, when no map is given: a flat of five rooms of 9 x 7 m at 5 cm, drawn here. */
export function defaultFloor(): Floor {
  const width = Math.round(WIDTH_M / RESOLUTION);
  const height = Math.round(HEIGHT_M / RESOLUTION);
  const cells = new Uint8Array(width * height).fill(UNKNOWN);
  const fill = ([left, bottom, right, top]: Box, value: number): void => {
    const column = (x: number) => Math.round((x - ORIGIN.x) / RESOLUTION);
    const row = (y: number) => height - Math.round((y - ORIGIN.y) / RESOLUTION);
    for (let r = row(top); r < row(bottom); r++) {
      cells.fill(value, r * width + column(left), r * width + column(right));
    }
  };
  fill(OUTLINE, FREE);
  for (const box of WALLS) fill(box, OCCUPIED);
  for (const box of DOORS) fill(box, FREE);
  for (const box of FURNITURE) fill(box, OCCUPIED);
  return {
    grid: { width, height, resolution: RESOLUTION, origin: ORIGIN, cells },
    dock: DOCK_POSE,
  };
}
