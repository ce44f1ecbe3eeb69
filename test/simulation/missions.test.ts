import { describe, expect, it } from 'vitest';
import { smallRoom } from './world/board.ts';
import { play } from './world/scenario.ts';

const seeds = 200;

describe('the small world', () => {
  it(`${seeds} seeds: every ended mission is in the cloud's table exactly once`, async () => {
    const terrain = smallRoom();
    const seen = { missions: 0, kills: 0, dropped: 0, repeated: 0, cuts: 0 };
    for (let seed = 1; seed <= seeds; seed++) {
      const { world, violations } = await play(seed, terrain);
      expect(violations, `seed ${seed}`).toEqual([]);
      seen.missions += world.board.ended.size;
      seen.kills += world.kills;
      seen.dropped += world.network.counts.dropped;
      seen.repeated += world.network.counts.repeated;
      seen.cuts += world.network.counts.cuts;
    }
    // The world must really have been rough, or the invariants hold for no reason.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(seeds);
  });
});
