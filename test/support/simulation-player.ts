import type { Task } from '../simulation/task.ts';

/** A player's process without a world: what becomes of a seed is in its number. */
process.on('disconnect', () => process.exit(0));
process.on('message', (task: Task) => {
  const seed = 'seed' in task ? task.seed : task.plan.seed;
  if (seed === 2) throw new Error('a bug in seed 2');
  if (seed === 3) for (;;);
  if (seed === 4) process.exit(7);
  const played = { violations: [], virtualMs: seed, faults: {}, seen: {}, wallMs: 0, trace: [] };
  process.send?.(played);
});
process.send?.({ ready: true });
