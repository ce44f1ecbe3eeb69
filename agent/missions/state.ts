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
  /** First and longest delay between two sendings of unconfirmed documents. */
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
  /** Documents that a bound dropped before the cloud had them. */
  readonly dropped: number;
}

/** A report that the cloud has requested again. */
export interface RequestedReport {
  /** When it was last sent because the cloud requested it, and how often before. */
  readonly sentMs: number;
  readonly times: number;
  /** The cloud has not answered yet. */
  readonly isOpen: boolean;
}

export interface MissionsState extends MachineState {
  readonly row: Row;
  readonly items: Outbox;
  /** A cache of measured sizes, derived from the documents. */
  readonly sizes: Sizes;
  readonly linkUp: boolean;
  /** Events of missions that are not known yet. */
  readonly events: readonly BodyEvent[];
  readonly revision: number;
  readonly resends: number;
  /** Documents sent recently on this connection, by mission id: monotonic ms of the sending. */
  readonly sentMs: ReadonlyMap<string, number>;
  /** Documents that are sent alone: a list with them has ended the connection. */
  readonly alone: ReadonlySet<string>;
  /** Reports that the cloud has requested again, by mission id. */
  readonly requested: ReadonlyMap<string, RequestedReport>;
  /** Messages with an id conflict since the cloud last accepted a document. */
  readonly conflicts: number;
  readonly progress: { readonly monoMs: number; readonly phase: string } | null;
}

export const knownMax = 20;
/** As many ended missions as a body keeps; it has no map of an older one. */
export const bodyEndedMax = 16;
export const resendTimer = 'missions/resend';
export const gatherTimer = 'missions/gather';
export const progressTimer = 'missions/progress';
