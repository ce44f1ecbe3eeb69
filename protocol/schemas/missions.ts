import { limits } from '../limits.ts';
import { Amount, Count, Id, MissionId, type Static, Text, Type, Version, Word } from './kit.ts';
import { Grant, MapRef } from './maps.ts';
import { Stamp } from './time.ts';

export const MissionEvent = Type.Object({
  /** Counts within the mission. */
  seq: Count,
  type: Word(['started', 'stuck', 'freed', 'paused', 'recharge', 'resumed', 'error', 'ended']),
  /** Seconds of the body's clock since the start. */
  atS: Amount,
  /** The maker's error code. */
  code: Type.Optional(Type.Integer()),
});
export type MissionEvent = Static<typeof MissionEvent>;

/** The order of a document among the documents of its mission; see `order` in `protocol/missions.ts`. */
export const OrderKey = Type.Object({
  missionId: MissionId,
  ended: Type.Boolean(),
  boot: Count,
  revision: Count,
});
export type OrderKey = Static<typeof OrderKey>;

/** A mission, always complete. Idempotent: the highest order key wins and an ended document is final. */
export const MissionDocument = Type.Object({
  v: Version,
  missionId: MissionId,
  /** The body's own id for the mission: it stays the same after the robot has lost its store and counts from the start. */
  bodyMission: Type.Optional(Id),
  ended: Type.Boolean(),
  boot: Count,
  revision: Count,
  phase: Word(['charge', 'run', 'pause', 'stuck', 'hmMidMsn', 'recharge', 'hmPostMsn', 'stop']),
  /** Only in an ended document. */
  outcome: Type.Optional(Word(['completed', 'stopped', 'stuck', 'interrupted', 'failed'])),
  initiator: Word(['cloud', 'local', 'schedule', 'button']),
  started: Stamp,
  /** When this document was written; in an ended one, when the mission ended. */
  updated: Stamp,
  /** Seconds by the body's own clock, which runs `clockSpeed` times as fast as the wall's. */
  durations: Type.Object({ runS: Amount, pauseS: Amount, chargeS: Amount, clockSpeed: Amount }),
  area: Type.Object({ cleanedM2: Amount, reachableM2: Amount }),
  counters: Type.Object({ stuck: Count, recharges: Count, droppedEvents: Count }),
  batteryPct: Type.Number({ minimum: 0, maximum: 100 }),
  events: Type.Array(MissionEvent, { maxItems: limits.documentEventsMax }),
  map: Type.Optional(MapRef),
});
export type MissionDocument = Static<typeof MissionDocument>;

/** Up. `dropped` counts the documents that storage bounds have ever dropped unconfirmed on this robot. */
export const ReportList = Type.Object({
  v: Version,
  reports: Type.Array(MissionDocument, { minItems: 1, maxItems: limits.reportsPerListMax }),
  dropped: Type.Optional(Count),
});
export type ReportList = Static<typeof ReportList>;

/**
 * Up, where it saves a message: the common part of the documents once, and for each only what differs. Restored
 * (`protocol/report-lists.ts`), each is a `MissionDocument`.
 */
export const SharedReportList = Type.Object({
  v: Type.Literal(2),
  common: Type.Object({}),
  reports: Type.Array(Type.Object({ missionId: MissionId }), {
    minItems: 1,
    maxItems: limits.reportsPerListMax,
  }),
  dropped: Type.Optional(Count),
});
export type SharedReportList = Static<typeof SharedReportList>;

/** Down: stored permanently, with the grants of the maps that are still missing. */
export const ReportsAccepted = Type.Object({
  v: Version,
  accepted: Type.Array(OrderKey, { maxItems: limits.reportsPerListMax }),
  grants: Type.Optional(Type.Array(Grant, { maxItems: limits.reportsPerListMax })),
});
export type ReportsAccepted = Static<typeof ReportsAccepted>;

/** Down: will never be stored in this form. */
export const ReportsRejected = Type.Object({
  v: Version,
  rejected: Type.Array(Type.Object({ missionId: MissionId, code: Text(40), message: Text(200) }), {
    maxItems: limits.reportsPerListMax,
  }),
});
export type ReportsRejected = Static<typeof ReportsRejected>;

/** Down: send the final documents `from` to `to` of this epoch again. */
export const MissionsRequest = Type.Object({
  v: Version,
  epoch: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  from: Count,
  to: Count,
});
export type MissionsRequest = Static<typeof MissionsRequest>;
