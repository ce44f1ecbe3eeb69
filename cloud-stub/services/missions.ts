import { isDeepStrictEqual } from 'node:util';
import { check, encode } from '../../protocol/codec.ts';
import { isObject } from '../../protocol/json.ts';
import { limits } from '../../protocol/limits.ts';
import { compareOrder, orderKeyOf } from '../../protocol/missions.ts';
import { expandReports } from '../../protocol/report-lists.ts';
import type { MissionDocument } from '../../protocol/schemas/missions.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import {
  type Confirmed,
  type Handled,
  handled,
  type Refusal,
  refusedBy,
} from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { LedgerRow, MissionRow } from '../rows.ts';
import { announceMap, grantFor, sameBytes } from './maps.ts';
import { watchGaps } from './mission-gaps.ts';
import { findMission, isAbout, noteBodyMission, noteOtherId } from './mission-identity.ts';
import { closeOrphaned, isLater, ledgerOf, noteMission } from './mission-ledger.ts';

import { countMax, outOfRangeIn } from './number-ranges.ts';

/**
 * Theory of operation. A mission is one row, and every report carries the whole document. The highest document by
 * `(ended, boot, revision)` is kept; an ended one is final. So reports may be lost, duplicated and reordered, and the
 * row ends the same. Only ended documents are answered. The answer is `accepted` when this very document is the stored
 * one, however often it arrives. It is `rejected` with `id-conflict` when another document is final under its id: the
 * robot has lost its counter and must start a new epoch.
 *
 * A mission that is reported again under another id (`mission-identity.ts`) is the same row. When the row has ended,
 * the new document changes nothing and is accepted, so that the robot stops sending it. When the row is open, an ended
 * document ends it. Of two open documents the one under the later id is kept: their boots and revisions count in
 * different stores.
 */

type Verdict = 'accepted' | 'conflict' | 'noted';

/** Handles `missions/report`: a list of documents, each checked on its own. */
export function receiveReports(
  ctx: Context,
  robot: RobotId,
  list: Readonly<Record<string, unknown>>,
): Handled {
  const reports = expandReports(list);
  if (!reports.ok) return refusedBy(reports);
  const { dropped } = list;
  if (namesOther(robot, list)) {
    return refusedBy({ code: 'foreign-robot', message: 'the message names another robot' });
  }
  const ledger = ledgerOf(ctx, robot);
  const accepted: Confirmed[] = [];
  const refusals: Refusal[] = [];
  if (isCount(dropped)) ledger.dropped = Math.max(ledger.dropped, dropped);
  else if (dropped !== undefined)
    refusals.push({ code: 'out-of-range', message: 'the count of dropped' });
  let brought = false;
  for (const report of reports.value) {
    const document = readDocument(robot, report);
    if ('code' in document) {
      refusals.push(document);
      continue;
    }
    const { row, isFirst } = noteDocument(ctx, { robot, ledger, document });
    brought ||= isFirst;
    if (ctx.replaying && !isFirst) continue;
    const verdict = verdictOn(row, document);
    if (verdict === 'conflict') refusals.push(conflictOf(document));
    if (verdict === 'accepted') {
      adoptMap(ledger, row, document);
      accepted.push(confirmationOf(ctx, row, document));
    }
    ctx.store.put('missions', `${robot}/${row.missionId}`, row);
  }
  if (ctx.replaying && !brought) return handled;
  closeOrphaned(ctx, robot, ledger);
  watchGaps(ctx, robot, ledger);
  ctx.store.put('mission_ledgers', robot, ledger);
  ctx.confirm(robot, accepted);
  reject(ctx, robot, refusals);
  return { refusals, isFirst: brought };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= countMax;

function readDocument(robot: RobotId, report: unknown): MissionDocument | Refusal {
  const missionId = missionIdIn(report);
  const about = missionId === undefined ? {} : { missionId };
  if (namesOther(robot, report)) {
    return { code: 'foreign-robot', message: 'the document names another robot', ...about };
  }
  // A later version is for a later cloud. It is rejected without an answer: after one the robot would drop it for good.
  if (isObject(report) && Number.isInteger(report['v']) && Number(report['v']) > 1) {
    return { code: 'wrong-schema', message: 'the document is of a later version' };
  }
  const text = JSON.stringify(report);
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.documentBytesMax) {
    return { code: 'too-large', message: `the document has ${bytes} bytes`, ...about };
  }
  // Checks the form that will be stored. `-0` and `1e999` change in JSON, and a duplicate would be a different
  // document.
  const checked = check('MissionDocument', JSON.parse(text));
  if (!checked.ok) return { code: checked.code, message: checked.message, ...about };
  const problem = outOfRangeIn(checked.value);
  return problem === undefined
    ? checked.value
    : { code: 'out-of-range', message: problem, ...about };
}

/** Only the topic names the robot; a different name inside the document is not trusted. */
const namesOther = (robot: RobotId, value: unknown): boolean =>
  isObject(value) && value['robot'] !== undefined && value['robot'] !== robot;

/** The id of a document, whether or not the document is valid, so that an invalid one can be answered too. */
function missionIdIn(report: unknown): string | undefined {
  const id = isObject(report) ? report['missionId'] : undefined;
  return typeof id === 'string' && /^[0-9a-f]{16}-[1-9]\d{0,14}$/.test(id) ? id : undefined;
}

/** The mission's row after `document`: the highest document, the counts, and whether it brought an end. */
function noteDocument(
  ctx: Context,
  { robot, ledger, document }: { robot: RobotId; ledger: LedgerRow; document: MissionDocument },
): { row: MissionRow; isFirst: boolean } {
  const { missionId } = document;
  const before = findMission(ctx, robot, document);
  const row: MissionRow = before ?? {
    robot,
    missionId,
    status: 'open',
    document,
    firstSeenMs: ctx.nowMs,
    lastSeenMs: ctx.nowMs,
    counts: { received: 0, duplicates: 0, stale: 0, conflicts: 0 },
  };
  const isReReported = isAbout(row, document) && noteOtherId(ctx, row, missionId);
  if (before === undefined || isReReported) noteMission(ledger, missionId);
  row.lastSeenMs = ctx.nowMs;
  row.counts.received += 1;
  if (before !== undefined && !isHigher(ledger, document, row)) {
    const name = countOf(row, document);
    if (!isReReported || name === 'stale') row.counts[name] += 1;
  } else if (document.ended) endMission(ctx, row, document);
  else updateOpenRow(row, document);
  if (row.document === document) noteBodyMission(ctx, row);
  return { row, isFirst: document.ended && (row.document === document || isReReported) };
}

/** Whether `document` replaces the one in `row`. */
function isHigher(ledger: LedgerRow, document: MissionDocument, row: MissionRow): boolean {
  const known = row.document;
  if (known.ended || !isAbout(row, document)) return false;
  if (known.missionId === document.missionId) return compareOrder(document, known) > 0;
  return document.ended || isLater(ledger, document.missionId, known.missionId);
}

function updateOpenRow(row: MissionRow, document: MissionDocument): void {
  // Orphaned under its old id, it continues under the new one.
  if (row.document.missionId !== document.missionId) row.status = 'open';
  row.document = document;
}

function endMission(ctx: Context, row: MissionRow, document: MissionDocument): void {
  row.document = document;
  row.status = 'ended';
  const { robot: robotId, missionId } = row;
  ctx.log.info({ robotId, missionId, outcome: document.outcome }, 'mission ended');
  if (document.map === undefined) return;
  // The final document decides which map it is, unless the bytes of another map are already stored.
  if (row.map?.state === 'pending') delete row.map;
  announceMap(row, document.map);
}

/** When the robot lost the map with its store, replaces it by the map that the mission is reported with now. */
function adoptMap(ledger: LedgerRow, row: MissionRow, { missionId, map }: MissionDocument): void {
  if (map === undefined || row.document.missionId === missionId) return;
  const isLost = row.map?.state === 'pending' && !sameBytes(row.map, map);
  if (isLost && isLater(ledger, missionId, row.document.missionId)) delete row.map;
  announceMap(row, map);
}

function countOf(row: MissionRow, document: MissionDocument): 'duplicates' | 'stale' | 'conflicts' {
  if (isStored(row, document)) return 'duplicates';
  const isFinal = row.document.ended || !isAbout(row, document);
  return document.ended && isFinal ? 'conflicts' : 'stale';
}

function verdictOn(row: MissionRow, document: MissionDocument): Verdict {
  if (!document.ended) return 'noted';
  return isStored(row, document) ? 'accepted' : 'conflict';
}

/** Whether this very document is the stored one, or reports the stored mission under another id. */
const isStored = (row: MissionRow, document: MissionDocument): boolean =>
  isDeepStrictEqual(row.document, document) ||
  (row.document.ended &&
    document.ended &&
    row.document.missionId !== document.missionId &&
    isAbout(row, document));

// Answers --------------------------------------------------------------------------------------------------------

function confirmationOf(ctx: Context, row: MissionRow, document: MissionDocument): Confirmed {
  const key = orderKeyOf(document);
  const { map } = row;
  const isPending = map?.state === 'pending';
  if (!isPending || (document.map !== undefined && !sameBytes(map, document.map))) return { key };
  const { missionId } = document;
  return { key, grant: grantFor(ctx, map, { ...row, missionId, mapId: document.map?.id }) };
}

const conflictOf = ({ missionId }: MissionDocument): Refusal => ({
  missionId,
  code: 'id-conflict',
  message: 'another document is final under this mission id',
});

function reject(ctx: Context, robot: RobotId, refusals: readonly Refusal[]): void {
  const rejected = refusals.flatMap(({ missionId, code, message }) =>
    missionId === undefined ? [] : [{ missionId, code, message: message.slice(0, 200) }],
  );
  if (rejected.length === 0) return;
  ctx.emit({
    robot,
    topic: downTopic(robot, 'missions/report/rejected'),
    payload: encode('ReportsRejected', { v: 1, rejected }),
  });
}
