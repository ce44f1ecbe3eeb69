import type { Command, CommandOutcome } from '../protocol/schemas/commands.ts';
import type { MissionDocument } from '../protocol/schemas/missions.ts';
import type { RobotId } from '../protocol/topics.ts';
import type { AuthorityRow, CertificateMode, RegistrationCodeRow } from './authority-rows.ts';
import type { Checksum } from './checksums.ts';
import type { ExecutionRow, JobRow } from './job-rows.ts';
import type { ConnectionRefusalCode } from './refusal-causes.ts';
import type { GroupJobRow, MembershipRow, ThingGroupRow, ThingRow } from './thing-rows.ts';
import type { TimerRow, TimerTimeRow } from './timer-rows.ts';
import type { UploadPartRow, UploadRow } from './upload-rows.ts';

/** What the cloud stores: one table per kind. A row is plain JSON; times end in `Ms` and count from 1970. */
export interface Rows {
  /** By thing name. */
  things: ThingRow;
  /** By name. */
  thing_groups: ThingGroupRow;
  /** By `group/thing`. */
  group_members: MembershipRow;
  /** By `group/job`. */
  group_jobs: GroupJobRow;
  /** By `thing/group`: the same memberships. */
  memberships: MembershipRow;
  /** By certificate id. */
  certificates: CertificateRow;
  /** By certificate id. */
  authorities: AuthorityRow;
  /** One, by `account`. */
  registration_codes: RegistrationCodeRow;
  /** By thing name. */
  shadows: ShadowRow;
  /** By job id. */
  jobs: JobRow;
  /** By `thing/job`. */
  job_executions: ExecutionRow;
  /** By `due time/kind/id`. */
  timers: TimerRow;
  /** By `kind/id`. */
  timer_times: TimerTimeRow;
  /** By `robot/mission`. */
  missions: MissionRow;
  /** By `robot/body mission`: the row of the mission with this id of the body. */
  body_missions: MissionPointer;
  /** By `robot/mission`: other ids under which a mission was reported. */
  mission_aliases: MissionPointer;
  /** By robot. */
  mission_ledgers: LedgerRow;
  /** By robot: only those with a gap that was not requested yet. */
  gap_requests: GapRequestRow;
  /** By `robot/time-id`: what is not in the archive's files yet. */
  archive_outbox: ArchiveEntry;
  /** By handler: only those that are not up. */
  handlers: HandlerRow;
  /** By `robot/number`: messages that no handler has taken. */
  dead_letters: DeadLetterRow;
  /** By robot. */
  dead_letter_heads: DeadLetterHeadRow;
  /** By object key. */
  objects: ObjectRow;
  /** By upload id. */
  uploads: UploadRow;
  /** By `upload/part number`, of five digits. */
  upload_parts: UploadPartRow;
  /** By `robot/command`. */
  commands: CommandRow;
  /** By `robot/command`: only the commands that are still to be sent. */
  command_sends: CommandSendRow;
  /** By robot. */
  command_clocks: CommandClockRow;
  /** By robot. */
  presence: PresenceRow;
  /** By robot. */
  meters: MeterRow;
  /** By `robot/code`. */
  refusals: RefusalRow;
  /** By robot: only those with a renewal of the last hour. */
  renewals: RenewalRow;
  /** By certificate id: only those that are still to be set INACTIVE. */
  retirements: RetirementRow;
  /** By robot. */
  decommissioned: DecommissionedRow;
  /** By `cause/address`: refused connections whose certificate is not known here. */
  connection_refusals: ConnectionRefusalRow;
}

export type Table = keyof Rows;

/** Every table's name; the type ensures that none is missing. */
const tables: Record<Table, true> = {
  things: true,
  thing_groups: true,
  group_members: true,
  group_jobs: true,
  memberships: true,
  certificates: true,
  authorities: true,
  registration_codes: true,
  shadows: true,
  jobs: true,
  job_executions: true,
  timers: true,
  timer_times: true,
  missions: true,
  body_missions: true,
  mission_aliases: true,
  mission_ledgers: true,
  gap_requests: true,
  archive_outbox: true,
  handlers: true,
  dead_letters: true,
  dead_letter_heads: true,
  objects: true,
  uploads: true,
  upload_parts: true,
  commands: true,
  command_sends: true,
  command_clocks: true,
  presence: true,
  meters: true,
  refusals: true,
  renewals: true,
  retirements: true,
  decommissioned: true,
  connection_refusals: true,
};
export const tableNames = Object.keys(tables) as Table[];

export const certificateStatuses = ['PENDING_ACTIVATION', 'ACTIVE', 'INACTIVE', 'REVOKED'] as const;
export type CertificateStatus = (typeof certificateStatuses)[number];

export interface CertificateRow {
  certificateId: string;
  caCertificateId: string;
  /** The trusted CA above, where that is not the issuer itself. */
  authorityId?: string;
  /** That of its CA; absent: DEFAULT. */
  certificateMode?: CertificateMode;
  status: CertificateStatus;
  commonName: string;
  notBeforeMs: number;
  notAfterMs: number;
  pem: string;
  createdMs: number;
  changedMs: number;
  /** The issuer's common name. */
  issuer?: string;
  /** Made by the renewal CA: its ownership token activates it, not its first connection. */
  renewed?: true;
  /** The renewed certificate that has connected since; this one becomes INACTIVE after a grace period. */
  supersededBy?: string;
  /** An operator has detached it from its thing: it admits nobody until it is attached again. */
  detached?: true;
  /** Why it was refused last, and how often in a row for that reason. */
  lastRefusal?: { code: ConnectionRefusalCode; atMs: number; count: number };
}

/** A value of a shadow section: any JSON except a null. */
export type ShadowValue = string | number | boolean | ShadowValue[] | ShadowNode;
export interface ShadowNode {
  [key: string]: ShadowValue;
}
/** The same tree with `{ timestamp }` (epoch seconds) in place of each leaf. */
export interface ShadowMetadata {
  [key: string]: ShadowMetadata | number | ShadowMetadata[];
}

export interface ShadowRow {
  desired?: ShadowNode;
  reported?: ShadowNode;
  metadata: { desired?: ShadowMetadata; reported?: ShadowMetadata };
  version: number;
  changedMs: number;
  /** Only in the tombstone of a deleted shadow, which keeps the version counting. */
  deletedMs?: number;
}

export interface MissionRow {
  robot: RobotId;
  missionId: string;
  /** `orphaned`: never ended here, and the robot has started a newer mission. */
  status: 'open' | 'ended' | 'orphaned';
  /** The highest document received, exactly as the robot sent it. */
  document: MissionDocument;
  firstSeenMs: number;
  lastSeenMs: number;
  counts: {
    received: number;
    duplicates: number;
    stale: number;
    conflicts: number;
    /** How often it was re-reported, each time under another id: the robot had lost its store. */
    reReported?: number;
  };
  /** These other ids, the newest few. */
  otherIds?: string[];
  map?: MissionMap;
}

export interface MissionPointer {
  /** The id in the row's key. */
  missionId: string;
}

export interface MissionMap {
  /** `deleted`: an operator has deleted the object. */
  state: 'pending' | 'stored' | 'deleted';
  mapId: string;
  size: number;
  sha256: string;
  type: string;
  objectKey: string;
  grants: number;
  storedMs?: number;
  deletedMs?: number;
}

/** What is known of a robot's missions as a whole. */
export interface LedgerRow {
  /** In the order in which they were first seen; the last one is current. */
  epochs: EpochRow[];
  /** Missions whose status is `open`. */
  open: string[];
  /** Missions without an end that are requested from the robot next. */
  unfinished?: string[];
  /** The number of documents that the robot reports as dropped by one of its bounds. */
  dropped: number;
}

export interface EpochRow {
  epoch: string;
  highest: number;
  /** Runs of numbers that have arrived, lowest first; both ends are included. */
  seen?: [from: number, to: number][];
  /** Gaps up to this number were requested. */
  requestedUpTo?: number;
  /** How often the gaps up to a number were requested again. */
  again?: { upTo: number; times: number };
}

export interface GapRequestRow {
  dueMs: number;
  /** The robot's epoch and number when the gap appeared: later gaps are not requested yet. */
  epoch: string;
  upTo: number;
}

/** A robot's message, as it was received. */
export interface ArchiveEntry {
  id: string;
  atMs: number;
  robot: RobotId;
  topic: string;
  /** JSON text. */
  payload: string;
}

export const handlerStates = ['up', 'down', 'failing'] as const;
export type HandlerState = (typeof handlerStates)[number];

export interface HandlerRow {
  state: HandlerState;
  sinceMs: number;
}

export interface DeadLetterRow {
  seq: number;
  atMs: number;
  robot: RobotId;
  topic: string;
  /** JSON text. */
  payload: string;
  /** How often its handler has failed. */
  tries: number;
  /** The last failure; a message without one waits for a handler that is down. */
  error?: string;
}

export interface DeadLetterHeadRow {
  next: number;
}

export interface ObjectRow {
  key: string;
  size: number;
  sha256: string;
  etag: string;
  type: string;
  storedMs: number;
  /** The name of the file with its bytes. Rows of earlier builds have none. */
  file?: string;
  /** Headers to be sent with it, by lower-case name. */
  metadata?: Record<string, string>;
  /** Given at the upload and verified, or calculated. */
  checksum?: Checksum;
}

export interface CommandRow {
  robot: RobotId;
  command: Command;
  /** `lapsed`: expired here without an outcome; a later outcome is still recorded. */
  status: 'sent' | 'lapsed' | 'done' | 'refused' | 'expired' | 'unknown-outcome' | 'unknown';
  /** Why it lapsed early: `superseded` by a later `stop` or `dock`. */
  reason?: 'superseded';
  createdMs: number;
  sends: number;
  outcome?: CommandOutcome;
  outcomeMs?: number;
}

export interface CommandSendRow {
  /** Sends since the robot last connected; sets the next delay. */
  attempt: number;
}

/** When the newest command was issued: the next one is issued later, even if the clock was set back. */
export interface CommandClockRow {
  issuedMs: number;
}

export interface PresenceRow {
  state: 'connected' | 'disconnected';
  sinceMs: number;
  /** The connection's number, the same for its two events. */
  version: number;
  sessionId: string;
  certificateId: string;
  ipAddress?: string;
  reason?: string;
}

export interface MeterRow {
  connects: number;
  /** SUBSCRIBE packets; one is metered like a message. */
  subscribes: number;
  messagesIn: number;
  bytesIn: number;
  messagesOut: number;
  bytesOut: number;
  /** Own messages both ways, payload and topic in steps of 5 KB, as AWS IoT Core meters them; Basic Ingest is free. */
  units: number;
  /** Of these, the ones that were delivered to the robot. */
  unitsDown: number;
  /** Device shadow requests in steps of 1 KB. */
  shadowUnits: number;
  jobsRequests: number;
}

export interface RenewalRow {
  tokens: OwnershipToken[];
  /** When certificates were requested, within the last hour. */
  createdMs: number[];
}

export interface OwnershipToken {
  /** SHA-256 of the token. */
  hash: string;
  certificateId: string;
  /** SHA-256 of the certificate's public key. */
  keyHash: string;
  /** The certificate of the connection that sent the request. */
  requestedBy: string;
  expiresMs: number;
  usedMs?: number;
}

export interface RetirementRow {
  robot: RobotId;
  by: string;
  dueMs: number;
}

export interface DecommissionedRow {
  atMs: number;
}

export interface ConnectionRefusalRow {
  code: ConnectionRefusalCode;
  address: string;
  count: number;
  firstMs: number;
  lastMs: number;
  /** That of the last refused connection. */
  commonName?: string;
  issuer?: string;
  detail?: string;
}

export interface RefusalRow {
  count: number;
  firstMs: number;
  lastMs: number;
  lastMessage: string;
}
