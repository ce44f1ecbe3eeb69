import type { Task } from '../simulation/task.ts';

/** A player's process without a world: the outcome of a seed follows from its number. */
const pretended = process.env['PRETENDED_FAULT'];
const isSeeded = pretended !== undefined && process.env['PILOTFISH_SEEDED_FAULT'] === pretended;
process.on('disconnect', () => process.exit(0));
process.on('message', (task: Task) => {
  const seed = 'seed' in task ? task.seed : task.scenario.seed;
  if (seed === 2) throw new Error('a bug in seed 2');
  if (seed === 3) for (;;);
  if (seed === 4) process.exit(7);
  const isFound = seed === 5 && isSeeded;
  const violations = isFound ? [{ invariant: '1', detail: 'found' }] : [];
  const played = { violations, virtualMs: seed, faults: {}, seen: {}, wallMs: 0, trace: [] };
  process.send?.(played);
});
if (pretended !== undefined) process.send?.({ seeded: pretended });
process.send?.({ ready: true });
