import type { RobotId } from '../protocol/topics.ts';

/** The rows of things and their groups. */

export interface ThingRow {
  thingName: RobotId;
  thingId: string;
  createdMs: number;
  attributes?: Readonly<Record<string, string>>;
  /** Counts the operators' changes; absent: 1. */
  version?: number;
  /** The ids of its certificates in the order in which they became its own (AWS: ListThingPrincipals). */
  principals?: string[];
}

export interface ThingGroupRow {
  groupName: string;
  groupId: string;
  description?: string;
  attributes: Readonly<Record<string, string>>;
  version: number;
  createdMs: number;
}

/** A CONTINUOUS job in progress that follows the group. */
export interface GroupJobRow {
  jobId: string;
}

export interface MembershipRow {
  sinceMs: number;
}
