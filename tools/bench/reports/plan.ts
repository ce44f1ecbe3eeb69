/** What is measured: which client, over which link, in which shape. */

export const baselines = [
  'pilotfish',
  'mqttjs-qos1',
  'mqttjs-qos1-batched',
  'mqttjs-qos0',
  'aws-sdk-qos1',
] as const;
export type Baseline = (typeof baselines)[number];

export const links = ['clean', 'cut', 'killed', 'black-hole', 'over-quota'] as const;
export type LinkName = (typeof links)[number];

/**
 * `single` and `map`: one mission a connection, without and with a map; `offline`: 20 missions queued while there is no
 * link.
 */
export const shapes = ['single', 'map', 'offline'] as const;
export type Shape = (typeof shapes)[number];

export interface Cell {
  readonly baseline: Baseline;
  readonly link: LinkName;
  readonly shape: Shape;
  readonly missions: number;
  /** The same for all clients: they meet the same faults. */
  readonly seed: number;
}

/** The number of missions queued while the link is down, in one round. */
export const keptOffline = 20;

/** The cells in the order in which they start: the long ones first. */
export function planCells(selected: {
  readonly baselines: readonly Baseline[];
  readonly links: readonly LinkName[];
  readonly shapes: readonly Shape[];
  /** Missions of one cell; in the shape `offline` there is a round of 20 for every eight of them. */
  readonly missions: number;
  readonly seed: number;
}): Cell[] {
  const slowFirst: readonly LinkName[] = ['black-hole', 'over-quota', 'killed', 'cut', 'clean'];
  const list: Cell[] = [];
  for (const link of slowFirst.filter((name) => selected.links.includes(name))) {
    for (const shape of selected.shapes) {
      for (const baseline of selected.baselines) {
        const seed = seedOf(selected.seed, `${link}/${shape}`);
        list.push({ baseline, link, shape, missions: missionsOf(shape, selected.missions), seed });
      }
    }
  }
  return list;
}

function missionsOf(shape: Shape, missions: number): number {
  if (shape === 'offline') return Math.max(1, Math.round(missions / 8)) * keptOffline;
  return shape === 'map' ? Math.min(missions, mapsMax) : missions;
}

/** The agent uploads 16 maps in a row, then 20 an hour (`agent/maps/machine.ts`): more would measure that bound. */
const mapsMax = 16;

/** FNV-1a over the words, mixed with the run's seed. */
function seedOf(seed: number, words: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of Buffer.from(words)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
