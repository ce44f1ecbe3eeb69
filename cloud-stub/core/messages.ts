import type { KeyObject } from 'node:crypto';
import type { RefusalCode } from '../../protocol/codes.ts';
import type { Grant } from '../../protocol/schemas/maps.ts';
import type { OrderKey } from '../../protocol/schemas/missions.ts';
import type { RobotId } from '../../protocol/topics.ts';

/** What leaves the cloud, and what a message led to. */

/** A message that the cloud publishes. Without `robot` it is an event for the cloud's own subscribers. */
export interface Outbound {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly robot?: RobotId;
  /** Is sent to the robot's connection whether or not it has subscribed (AWS: answers of the jobs service). */
  readonly direct?: true;
}

/** Why something from a robot was rejected. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly missionId?: string;
}

/** A final document that is stored for good, as it is confirmed to its robot. */
export interface Confirmed {
  readonly key: OrderKey;
  /** The grant for its map, while the map is not stored. */
  readonly grant?: Grant;
}

/** Work for an adapter, after the commit: see `createTasks`. */
export type Task = SigningTask | DropTask | TrustTask;

/** The trusted CAs have changed. */
export interface TrustTask {
  readonly kind: 'trust';
}

/** A certificate to be signed by the renewal CA, for the connection that sent the request. */
export interface SigningTask {
  readonly kind: 'sign';
  readonly robot: RobotId;
  readonly publicKey: KeyObject;
  readonly keyHash: string;
  readonly lifeMs: number;
  /**
   * When the requesting certificate began. Without it, a cloud whose clock is years ahead for an hour would replace
   * valid certificates by ones that are valid for nobody until then.
   */
  readonly notBeforeMs: number | undefined;
  /** The connection that sent the request, and its certificate. */
  readonly sessionId: string;
  readonly requestedBy: string;
}

/** AWS's names for why a connection ended. */
export type DisconnectReason =
  | 'API_INITIATED_DISCONNECT'
  | 'AUTH_ERROR'
  | 'CLIENT_INITIATED_DISCONNECT'
  | 'CLIENT_ERROR'
  | 'CONNECTION_LOST'
  | 'DUPLICATE_CLIENTID'
  | 'FORBIDDEN_ACCESS'
  | 'MQTT_KEEP_ALIVE_TIMEOUT'
  | 'SERVER_ERROR'
  | 'SERVER_INITIATED_DISCONNECT';

/** The robot's connection must be closed; with `certificateId` only when it uses this certificate. */
export interface DropTask {
  readonly kind: 'drop';
  readonly robot: RobotId;
  readonly certificateId?: string;
  /** By default AUTH_ERROR. */
  readonly reason?: DisconnectReason;
}

/** What a robot's message led to, besides what the unit of work emits. */
export interface Handled {
  readonly refusals: readonly Refusal[];
  /** The message brought something final that was not stored: it belongs in the archive. */
  readonly isFirst?: boolean;
}

export const handled: Handled = { refusals: [] };

export const refusedBy = ({ code, message }: Refusal): Handled => ({
  refusals: [{ code, message }],
});

export const seconds = (ms: number): number => Math.floor(ms / 1000);

const encoder = new TextEncoder();
/** A JSON message that is not one of our own schemas (AWS's services, events). */
export const jsonPayload = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
