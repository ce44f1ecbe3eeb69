import { encode } from '../../protocol/codec.ts';
import { splitMissionId } from '../../protocol/missions.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { EpochRow, GapRequestRow, LedgerRow } from '../rows.ts';
import { missionKey } from './mission-identity.ts';
import { isConnected } from './presence.ts';
import { setTimer } from './timers.ts';

/**
 * Theory of operation. A robot counts its missions from 1 in each epoch. A number that never arrived, while a higher
 * one did, is a gap: its report is on its way, waits for its map, or was dropped by a bound on the robot. A gap that
 * stays for `gapRequestAfterMs` is requested by `missions/request`, and the robot answers from its history. A robot
 * sends its pending reports without a request; the request helps where a cloud was restored from a backup. A request
 * may be lost with its connection, and a robot that has nothing more to report does not answer. So each gap is
 * requested once in a connection, and in three connections at most.
 *
 * A mission without an end is requested like a gap: when a newer one arrives (it is orphaned), and when the robot
 * connects and reports nothing of it. The robot answers if it has the end and treats it as confirmed, because this
 * cloud was restored from a backup or another cloud had confirmed it.
 *
 * `gap_requests` holds the robots with a gap that was not requested yet. Its timer runs while the robot is connected. Gaps up to
 * `requestedUpTo` were requested; below that no new gap can appear.
 */

export interface Gap {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

/** How often a gap is requested after the first time. */
const againMax = 2;
/** Runs of numbers kept for an epoch. Beyond it the lowest gap is dropped. */
const runsMax = 32;
/** Messages at a time for one robot. */
const requestsMax = 4;
/** Missions without an end to be requested from one robot; of more the newest are kept. */
const unfinishedMax = 16;

/** Records that a mission with this number has arrived. */
export function noteNumber(entry: EpochRow, n: number): void {
  const runs = [...runsOf(entry), [n, n] as const].sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of runs) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  const [first, second] = joined;
  if (joined.length > runsMax && first && second) joined.splice(0, 2, [first[0], second[1]]);
  entry.seen = joined;
  entry.highest = Math.max(entry.highest, n);
}

/** An epoch from before runs were stored counts as complete. */
const runsOf = ({ seen, highest }: EpochRow): readonly (readonly [number, number])[] =>
  seen ?? [[1, highest]];

/** The numbers of an epoch that never arrived, lowest first. */
export function gapsIn(entry: EpochRow): Gap[] {
  let next = 1;
  return runsOf(entry).flatMap(([from, to]) => {
    const gap = { epoch: entry.epoch, from: next, to: from - 1 };
    next = to + 1;
    return gap.from <= gap.to ? [gap] : [];
  });
}

const unrequestedGaps = (entry: EpochRow): Gap[] =>
  gapsIn(entry).filter(({ to }) => to > (entry.requestedUpTo ?? 0));

const unfinishedOf = ({ unfinished = [] }: LedgerRow): readonly string[] => unfinished;

/** Records missions without an end; `watchGaps` schedules the request. */
export function noteUnfinished(ledger: LedgerRow, missionIds: readonly string[]): void {
  const all = new Set([...unfinishedOf(ledger), ...missionIds]);
  ledger.unfinished = [...all].slice(-unfinishedMax);
}

/** Schedules a later request to the robot when there is a gap or a mission without an end. */
export function watchGaps(ctx: Context, robot: RobotId, ledger: LedgerRow): void {
  const current = ledger.epochs.at(-1);
  const isComplete = !ledger.epochs.some((entry) => unrequestedGaps(entry).length > 0);
  if (current === undefined || (isComplete && unfinishedOf(ledger).length === 0)) return;
  if (ctx.store.get('gap_requests', robot) !== undefined) return;
  const dueMs = ctx.nowMs + ctx.config.gapRequestAfterMs;
  ctx.store.put('gap_requests', robot, { dueMs, epoch: current.epoch, upTo: current.highest });
  setTimer(ctx, { kind: 'gaps', id: robot }, dueMs);
}

/** Requests the gaps that have stayed from the robot, when it is connected. */
export function requestGaps(ctx: Context, robot: RobotId): void {
  const due = ctx.store.get('gap_requests', robot);
  if (due !== undefined && isConnected(ctx, robot)) requestDue(ctx, robot, due);
}

/**
 * A robot has connected: gaps that were requested without a result are requested again, and open missions of which it
 * reports nothing.
 */
export function requestGapsAgain(ctx: Context, robot: RobotId): void {
  noteUnanswered(ctx, robot);
  const due = ctx.store.get('gap_requests', robot);
  const stableMs = ctx.nowMs + ctx.config.presenceStableMs;
  if (due !== undefined) setTimer(ctx, { kind: 'gaps', id: robot }, Math.max(due.dueMs, stableMs));
}

function noteUnanswered(ctx: Context, robot: RobotId): void {
  const ledger = ctx.store.get('mission_ledgers', robot);
  const inVain = ledger?.epochs.filter(isInVain) ?? [];
  if (ledger === undefined || (inVain.length === 0 && ledger.open.length === 0)) return;
  noteUnfinished(ledger, ledger.open);
  for (const entry of inVain) {
    entry.again = { upTo: entry.requestedUpTo ?? 0, times: timesAgain(entry) + 1 };
    entry.requestedUpTo = 0;
  }
  ctx.store.put('mission_ledgers', robot, ledger);
  watchGaps(ctx, robot, ledger);
}

const isInVain = (entry: EpochRow): boolean =>
  gapsIn(entry).some(({ to }) => to <= (entry.requestedUpTo ?? 0)) && timesAgain(entry) < againMax;

const timesAgain = ({ again, requestedUpTo }: EpochRow): number =>
  again !== undefined && again.upTo === requestedUpTo ? again.times : 0;

function requestDue(ctx: Context, robot: RobotId, due: GapRequestRow): void {
  ctx.store.remove('gap_requests', robot);
  const ledger = ctx.store.get('mission_ledgers', robot);
  if (ledger === undefined) return;
  let requests = requestUnfinished(ctx, robot, ledger);
  const place = ledger.epochs.findIndex(({ epoch }) => epoch === due.epoch);
  for (const entry of ledger.epochs.slice(0, place + 1)) {
    const isOld = (gap: Gap) => gap.epoch !== due.epoch || gap.to < due.upTo;
    for (const { epoch, from, to } of unrequestedGaps(entry).filter(isOld)) {
      if (requests === requestsMax) break;
      requests += 1;
      entry.requestedUpTo = to;
      requestMissions(ctx, robot, { epoch, from, to });
    }
  }
  ctx.store.put('mission_ledgers', robot, ledger);
  watchGaps(ctx, robot, ledger);
}

/** Returns the number of requests. */
function requestUnfinished(ctx: Context, robot: RobotId, ledger: LedgerRow): number {
  const sinceMs = ctx.store.get('presence', robot)?.sinceMs ?? 0;
  const unreported = unfinishedOf(ledger).filter((missionId) => {
    const row = ctx.store.get('missions', missionKey(ctx, robot, missionId));
    if (row === undefined || row.status === 'ended') return false;
    // One that is reported in this connection goes on.
    return row.status === 'orphaned' || row.lastSeenMs < sinceMs;
  });
  ledger.unfinished = unreported.slice(requestsMax);
  const requested = unreported.slice(0, requestsMax);
  for (const missionId of requested) {
    const { epoch, n } = splitMissionId(missionId);
    requestMissions(ctx, robot, { epoch, from: n, to: n });
  }
  return requested.length;
}

function requestMissions(ctx: Context, robot: RobotId, gap: Gap): void {
  ctx.log.info({ robotId: robot, ...gap }, 'missions requested');
  const payload = encode('MissionsRequest', { v: 1, ...gap });
  ctx.emit({ robot, topic: downTopic(robot, 'missions/request'), payload });
}

/** Records the number in a mission's id; a new epoch comes last. */
export function noteInEpoch(epochs: readonly EpochRow[], missionId: string): EpochRow[] {
  const { epoch, n } = splitMissionId(missionId);
  const known = epochs.find((entry) => entry.epoch === epoch);
  const entry: EpochRow = known ?? { epoch, highest: n, seen: [] };
  noteNumber(entry, n);
  return known === undefined ? [...epochs, entry] : [...epochs];
}
