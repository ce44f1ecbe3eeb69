import { type Bucket, fullBucket, taken, waitMs } from '../publish/token-bucket.ts';

/**
 * How many commands are taken and how many known outcomes answered again. A command costs two writes and a message, so
 * a cloud that sends new ones without end, or one again whenever it is answered, must be held back; `stop` and `dock`
 * have a share of their own.
 */
export interface CommandPace {
  readonly takes: Bucket;
  readonly urgent: Bucket;
  readonly answers: Bucket;
}

const perHour = (rate: number, burst: number, nowMs: number): Bucket =>
  fullBucket({ perS: rate / 3600, burst }, nowMs);

export const fullCommandPace = (nowMs: number): CommandPace => ({
  takes: perHour(60, 128, nowMs),
  urgent: perHour(30, 16, nowMs),
  answers: perHour(120, 64, nowMs),
});

/** The pace after one more of these, or `undefined` when it is too soon. */
export function spend(
  pace: CommandPace,
  what: keyof CommandPace,
  nowMs: number,
): CommandPace | undefined {
  const bucket = pace[what];
  return waitMs(bucket, 1, nowMs) > 0 ? undefined : { ...pace, [what]: taken(bucket, 1, nowMs) };
}
