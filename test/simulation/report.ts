import { textTable } from '../../tools/bench/table.ts';
import { wrap } from '../../tools/demo/text.ts';
import type { LeastFailure } from './least.ts';
import { rates, type Tally } from './tally.ts';
import { timeText } from './task.ts';

const columns = 80;
const linesShown = 24;
const failuresShown = 4;

/** The outcome of many seeds, for people. */
export function tallyText(tally: Tally, wallMs: number, range: string): string {
  const { wallS, seedsPerSecond, robotDays, robotDaysPerSecond } = rates(tally, wallMs);
  return [
    `${tally.seeds} seeds (${range}) in ${wallS} s: ${seedsPerSecond} seeds per second`,
    `${robotDays} robot-days, ${robotDaysPerSecond} robot-days per second`,
    '',
    sideBySide(sums('what happened', tally.seen), sums('faults injected', tally.faults)),
    '',
    tally.failed === 0 ? 'nothing violated' : `${tally.failed} seeds violated an invariant`,
  ].join('\n');
}

function sums(title: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  return textTable([title, 'times'], rows);
}

/** Two blocks of lines side by side where the width allows, else one below the other. */
function sideBySide(left: string, right: string): string {
  const [lefts, rights] = [left.split('\n'), right.split('\n')];
  const width = Math.max(...lefts.map((line) => line.length)) + 4;
  const rows = Math.max(lefts.length, rights.length);
  const lines = Array.from({ length: rows }, (_, row) =>
    `${(lefts[row] ?? '').padEnd(width)}${rights[row] ?? ''}`.trimEnd(),
  );
  return lines.every((line) => line.length <= columns) ? lines.join('\n') : `${left}\n\n${right}`;
}

/** The first failures in full; of the others only the seeds. */
export function failuresText(failures: readonly LeastFailure[]): string {
  const others = failures.slice(failuresShown).map(({ seed }) => seed);
  return [
    ...failures.slice(0, failuresShown).map(failureText),
    ...(others.length > 0 ? [wrap(`also: seeds ${others.join(' ')}`, columns).join('\n')] : []),
  ].join('\n\n');
}

/** One failure: what was violated, the smallest scenario that reproduces it, and the command to run it again. */
export function failureText(failure: LeastFailure): string {
  const { seed, violations, least, command } = failure;
  const lines = violations.slice(0, 8).map(({ invariant, detail }) => `  ${invariant}: ${detail}`);
  const more = violations.length - lines.length;
  const head = [`seed ${seed} violates`, ...lines.flatMap((line) => fold(line, '    '))];
  if (more > 0) head.push(`  and ${more} more`);
  if (least === undefined) return [...head, 'to see it again:', `  ${command}`].join('\n');
  const { scenario, of, plays, isLeast, trace } = least;
  const size = `${scenario.actions.length} of ${of.actions} actions, ${scenario.days} of ${of.days} days`;
  return [
    ...head,
    `the ${isLeast ? 'least' : 'smallest found'} that does it: ${size} (${plays} plays)`,
    ...scenario.actions
      .slice(0, linesShown)
      .flatMap((action) => fold(`  ${actionText(action)}`, '    ')),
    ...(scenario.actions.length > linesShown
      ? [`  and ${scenario.actions.length - linesShown} more`]
      : []),
    ...(trace.length > 0 ? ['the end of its trace:'] : []),
    ...trace.slice(-linesShown).map((line) => `  ${line}`.slice(0, columns)),
    'to see it again:',
    `  ${command}`,
  ].join('\n');
}

/** The time and type of an action, and its other fields. */
function actionText(action: { readonly type: string; readonly atMs: number }): string {
  const { type, atMs, ...rest } = action;
  const more = Object.entries(rest).map(([name, value]) => {
    if (typeof value !== 'number') return `${name} ${JSON.stringify(value)}`;
    if (!name.endsWith('Ms')) return `${name} ${Number(value.toPrecision(3))}`;
    return `${name.slice(0, -2)} ${durationText(value)}`;
  });
  return `${timeText(atMs)}  ${[type, ...more].join('  ')}`;
}

/** `2 h 38 min`, `70 s`, `350 ms`. */
function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.round(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** Breaks long lines; continuation lines are indented. */
function fold(text: string, indent: string): string[] {
  const lead = /^ */.exec(text)?.[0] ?? '';
  return text.split('\n').flatMap((line) => {
    const [first = '', ...rest] = wrap(line.trimStart(), columns - indent.length);
    return [`${lead}${first}`, ...rest.map((part) => `${indent}${part}`)];
  });
}
