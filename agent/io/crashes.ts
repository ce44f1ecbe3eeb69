import { codeOf } from '../../base/errors.ts';
import type { TransientFiles } from '../../base/transient-files.ts';
import { isObject } from '../../protocol/json.ts';
import type { Journal } from '../kernel/ports.ts';
import type { Crash, Runs, RunsFile, SafeMode } from '../supervise/crashes.ts';

/** One small JSON file. It is written while the process crashes, and a power cut makes it worthless. */
export function openRunsFile(
  path: string,
  files: TransientFiles,
  journal: Pick<Journal, 'count' | 'note'>,
): RunsFile {
  const failed = (what: 'runs-not-written' | 'runs-not-removed', error: unknown) => {
    journal.count(what);
    journal.note('warn', `crashes are not counted: ${path}`, { code: codeOf(error) });
  };
  return {
    read() {
      try {
        const text = files.read(path);
        if (text === undefined) return undefined;
        const runs: unknown = JSON.parse(text);
        if (isRuns(runs)) return runs;
      } catch {
        // Treated as absent, and counted.
      }
      journal.count('runs-unreadable');
      return undefined;
    },
    write(runs) {
      try {
        files.replace(path, `${JSON.stringify(runs)}\n`);
      } catch (error) {
        failed('runs-not-written', error);
      }
    },
    remove() {
      try {
        files.remove(path);
      } catch (error) {
        failed('runs-not-removed', error);
      }
    },
  };
}

const isTime = (value: unknown): value is number => Number.isFinite(value);
const isText = (value: unknown): boolean => value === null || typeof value === 'string';

const isCrash = (value: unknown): value is Crash =>
  isObject(value) &&
  isTime(value['atMs']) &&
  [value['machine'], value['event'], value['error']].every(isText);

const isSafe = (value: unknown): value is SafeMode =>
  isObject(value) &&
  isTime(value['sinceMs']) &&
  isTime(value['untilMs']) &&
  isCrash(value['because']);

function isRuns(value: unknown): value is Runs {
  if (!isObject(value) || value['v'] !== 1 || typeof value['isOpen'] !== 'boolean') return false;
  const { crashes, safe, safeModes, safeEndedMs } = value;
  return (
    isText(value['bootId']) &&
    isText(value['quarantine']) &&
    Array.isArray(crashes) &&
    crashes.every(isCrash) &&
    (safe === null || isSafe(safe)) &&
    Number.isSafeInteger(safeModes) &&
    (safeEndedMs === null || isTime(safeEndedMs))
  );
}
