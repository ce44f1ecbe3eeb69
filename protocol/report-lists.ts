import { jsonBytes } from './codec.ts';
import type { RefusalCode } from './codes.ts';
import { commonOf, withCommon, withoutCommon } from './common-part.ts';
import { isObject } from './json.ts';
import { limits } from './limits.ts';
import { ok, type Result, refuse } from './result.ts';
import type { MissionDocument, ReportList, SharedReportList } from './schemas/missions.ts';

/**
 * Documents are sent in lists, because a message is billed by each 5 KB begun. A list of version 1 holds whole
 * documents. A list of version 2 holds their common part once, and is sent only where that saves a message. Its reader
 * restores the documents right after parsing, so no other code handles version 2.
 */

/**
 * Packs documents, in their order, into lists of at most `limits.reportListBytes` each. A larger document is sent
 * alone. `dropped` (documents dropped by a bound) is in each list when it is not 0.
 */
export function packReports(
  documents: readonly MissionDocument[],
  dropped: number,
): (ReportList | SharedReportList)[] {
  const about = dropped > 0 ? { dropped } : {};
  const plain = fillLists(documents, { v: 1 as const, ...about });
  if (plain.length < 2) return plain;
  // The id stays with its document: without it a rejection could not name the document.
  const common = commonOf(documents, ['missionId']);
  if (jsonBytes(common) > limits.reportCommonBytesMax) return plain;
  const parts = documents.map((document) => withoutCommon(common, document) as typeof document);
  const shared = fillLists(parts, { v: 2 as const, common, ...about });
  return shared.length < plain.length ? shared : plain;
}

/** Puts `reports`, in their order, into copies of `frame`. */
function fillLists<F extends object, R>(reports: readonly R[], frame: F): (F & { reports: R[] })[] {
  const frameBytes = jsonBytes({ ...frame, reports: [] });
  const lists: R[][] = [];
  let room = 0;
  for (const report of reports) {
    const bytes = jsonBytes(report);
    const list = lists.at(-1);
    if (list !== undefined && bytes + 1 <= room && list.length < limits.reportsPerListMax) {
      list.push(report);
      room -= bytes + 1; // The comma.
    } else {
      lists.push([report]);
      room = limits.reportListBytes - frameBytes - bytes;
    }
  }
  return lists.map((list) => ({ ...frame, reports: list }));
}

/** The whole documents of a received list; each must still be validated. */
export function expandReports(
  list: Readonly<Record<string, unknown>>,
): Result<readonly unknown[], RefusalCode> {
  const { v, common, reports } = list;
  const count = Array.isArray(reports) ? reports.length : 0;
  const isKnown = v === 1 || (v === 2 && isObject(common));
  if (!isKnown || !Array.isArray(reports) || count < 1 || count > limits.reportsPerListMax) {
    return refuse('wrong-schema', 'the message is not a list of reports');
  }
  if (v === 1 || !isObject(common)) return ok(reports);
  const bytes = jsonBytes(common);
  if (bytes > limits.reportCommonBytesMax) {
    return refuse('too-large', `the common part of the list has ${bytes} bytes`);
  }
  return ok(reports.map((one) => (isObject(one) ? withCommon(common, one) : one)));
}
