import type { BodySettings } from '../../hal/robot-body.ts';
import type { Reported, Settings } from '../../protocol/schemas/settings.ts';
import type { RobotId } from '../../protocol/topics.ts';
import { type MachineState, type Moment, retryDelayMs } from '../kernel/machine.ts';
import { type Bucket, fullBucket } from '../publish/token-bucket.ts';

export interface ShadowConfig {
  readonly robot: RobotId;
  readonly enabled: boolean;
  readonly askMs: number;
  readonly retryMsMax: number;
}

/** Durable: which wish the body was last seen to hold, by name. It tells an owner's change from a wish not yet applied. */
export interface Row {
  readonly applied: Settings;
}

export interface ShadowState extends MachineState {
  readonly row: Row | null;
  readonly linkUp: boolean;
  /** The shadow was got (or found absent) on this connection. */
  readonly got: boolean;
  readonly asked: number;
  /** The newest version of a document or delta: what is older comes late. */
  readonly version: number;
  /**
   * Of all changes up to this version it is known what they mean for this robot. A wish is taken back only in that one,
   * so that none gets lost.
   */
  readonly covered: number;
  /** The highest version that was heard of. */
  readonly heard: number;
  readonly desired: Settings;
  /** Wishes that could not be read, with the reason. */
  readonly unreadable: Readonly<Record<string, string>>;
  /** As the body holds them; `null` until it was seen. */
  readonly actual: BodySettings | null;
  /** Settings that the body was asked for without an answer: what it holds of them is not known until it is seen. */
  readonly doubted: Settings;
  /** Refused values by name, with the reason. */
  readonly refused: Readonly<Record<string, { readonly value: unknown; readonly reason: string }>>;
  readonly agent: Reported['agent'];
  /** The report that the cloud is known to hold, in canonical form, and the names it holds as refused and as settings. */
  readonly told: string | null;
  readonly reportedRefused: readonly string[];
  readonly reportedSettings: readonly string[];
  readonly pending: (Told & { readonly token: string; readonly clears: Settings }) | null;
  /** What the body is being asked to take over. */
  readonly configuring: Settings | null;
  /** How often the body was asked since the last time that nothing was to be asked. */
  readonly tries: number;
  /** How often in a row it did not answer. */
  readonly timeouts: number;
  /** How often the body may still be asked, and the cloud be told. */
  readonly configures: Bucket;
  readonly tells: Bucket;
  /** How often the shadow may still be looked at for a reason. */
  readonly looks: Bucket;
}

const pollsPerHour = 6;
const pollsBurst = 3;
export const fullPolls = (nowMs: number): Bucket =>
  fullBucket({ perS: pollsPerHour / 3600, burst: pollsBurst }, nowMs);

/** A cloud whose wishes or records never stand still must not wear out the body's memory, nor run up a bill. */
export const fullPace = (nowMs: number): Bucket =>
  fullBucket({ perS: pacePerHour / 3600, burst: paceBurst }, nowMs);
const pacePerHour = 60;
const paceBurst = 20;

export type Told = Pick<ShadowState, 'reportedRefused' | 'reportedSettings'> & {
  readonly told: string;
};

export const getTimer = 'shadow/get';
export const gapTimer = 'shadow/gap';
export const reportTimer = 'shadow/tell';
export const configureTimer = 'shadow/configure';

/** How long to wait for an answer to the `asked`th asking. */
export const pause = (config: ShadowConfig, asked: number, { random }: Moment): number =>
  retryDelayMs(asked, random, { baseMs: config.askMs, capMs: config.retryMsMax });
