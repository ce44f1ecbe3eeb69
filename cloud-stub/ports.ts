import type { KeyObject } from 'node:crypto';
import type { Log } from '../base/log.ts';
import type { RefusalCode } from '../protocol/codes.ts';
import type { Grant } from '../protocol/schemas/maps.ts';
import type { OrderKey } from '../protocol/schemas/missions.ts';
import type { RobotId } from '../protocol/topics.ts';
import type { Rows, Table } from './rows.ts';

/**
 * The store of the cloud's rows. Synchronous, so that a request is one transaction without interleaving. A returned
 * value is the caller's own copy: changing it changes nothing stored.
 */
export interface CloudStore {
  /** Runs `work` and makes its writes durable before it returns; a throw undoes them all. Not nestable. */
  transaction<T>(work: () => T): T;
  get<K extends Table>(table: K, key: string): Rows[K] | undefined;
  put<K extends Table>(table: K, key: string, value: Rows[K]): void;
  remove(table: Table, key: string): void;
  /** The rows whose key begins with `prefix`, ordered by key. */
  list<K extends Table>(table: K, prefix?: string): Row<Rows[K]>[];
  /** The first `max` rows whose key is below `end`, ordered by key: what is due in an index by time. */
  listBefore<K extends Table>(table: K, end: string, max: number): Row<Rows[K]>[];
  close(): void;
}

export interface Row<T> {
  readonly key: string;
  readonly value: T;
}

/** Random bytes as lower-case hex. */
export type Entropy = (bytes: number) => string;

/** A message that the cloud publishes. Without `robot` it is an event for the cloud's own subscribers. */
export interface Outbound {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly robot?: RobotId;
  /** Is sent to the robot's connection whether or not it has subscribed (AWS: answers of the jobs service). */
  readonly direct?: true;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface CloudConfig {
  /** The object store as robots reach it: `https://host:port`, without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** How long a map's grant is valid. */
  readonly grantExpiresS: number;
  /** Levels of objects and arrays in one section of a shadow. AWS documents 5, 6 and 8 in different places. */
  readonly shadowDepthMax: number;
  readonly shadowBytesMax: number;
  /** Delays between sends of one command; the last one repeats. */
  readonly commandPausesMs: readonly number[];
  /** A connection this old is assumed to have subscribed: waiting commands are sent again. */
  readonly presenceStableMs: number;
  /** How long a gap in a robot's mission numbers stays before it is requested. */
  readonly gapRequestAfterMs: number;
  /** How long confirmations to one robot gather; 0 sends each at once. */
  readonly confirmWindowMs: number;
  /** The CA that signs renewed certificates, by its certificate's id. Without it there is no renewal. */
  readonly renewalCaId?: string;
  /** The provisioning template that activates a renewed certificate. */
  readonly renewalTemplate: string;
  /** Lifetime of a renewed certificate. */
  readonly renewalLifeMs: number;
  /** Lifetime of an ownership token, and of a certificate whose token was not used. */
  readonly tokenLifeMs: number;
  /** The most ownership tokens that one robot may hold. */
  readonly tokensMax: number;
  /** The most certificates that are made for one robot within an hour. */
  readonly certificatesPerHourMax: number;
  /** How long a superseded certificate stays valid, from the first connection of the new one. */
  readonly retireAfterMs: number;
  /** What makes a new factory certificate ACTIVE: the handler of its event, or an operator. */
  readonly activation: 'auto' | 'hand';
}

export const cloudDefaults = {
  region: 'us-east-1',
  grantExpiresS: 900,
  shadowDepthMax: 6,
  shadowBytesMax: 8 * 1024,
  commandPausesMs: [5_000, 10_000, 20_000, 40_000, 60_000],
  presenceStableMs: 1_000,
  gapRequestAfterMs: 600_000,
  confirmWindowMs: 200,
  renewalTemplate: 'pilotfish',
  renewalLifeMs: 10 * 365 * 24 * 3_600_000,
  tokenLifeMs: 3_600_000,
  tokensMax: 4,
  certificatesPerHourMax: 10,
  retireAfterMs: 24 * 3_600_000,
  activation: 'auto',
} as const satisfies Partial<CloudConfig>;

/** What a service works with in one request. */
export interface Context {
  readonly store: CloudStore;
  readonly nowMs: number;
  readonly entropy: Entropy;
  readonly config: CloudConfig;
  readonly log: Log;
  /** The message comes from the archive: what is known already changes nothing, not even a count. */
  readonly replaying?: true;
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

/** What a robot's message led to. */
export interface Handled {
  readonly outbound: readonly Outbound[];
  readonly refusals: readonly Refusal[];
  /** What is stored for good once the transaction is committed, to be confirmed to the robot. */
  readonly confirmed?: readonly Confirmed[];
  /** The message brought something final that was not stored: it belongs in the archive. */
  readonly isFirst?: boolean;
  /** What an adapter must do before there is an answer. */
  readonly task?: SigningTask;
}

export const handled = (outbound: readonly Outbound[]): Handled => ({ outbound, refusals: [] });

export const refusedBy = ({ code, message }: Refusal): Handled => ({
  outbound: [],
  refusals: [{ code, message }],
});

export const seconds = (ms: number): number => Math.floor(ms / 1000);

const encoder = new TextEncoder();
/** A JSON message that is not one of our own schemas (AWS's services, events). */
export const jsonPayload = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
