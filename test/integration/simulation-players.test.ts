import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPlayer } from '../simulation/players.ts';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'test/support/simulation-player.ts');
const env = {};

describe('a player process', () => {
  it('reports a seed that crashed, hung or ended it, and plays the next one', async () => {
    using player = createPlayer({ env, program, hangMs: 2000 });
    const found = [];
    for (const seed of [1, 2, 1, 3, 4, 5]) {
      const { violations, virtualMs } = await player.play({ seed });
      found.push(violations[0]?.invariant ?? virtualMs);
    }
    expect(found).toEqual([1, 'crash', 1, 'hang', 'crash', 5]);
  });

  it('reports the message of a crash', async () => {
    using player = createPlayer({ env, program });
    const [crash] = (await player.play({ seed: 2 })).violations;
    expect(crash?.detail).toContain('Error: a bug in seed 2');
    const [end] = (await player.play({ seed: 4 })).violations;
    expect(end?.detail).toBe('ended: 7');
  });

  it('ends when it is stopped, at any moment', async () => {
    const stop = new AbortController();
    using player = createPlayer({ env, program, signal: stop.signal });
    await player.play({ seed: 1 });
    const endless = player.play({ seed: 3 });
    stop.abort();
    expect((await endless).violations).toEqual([{ invariant: 'crash', detail: 'ended: SIGKILL' }]);
  });

  it('does not play a seeded fault as if it were active when it is not', async () => {
    // This program loads nothing of the product.
    using player = createPlayer({ env, program, seededFault: 'order-by-revision-alone' });
    await expect(player.play({ seed: 1 })).rejects.toThrow('was not seeded');
  });

  it('explains why it could not start', async () => {
    using player = createPlayer({ env, seededFault: 'no-such-bug' });
    await expect(player.play({ seed: 1 })).rejects.toThrow('names no seeded fault: no-such-bug');
  });
});
