import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keySigner } from '../../base/x509/algorithms.ts';
import { renewalCa } from '../../cloud-stub/renewal-ca.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { smallRoom } from './renewal/board.ts';
import { renewals } from './renewal/renewal-scenario.ts';

const seeds = 30;

describe('the small world', () => {
  it(`${seeds} seeds: a robot that renews has a pair that the cloud takes at every moment`, async () => {
    const terrain = smallRoom();
    const { certificatePem, privateKey } = await mintCa('Renewal CA');
    const signer = keySigner(privateKey);
    const ca = renewalCa({ certificatePem, signer, random: randomBytes });
    const seen = { renewals: 0, kills: 0, dropped: 0, cuts: 0, muted: 0, refused: 0 };
    for (let seed = 1; seed <= seeds; seed++) {
      const { world, violations } = await renewals(seed, terrain, ca);
      expect(violations, `seed ${seed}`).toEqual([]);
      seen.renewals += world.pairs.used.length - 1;
      seen.kills += world.kills;
      seen.dropped += world.network.counts.dropped;
      seen.cuts += world.network.counts.cuts;
      seen.muted += world.network.counts.muted;
      seen.refused += world.network.counts.refused;
    }
    // The world must really have been rough, or the invariants hold for no reason.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(seeds);
  });
});
