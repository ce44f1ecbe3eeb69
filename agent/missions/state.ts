import type { BodyEvent, Initiator } from '../../hal/robot-body.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { MachineState } from '../kernel/machine.ts';
import type { Outbox, Sizes } from './outbox.ts';

export interface MissionsConfig {
  readonly robot: RobotId;
  readonly progressMs: number;
  readonly reportsMax: number;
  readonly reportBytesMax: number;
  /** First and longest pause between two sendings of what is not confirmed. */
  readonly resendMs: number;
  readonly resendMsMax: number;
}

export interface Row {
  readonly epoch: string;
  readonly nextN: number;
  readonly open: {
    readonly missionId: string;
    readonly body: string;
    readonly started: Stamp;
    readonly initiator: Initiator;
  } | null;
  /** Body missions already ended here, newest last; more than a body keeps (16). */
  readonly known: readonly string[];
  /** Documents that a bound threw away before the cloud had them. */
  readonly dropped: number;
}

/** A report that the cloud has asked for again. */
export interface Wanted {
  /** When it was last sent because the cloud asked, and how often before. */
  readonly sentMs: number;
  readonly times: number;
  /** The cloud has not answered yet. */
  readonly isOpen: boolean;
}

export interface MissionsState extends MachineState {
  readonly row: Row;
  readonly items: Outbox;
  /** A memory of what was measured: it says nothing that the documents do not. */
  readonly sizes: Sizes;
  readonly linkUp: boolean;
  /** Events of missions that are not known yet. */
  readonly events: readonly BodyEvent[];
  readonly revision: number;
  readonly resends: number;
  /** By mission id, of what was sent lately on this connection: monotonic ms of when. */
  readonly sentMs: ReadonlyMap<string, number>;
  /** Documents that are not packed with others: a list of them has ended the connection. */
  readonly alone: ReadonlySet<string>;
  /** By mission id: what the cloud has asked for again. */
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** Messages with an id conflict since the cloud last accepted something. */
  readonly conflicts: number;
  readonly progress: { readonly monoMs: number; readonly phase: string } | null;
}

export const knownMax = 20;
/** As many ended missions as a body keeps; it has no older one's map. */
export const bodyEndedMax = 16;
export const resendTimer = 'missions/resend';
export const progressTimer = 'missions/progress';
