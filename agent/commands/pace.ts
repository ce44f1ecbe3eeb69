import { type Bucket, fullBucket, takeTokens, waitMs } from '../publish/token-bucket.ts';

/**
 * Limits how many commands are accepted and how many known outcomes are answered again. A command costs two writes and
 * a message, so a cloud that sends new ones without end, or repeats one after every answer, must be slowed down. `stop`
 * and `dock` have a separate limit.
 */
export interface CommandPace {
  readonly starts: Bucket;
  readonly urgent: Bucket;
  readonly answers: Bucket;
}

const perHour = (rate: number, burst: number, nowMs: number): Bucket =>
  fullBucket({ perS: rate / 3600, burst }, nowMs);

export const fullCommandPace = (nowMs: number): CommandPace => ({
  starts: perHour(60, 128, nowMs),
  urgent: perHour(30, 16, nowMs),
  answers: perHour(120, 64, nowMs),
});

/** The pace after one more of these, or `undefined` when it is too soon. */
export function spendBudget(
  pace: CommandPace,
  what: keyof CommandPace,
  nowMs: number,
): CommandPace | undefined {
  const bucket = pace[what];
  return waitMs(bucket, 1, nowMs) > 0
    ? undefined
    : { ...pace, [what]: takeTokens(bucket, 1, nowMs) };
}
