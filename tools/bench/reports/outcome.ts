import { textTable } from '../table.ts';
import type { CellResult } from './cell.ts';
import { type Baseline, baselines, links, type Shape, shapes } from './plan.ts';

/** The findings of the run, in text and figures. */

export interface Goal {
  readonly goal: string;
  readonly found: string;
  readonly met: boolean;
  /** The run fails without it. */
  readonly isVital: boolean;
}

/** A cell's figures as they are shown in the table. */
export const figuresOf = ({ cell, missing, doubles, doubleRows, meter, bytes }: CellResult) => ({
  ...cell,
  missing,
  doubles,
  doubleInEffect: doubleRows,
  meteredPerReport: meter.units / cell.missions,
  bytesPerReport: bytes / cell.missions,
});

const titles: Readonly<Record<Shape, string>> = {
  single: 'One mission a connection, without a map',
  map: 'One mission a connection, with a map: report, request and grant',
  offline: '20 missions queued while offline, then sent',
};

/** One table for each shape: links, and under each the clients. */
export function tablesOf(results: readonly CellResult[]): string {
  const head = ['link, baseline', 'missing', 'doubles', 'in effect', 'metered', 'bytes'];
  return shapes
    .flatMap((shape) => {
      const rows = inOrder(results.filter(({ cell }) => cell.shape === shape));
      if (rows.length === 0) return [];
      const lines = rows.map((result) => {
        const { baseline, link } = result.cell;
        const found = figuresOf(result);
        const { missing, doubles, doubleInEffect, meteredPerReport, bytesPerReport } = found;
        const name = `${link.padEnd(11)} ${baseline}${mark(result)}`;
        const figures = [meteredPerReport.toFixed(2), bytesPerReport.toFixed(0)];
        return [name, missing, doubles, doubleInEffect, ...figures];
      });
      return [`${titles[shape]}\n\n${textTable(head, lines)}`];
    })
    .join('\n\n');
}

/** The mark of a cell that was still at work at the deadline. */
const mark = ({ endedBy }: CellResult) => (endedBy === 'deadline' ? ' *' : '');

export function inOrder(results: readonly CellResult[]): CellResult[] {
  const place = ({ cell }: CellResult) =>
    links.indexOf(cell.link) * baselines.length + baselines.indexOf(cell.baseline);
  return results.toSorted((a, b) => place(a) - place(b));
}

/** The goals for Pilotfish, as far as the cells that show them were run. */
export function goalsOf(results: readonly CellResult[]): Goal[] {
  const ours = results.filter(({ cell }) => cell.baseline === 'pilotfish');
  if (ours.length === 0) return [];
  const sum = (count: (result: CellResult) => number) =>
    ours.reduce((total, result) => total + count(result), 0);
  const nothing = (goal: string, count: number): Goal => ({
    goal,
    found: String(count),
    met: count === 0,
    isVital: true,
  });
  const inRows = `in ${ours.length} ${ours.length === 1 ? 'row' : 'rows'} of ours`;
  return [
    nothing(
      `nothing missing ${inRows}`,
      sum(({ missing }) => missing),
    ),
    nothing(
      `nothing double in effect ${inRows}`,
      sum(({ doubleRows }) => doubleRows),
    ),
    ...ratio(results, 'mqttjs-qos1', 'map', 0.67, 'with a map, of what QoS 1 has metered'),
    ...ratio(results, 'mqttjs-qos1-batched', 'offline', 1, '20 kept offline, of batched QoS 1'),
    ...ratio(results, 'mqttjs-qos1', 'single', noGoal, 'a report alone, without a map'),
  ];
}

const noGoal = Number.POSITIVE_INFINITY;

function ratio(
  results: readonly CellResult[],
  other: Baseline,
  shape: Shape,
  most: number,
  what: string,
): Goal[] {
  const metered = (baseline: Baseline) => {
    const found = results.find(
      ({ cell }) => cell.link === 'clean' && cell.shape === shape && cell.baseline === baseline,
    );
    return found && figuresOf(found).meteredPerReport;
  };
  const [ours, theirs] = [metered('pilotfish'), metered(other)];
  if (ours === undefined || theirs === undefined) return [];
  const part = ours / theirs;
  const found = `${part.toFixed(2)} (${ours.toFixed(2)} against ${theirs.toFixed(2)})`;
  const goal = most === noGoal ? `${what}: no goal` : `${what}: at most ${most}`;
  return [{ goal, found, met: part <= most + 1e-9, isVital: false }];
}

export const goalsText = (goals: readonly Goal[]): string =>
  goals
    .map(({ goal, found, met }) => `${met ? 'met    ' : 'NOT MET'}  ${goal}: ${found}`)
    .join('\n');
