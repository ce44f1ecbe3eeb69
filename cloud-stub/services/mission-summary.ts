import type { RobotId } from '../../protocol/topics.ts';
import type { LedgerRow, MissionRow } from '../rows.ts';
import { type Gap, gapsIn } from './mission-gaps.ts';

/** What the cloud received of a robot's missions, in numbers. */
export interface MissionSummary {
  readonly robot: RobotId;
  readonly open: number;
  readonly ended: number;
  readonly orphaned: number;
  /** Documents that arrived, and those of them that changed nothing. */
  readonly received: number;
  readonly duplicates: number;
  readonly stale: number;
  readonly conflicts: number;
  /** Ids under which missions were re-reported after the robot had lost its store. */
  readonly reReported: number;
  /** Numbers that never arrived while a higher one did, and their count. */
  readonly gaps: readonly Gap[];
  readonly missing: number;
  /** The number of documents that the robot reports as dropped by one of its bounds. */
  readonly dropped: number;
}

export function summaryOf(
  robot: RobotId,
  rows: readonly MissionRow[],
  ledger: LedgerRow | undefined,
): MissionSummary {
  const having = (status: MissionRow['status']) =>
    rows.filter((row) => row.status === status).length;
  const sum = (name: keyof MissionRow['counts']) =>
    rows.reduce((total, { counts }) => total + (counts[name] ?? 0), 0);
  const gaps = (ledger?.epochs ?? []).flatMap(gapsIn);
  return {
    robot,
    open: having('open'),
    ended: having('ended'),
    orphaned: having('orphaned'),
    received: sum('received'),
    duplicates: sum('duplicates'),
    stale: sum('stale'),
    conflicts: sum('conflicts'),
    reReported: sum('reReported'),
    gaps,
    missing: gaps.reduce((total, { from, to }) => total + to - from + 1, 0),
    dropped: ledger?.dropped ?? 0,
  };
}
