import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { carried, earliestMs } from '../../protocol/time.ts';
import type { Entropy, Time } from '../kernel/ports.ts';
import { latestOf, noEvidence, proveTime, receiveTime } from './latest.ts';

/**
 * Time from the machine's clock until the cloud's time is known, and from the cloud's since then, carried on by the
 * monotonic clock: a jump of the wall clock changes no stamp.
 */
export function createTime(clock: Clock): Time {
  let evidence = noEvidence;
  let isBoardSynced = false;
  const monoNow = () => Math.round(clock.monoMs());
  const boardNow = () => Math.max(0, Math.round(clock.wallMs()));
  return {
    now() {
      const monoMs = monoNow();
      const { current } = evidence;
      if (current !== null) return { wallMs: carried(current, monoMs), quality: 'synced', monoMs };
      const wallMs = boardNow();
      return { wallMs, quality: wallMs >= earliestMs ? 'floor' : 'unset', monoMs };
    },
    boardMs: boardNow,
    after: (ms, action) => clock.after(ms, action),
    sync(cloudMs) {
      evidence = receiveTime(evidence, { ms: cloudMs, monoMs: monoNow() });
    },
    prove(ms) {
      evidence = proveTime(evidence, ms, monoNow());
    },
    trustBoard(isSynced) {
      isBoardSynced = isSynced;
    },
    latestMs: () =>
      latestOf(evidence, { monoMs: monoNow(), boardMs: isBoardSynced ? boardNow() : null }),
  };
}

export const systemEntropy: Entropy = {
  random: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  freshId: () => randomBytes(8).toString('hex'),
};
