import type { RobotId } from '../../protocol/topics.ts';
import type { LedgerRow, MissionRow } from '../rows.ts';
import { type Gap, gapsIn } from './mission-gaps.ts';

/** What the cloud saw of a robot's missions, in numbers. */
export interface MissionSummary {
  readonly robot: RobotId;
  readonly open: number;
  readonly ended: number;
  readonly orphaned: number;
  /** Documents that came, and those of them that changed nothing. */
  readonly received: number;
  readonly duplicates: number;
  readonly stale: number;
  readonly conflicts: number;
  /** Ids under which missions came again after the robot had lost its store. */
  readonly reReported: number;
  /** Numbers that never came while a higher one did, and how many they are. */
  readonly gaps: readonly Gap[];
  readonly missing: number;
  /** Documents that the robot says a bound of its own threw away. */
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
