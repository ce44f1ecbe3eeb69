/**
 * A token bucket. It holds at most `burst` tokens and gains `perS` of them a second. A caller that takes more than
 * there are leaves a debt, which later callers wait for. So no message is too large, and the rate holds in the long
 * run.
 */
export interface Bucket {
  readonly perS: number;
  readonly burst: number;
  readonly tokens: number;
  /** Monotonic ms of this count. */
  readonly atMs: number;
}

export const fullBucket = (
  { perS, burst }: { perS: number; burst: number },
  nowMs: number,
): Bucket => ({ perS, burst, tokens: burst, atMs: nowMs });

const refill = (bucket: Bucket, nowMs: number): Bucket => {
  const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * bucket.perS;
  return { ...bucket, tokens: Math.min(bucket.burst, bucket.tokens + gained), atMs: nowMs };
};

/** Delay until `cost` may be taken, in ms; 0: now. */
export function waitMs(bucket: Bucket, cost: number, nowMs: number): number {
  const { tokens, burst, perS } = refill(bucket, nowMs);
  const missing = Math.min(cost, burst) - tokens;
  return missing <= 0 ? 0 : Math.ceil((missing / perS) * 1000);
}

/** The bucket without `cost`; call it only when no delay is left. */
export function takeTokens(bucket: Bucket, cost: number, nowMs: number): Bucket {
  const now = refill(bucket, nowMs);
  return { ...now, tokens: now.tokens - cost };
}
