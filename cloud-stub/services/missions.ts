import { isDeepStrictEqual } from 'node:util';
import { check, encode, jsonBytes } from '../../protocol/codec.ts';
import { limits } from '../../protocol/limits.ts';
import { compareOrder, orderKeyOf, splitMissionId } from '../../protocol/missions.ts';
import type { Grant } from '../../protocol/schemas/maps.ts';
import type { MissionDocument, OrderKey } from '../../protocol/schemas/missions.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import { isObject, readObject } from '../incoming.ts';
import { type Context, type Handled, type Outbound, type Refusal, refusedBy } from '../ports.ts';
import type { LedgerRow, MissionRow } from '../rows.ts';
import { announceMap, grantFor } from './maps.ts';

/**
 * Theory of operation. A mission is one row, and every report carries the whole document. The highest document by
 * `(ended, boot, revision)` is kept; an ended one is final. So reports may be lost, repeated and reordered, and the row
 * ends the same. Only ended documents are answered: `accepted` when this very document is the stored one (again and
 * again, however often it comes), `rejected` with `id-conflict` when another document is final under its id, which
 * means that the robot has lost its counter and must take a new epoch.
 *
 * The ledger knows a robot's epochs in order of appearance and the highest number in each. A mission that is open
 * while a newer one is known is `abandoned`: the robot died in it and lost it. That is only the row's status; should
 * the ended document arrive after all, the row is `ended`.
 */

type Verdict = 'accepted' | 'conflict' | 'noted';

/** Handles `missions/report`: a list of documents, each judged for itself. */
export function receiveReports(ctx: Context, robot: RobotId, payload: Uint8Array): Handled {
  const list = readObject(payload);
  if (!list.ok) return refusedBy(list);
  const { v, reports, dropped } = list.value;
  const count = Array.isArray(reports) ? reports.length : 0;
  if (v !== 1 || !Array.isArray(reports) || count < 1 || count > limits.reportsPerListMax) {
    return refusedBy({ code: 'wrong-schema', message: 'the message is not a list of reports' });
  }
  const ledger = ledgerOf(ctx, robot);
  if (Number.isSafeInteger(dropped)) ledger.dropped = Math.max(ledger.dropped, Number(dropped));

  const accepted: Accepted[] = [];
  const refusals: Refusal[] = [];
  for (const report of reports) {
    const document = readDocument(report);
    if ('code' in document) {
      refusals.push(document);
      continue;
    }
    const row = noteDocument(ctx, { robot, ledger, document });
    const verdict = judge(row, document);
    if (verdict === 'conflict') refusals.push(conflict(document));
    if (verdict === 'accepted') accepted.push(acceptance(ctx, row));
    ctx.store.put('missions', `${robot}/${document.missionId}`, row);
  }
  closeAbandoned(ctx, robot, ledger);
  ctx.store.put('mission_ledgers', robot, ledger);
  return { outbound: [...confirm(robot, accepted), ...reject(robot, refusals)], refusals };
}

function readDocument(report: unknown): MissionDocument | Refusal {
  const missionId = missionIdIn(report);
  const about = missionId === undefined ? {} : { missionId };
  const bytes = jsonBytes(report);
  if (bytes > limits.documentBytesMax) {
    return { code: 'too-large', message: `the document has ${bytes} bytes`, ...about };
  }
  // As it will be stored: `-0` and `1e999` come back otherwise, and a repetition would be another document.
  const checked = check('MissionDocument', JSON.parse(JSON.stringify(report)));
  return checked.ok ? checked.value : { code: checked.code, message: checked.message, ...about };
}

/** The id of a document that fits otherwise or not, so that even a bad one can be answered. */
function missionIdIn(report: unknown): string | undefined {
  const id = isObject(report) ? report['missionId'] : undefined;
  return typeof id === 'string' && /^[0-9a-f]{16}-[1-9]\d{0,14}$/.test(id) ? id : undefined;
}

/** The mission's row after `document`: the highest document, and what was counted. */
function noteDocument(
  ctx: Context,
  { robot, ledger, document }: { robot: RobotId; ledger: LedgerRow; document: MissionDocument },
): MissionRow {
  const { missionId } = document;
  const before = ctx.store.get('missions', `${robot}/${missionId}`);
  const row: MissionRow = before ?? {
    robot,
    missionId,
    status: 'open',
    document,
    firstSeenMs: ctx.nowMs,
    lastSeenMs: ctx.nowMs,
    counts: { received: 0, duplicates: 0, stale: 0, conflicts: 0 },
  };
  if (before === undefined) noteMission(ledger, missionId);
  row.lastSeenMs = ctx.nowMs;
  row.counts.received += 1;
  const order = compareOrder(document, row.document);
  const taken = before === undefined || (order > 0 && !row.document.ended);
  if (!taken) row.counts[countOf(row, document)] += 1;
  else if (document.ended) endMission(ctx, row, document);
  else row.document = document;
  return row;
}

function endMission(ctx: Context, row: MissionRow, document: MissionDocument): void {
  row.document = document;
  row.status = 'ended';
  const { robot: robotId, missionId } = row;
  ctx.log.info({ robotId, missionId, outcome: document.outcome }, 'mission ended');
  if (document.map === undefined) return;
  // The final document decides which map it is, unless the bytes of another are already here.
  if (row.map?.state === 'wanted') delete row.map;
  announceMap(row, document.map);
}

function countOf(row: MissionRow, document: MissionDocument): 'duplicates' | 'stale' | 'conflicts' {
  if (isDeepStrictEqual(row.document, document)) return 'duplicates';
  return row.document.ended && document.ended ? 'conflicts' : 'stale';
}

function judge(row: MissionRow, document: MissionDocument): Verdict {
  if (!document.ended) return 'noted';
  return isDeepStrictEqual(row.document, document) ? 'accepted' : 'conflict';
}

// Ledger ---------------------------------------------------------------------------------------------------------

const epochsMax = 16;

function ledgerOf(ctx: Context, robot: RobotId): LedgerRow {
  return ctx.store.get('mission_ledgers', robot) ?? { epochs: [], open: [], dropped: 0 };
}

function noteMission(ledger: LedgerRow, missionId: string): void {
  const { epoch, n } = splitMissionId(missionId);
  const known = ledger.epochs.find((entry) => entry.epoch === epoch);
  if (known === undefined) {
    ledger.epochs = [...ledger.epochs, { epoch, highest: n }].slice(-epochsMax);
  } else {
    known.highest = Math.max(known.highest, n);
  }
  ledger.open.push(missionId);
}

function closeAbandoned(ctx: Context, robot: RobotId, ledger: LedgerRow): void {
  ledger.open = ledger.open.filter((missionId) => {
    const key = `${robot}/${missionId}`;
    const row = ctx.store.get('missions', key);
    if (row === undefined || row.status !== 'open') return false;
    if (isNewest(ledger, missionId)) return true;
    ctx.store.put('missions', key, { ...row, status: 'abandoned' });
    ctx.log.info({ robotId: robot, missionId }, 'mission abandoned');
    return false;
  });
}

function isNewest(ledger: LedgerRow, missionId: string): boolean {
  const { epoch, n } = splitMissionId(missionId);
  const current = ledger.epochs.at(-1);
  return current !== undefined && current.epoch === epoch && current.highest === n;
}

// Answers --------------------------------------------------------------------------------------------------------

interface Accepted {
  key: OrderKey;
  grant?: Grant;
}

function acceptance(ctx: Context, row: MissionRow): Accepted {
  const key = orderKeyOf(row.document);
  if (row.map?.state !== 'wanted') return { key };
  return { key, grant: grantFor(ctx, row, row.map) };
}

/** As few messages as go into one metered unit each: the keys, and each map's grant beside its key. */
function confirm(robot: RobotId, accepted: readonly Accepted[]): Outbound[] {
  const lists: Accepted[][] = [];
  let room = 0;
  for (const entry of accepted) {
    const bytes = jsonBytes(entry) + 8;
    const list = lists.at(-1);
    if (list !== undefined && bytes <= room) list.push(entry);
    else lists.push([entry]);
    room = (list !== undefined && bytes <= room ? room : limits.reportListBytes - 64) - bytes;
  }
  return lists.map((entries) => {
    const grants = entries.flatMap(({ grant }) => grant ?? []);
    return {
      robot,
      topic: downTopic(robot, 'missions/report/accepted'),
      payload: encode('ReportsAccepted', {
        v: 1,
        accepted: entries.map(({ key }) => key),
        ...(grants.length > 0 ? { grants } : {}),
      }),
    };
  });
}

const conflict = ({ missionId }: MissionDocument): Refusal => ({
  missionId,
  code: 'id-conflict',
  message: 'another document is final under this mission id',
});

function reject(robot: RobotId, refusals: readonly Refusal[]): Outbound[] {
  const rejected = refusals.flatMap(({ missionId, code, message }) =>
    missionId === undefined ? [] : [{ missionId, code, message: message.slice(0, 200) }],
  );
  if (rejected.length === 0) return [];
  return [
    {
      robot,
      topic: downTopic(robot, 'missions/report/rejected'),
      payload: encode('ReportsRejected', { v: 1, rejected }),
    },
  ];
}
