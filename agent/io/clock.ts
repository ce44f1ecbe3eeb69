import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { earliestMs } from '../../protocol/time.ts';
import type { Entropy, Time } from '../ports.ts';

/**
 * Time from the machine's clock until the cloud's time is known, and from the cloud's since then, carried on by the
 * monotonic clock: a jump of the wall clock changes no stamp.
 */
export function createTime(clock: Clock): Time {
  let synced: { cloudMs: number; monoMs: number } | undefined;
  return {
    now() {
      const monoMs = Math.round(clock.monoMs());
      if (synced !== undefined) {
        const wallMs = synced.cloudMs + monoMs - synced.monoMs;
        return { wallMs, quality: 'synced', monoMs };
      }
      const wallMs = Math.max(0, Math.round(clock.wallMs()));
      return { wallMs, quality: wallMs >= earliestMs ? 'floor' : 'unset', monoMs };
    },
    after: (ms, action) => clock.after(ms, action),
    sync(cloudMs) {
      synced = { cloudMs, monoMs: Math.round(clock.monoMs()) };
    },
  };
}

export const systemEntropy: Entropy = {
  draw: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  nonce: () => randomBytes(8).toString('hex'),
};
