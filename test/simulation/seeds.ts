import { expect } from 'vitest';
import { play } from './world/play.ts';
import { drawScenario } from './world/scenario.ts';

type Counts = Record<string, number>;

/** All kinds of faults: a run without one of them would prove less than it claims. */
const faults = [
  ...['drop', 'repeat', 'delay', 'corrupt', 'junk', 'refuse', 'mute', 'jam', 'throttle'],
  ...['cut', 'half-open', 'takeover', 'broker-restart', 'cloud-crash', 'block'],
  ...['http refused', 'http denied', 'http busy', 'http slow', 'http truncated'],
  ...['http answer-lost', 'http grant-expired'],
  ...['kill now', 'kill before commit', 'kill after commit', 'kill before a step'],
  ...['kill after a step', 'power-cut now', 'power-cut before commit', 'power-cut after commit'],
  ...['power-cut before a step', 'power-cut after a step'],
  ...[
    'clock',
    'disk-full',
    'store full',
    'disk-fails',
    'board-silent',
    'store-lost',
    'revoke-next',
  ],
  'poison',
];

/** Runs the seeds from `from` to `to`: no invariant is violated, and every kind of fault occurs. */
export async function playSeeds(from: number, to: number): Promise<void> {
  const [injected, seen]: [Counts, Counts] = [{}, {}];
  for (let seed = from; seed <= to; seed++) {
    const outcome = await play(drawScenario(seed));
    expect(outcome.violations, `seed ${seed}`).toEqual([]);
    add(injected, outcome.faults);
    add(seen, outcome.seen);
  }
  expect(faults.filter((kind) => !injected[kind])).toEqual([]);
  const lived = to - from + 1;
  const often = ['missions', 'maps', 'commands', 'settings', 'kills', 'boots'];
  expect(often.filter((kind) => (seen[kind] ?? 0) < lived / 2)).toEqual([]);
  const seldom = ['updates confirmed', 'renewals', 'power cuts'];
  expect(seen['safe modes'] ?? 0).toBeGreaterThan(0);
  expect(seldom.filter((kind) => (seen[kind] ?? 0) < lived / 10)).toEqual([]);
}

function add(sum: Counts, more: Readonly<Counts>): void {
  for (const [kind, count] of Object.entries(more)) sum[kind] = (sum[kind] ?? 0) + count;
}
