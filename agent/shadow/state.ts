import type { BodySettings } from '../../hal/robot-body.ts';
import type { Reported, Settings } from '../../protocol/schemas/settings.ts';
import type { RobotId } from '../../protocol/topics.ts';
import { type MachineState, type Moment, retryDelayMs } from '../kernel/machine.ts';
import { type Bucket, fullBucket } from '../publish/token-bucket.ts';

export interface ShadowConfig {
  readonly robot: RobotId;
  readonly enabled: boolean;
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/**
 * Durable: the desired values that the body was last seen to hold. They distinguish an owner's change from a pending
 * value.
 */
export interface Row {
  readonly applied: Settings;
}

export interface ShadowState extends MachineState {
  readonly row: Row | null;
  readonly linkUp: boolean;
  /** The shadow was received (or is absent) on this connection. */
  readonly got: boolean;
  readonly requests: number;
  /** The newest version of a document or delta: older ones are late. */
  readonly version: number;
  /**
   * All changes up to this version are known. A desired value is withdrawn only in this version, so that none gets
   * lost.
   */
  readonly covered: number;
  /** The highest version received. */
  readonly highest: number;
  readonly desired: Settings;
  /** Desired values that could not be parsed, with the reason. */
  readonly unreadable: Readonly<Record<string, string>>;
  /** The body's settings; `null` until the first poll. */
  readonly actual: BodySettings | null;
  /** Settings that were requested without an answer: the body's values are unknown until the next poll. */
  readonly doubted: Settings;
  /** Rejected values by name, with the reason. */
  readonly refused: Readonly<Record<string, { readonly value: unknown; readonly reason: string }>>;
  readonly agent: Reported['agent'];
  /**
   * The report that the cloud is known to hold, in canonical form, and its names of rejected values and of settings.
   */
  readonly reportedText: string | null;
  readonly reportedRefused: readonly string[];
  readonly reportedSettings: readonly string[];
  readonly pending: (SentReport & { readonly token: string; readonly clears: Settings }) | null;
  /** The settings that are being requested from the body. */
  readonly configuring: Settings | null;
  /** Requests to the body since there was last no difference. */
  readonly tries: number;
  /** Consecutive requests without an answer. */
  readonly timeouts: number;
  /** Remaining budget of requests to the body and of reports to the cloud. */
  readonly configureBudget: Bucket;
  readonly reportBudget: Bucket;
  /** Remaining budget of gets for a reason. */
  readonly getBudget: Bucket;
}

const requestsPerHour = 6;
const requestsBurst = 3;
export const fullRequestBudget = (nowMs: number): Bucket =>
  fullBucket({ perS: requestsPerHour / 3600, burst: requestsBurst }, nowMs);

/** A cloud whose desired values keep changing must neither wear out the body's memory nor run up a bill. */
export const fullBudget = (nowMs: number): Bucket =>
  fullBucket({ perS: budgetPerHour / 3600, burst: budgetBurst }, nowMs);
const budgetPerHour = 60;
const budgetBurst = 20;

export type SentReport = Pick<ShadowState, 'reportedRefused' | 'reportedSettings'> & {
  readonly reportedText: string;
};

export const getTimer = 'shadow/get';
export const gapTimer = 'shadow/gap';
export const reportTimer = 'shadow/report';
export const configureTimer = 'shadow/configure';

/** Timeout of the answer to the request with this number. */
export const answerTimeoutMs = (
  config: ShadowConfig,
  requests: number,
  { random }: Moment,
): number => retryDelayMs(requests, random, { baseMs: config.retryMs, capMs: config.retryMsMax });
