import { closeSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../base/errors.ts';
import type { Journal } from '../kernel/ports.ts';
import type { Crash, Lives, LivesFile, SafeMode } from '../supervise/crashes.ts';

const bytesMax = 16 * 1024;

/**
 * One small JSON file. It is written while the process dies, so without waiting; and without a flush: a power cut, which
 * may lose or tear it, makes it worthless anyway.
 */
export function openLives(path: string, journal: Pick<Journal, 'count' | 'note'>): LivesFile {
  const failed = (what: string, error: unknown) => {
    journal.count(`lives-${what}`);
    journal.note('warn', `crashes are not counted: ${path}`, { code: codeOf(error) });
  };
  return {
    read() {
      try {
        const lives: unknown = JSON.parse(readText(path));
        if (isLives(lives)) return lives;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
      }
      journal.count('lives-unreadable');
      return undefined;
    },
    write(lives) {
      try {
        writeFileSync(`${path}.new`, `${JSON.stringify(lives)}\n`, { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch (error) {
        failed('not-written', error);
      }
    },
    remove() {
      try {
        rmSync(path, { force: true });
      } catch (error) {
        failed('not-removed', error);
      }
    },
  };
}

function readText(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(bytesMax);
    return bytes.toString('utf8', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isTime = (value: unknown): value is number => Number.isFinite(value);
const isText = (value: unknown): boolean => value === null || typeof value === 'string';

const isCrash = (value: unknown): value is Crash =>
  isRecord(value) &&
  isTime(value['atMs']) &&
  [value['machine'], value['event'], value['error']].every(isText);

const isSafe = (value: unknown): value is SafeMode =>
  isRecord(value) &&
  isTime(value['sinceMs']) &&
  isTime(value['untilMs']) &&
  isCrash(value['because']);

function isLives(value: unknown): value is Lives {
  if (!isRecord(value) || value['v'] !== 1 || typeof value['isOpen'] !== 'boolean') return false;
  const { crashes, safe, safeModes, safeEndedMs } = value;
  return (
    isText(value['bootId']) &&
    isText(value['aside']) &&
    Array.isArray(crashes) &&
    crashes.every(isCrash) &&
    (safe === null || isSafe(safe)) &&
    Number.isSafeInteger(safeModes) &&
    (safeEndedMs === null || isTime(safeEndedMs))
  );
}
