import { neighbours } from './heading.ts';

/**
 * Breadth-first over clear cells; writes the distance into `steps` (-1 before) and returns the number of cells reached.
 */
export function flood(
  clear: Uint8Array,
  { width, from, steps }: { width: number; from: number; steps: Int32Array },
): number {
  const offsets = neighbours(width);
  let frontier = [from];
  let reached = 1;
  steps[from] = 0;
  for (let distance = 1; frontier.length > 0; distance++) {
    const next: number[] = [];
    for (const cell of frontier) {
      for (const offset of offsets) {
        const other = cell + offset;
        if (clear[other] !== 1 || (steps[other] as number) >= 0) continue;
        steps[other] = distance;
        next.push(other);
      }
    }
    reached += next.length;
    frontier = next;
  }
  return reached;
}
