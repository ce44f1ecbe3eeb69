import { textTable } from '../table.ts';
import { billOf, meteringRules, monthOf, prices, typicalRobot } from './aws-prices.ts';
import type { CellResult } from './cell.ts';
import { idleDayOf } from './idle.ts';
import { inOrder } from './outcome.ts';
import type { Baseline } from './plan.ts';

/** A robot's cost besides its reports, and in total. */

/** The cost of a robot's first connection without reports, for each client that was run over the clean link. */
export function connectionTable(results: readonly CellResult[]): string {
  const rows = cleanRows(results).map(({ cell, session }) => {
    const { connects, subscribes, shadowUnits, jobsRequests } = session;
    return [cell.baseline, connects, subscribes, shadowUnits, jobsRequests];
  });
  const head = ['the first connection, no report', 'CONNECT', 'SUBSCRIBE', 'shadow', 'jobs'];
  return rows.length === 0 ? '' : textTable(head, rows);
}

/**
 * What an idle robot sends in a day, besides its connection: one row for each client that was run over the clean link.
 */
export function idleTable(results: readonly CellResult[], seed: number): string {
  const rows = cleanRows(results).map(({ cell }) => {
    const { units, shadowUnits, jobsRequests } = idleDay(cell.baseline, seed);
    return [cell.baseline, ...[units, shadowUnits, jobsRequests].map((count) => count.toFixed(2))];
  });
  const head = ['a day connected, nothing to do', 'reports', 'shadow', 'jobs'];
  return rows.length === 0 ? '' : textTable(head, rows);
}

const idleDay = (baseline: Baseline, seed: number) =>
  idleDayOf(baseline, { days: typicalRobot.days, seed });

const cleanRows = (results: readonly CellResult[]): CellResult[] =>
  inOrder(results.filter(({ cell }) => cell.link === 'clean' && cell.shape === typicalRobot.shape));

/** The bill of a typical robot's month, in millionths of a dollar: the dollars for a million robots. */
export function billTable(results: readonly CellResult[], seed: number): string {
  const { missions, connects } = typicalRobot;
  const rowOf = (name: string, { cell, meter, session }: CellResult, isIdle: boolean) => {
    const reports = { meter, missions: isIdle ? 0 : cell.missions };
    const bill = billOf(monthOf(reports, session, idleDay(cell.baseline, seed)));
    const shown = [bill.connection, bill.messages, bill.idle, bill.rest, bill.all];
    return [name, ...shown.map((dollars) => (dollars * 1e6).toFixed(0))];
  };
  const found = cleanRows(results);
  const rows = [
    ...found.map((result) => rowOf(result.cell.baseline, result, false)),
    ...found.map((result) => rowOf(`${result.cell.baseline}, no mission`, result, true)),
  ];
  if (rows.length === 0) return '';
  const head = ['$ a month, a million robots', 'connection', 'messages', 'idle', 'rest', 'all'];
  return [
    `A typical robot: ${missions} missions a month, each with a map; always connected,`,
    `${connects} connections a month. ${prices.region}, ${prices.date}: ${prices.source}`,
    `Metering, ${meteringRules.date}: ${meteringRules.source}`,
    '',
    textTable(head, rows),
  ].join('\n');
}
