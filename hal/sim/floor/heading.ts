/** The four headings of the robot on the grid, counter-clockwise as angles are. */
export const EAST = 0;
export const NORTH = 1;
export const WEST = 2;
export const SOUTH = 3;
export type Heading = 0 | 1 | 2 | 3;

/** Index offsets to the neighbour in each heading; row 0 is the top, so north is a row less. */
export function neighbours(width: number): readonly [number, number, number, number] {
  return [1, -width, -1, width];
}

/** The heading that leads from a cell to its neighbour. */
export function headingBetween(from: number, to: number): Heading {
  const step = to - from;
  if (step === 1) return EAST;
  if (step === -1) return WEST;
  return step < 0 ? NORTH : SOUTH;
}

/** Quarter turns between two headings: 0, 1 or 2. */
export function quarterTurns(from: Heading, to: Heading): number {
  const turn = Math.abs(from - to);
  return turn === 3 ? 1 : turn;
}

/** The heading nearest to an angle in radians. */
export function headingOf(theta: number): Heading {
  return (((Math.round(theta / (Math.PI / 2)) % 4) + 4) % 4) as Heading;
}
