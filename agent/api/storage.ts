import { isoOf } from '../../protocol/time.ts';
import type { StorageTrouble } from '../ports.ts';

/** The part of `pilotfish status` for a store that accepts no writes. `nowMs` and `wallMs` are the same moment. */
export const storageReport = (
  { code, detail, sinceMs }: StorageTrouble,
  { nowMs, wallMs }: { nowMs: number; wallMs: number },
) => ({
  state: 'reduced',
  code,
  since: isoOf(Math.round(wallMs - nowMs + sinceMs)),
  detail,
  means:
    'Nothing can be stored: what the robot does now is kept in memory and lost if its agent or its power ends.',
  todo: 'Make room in dataDir, or make it writable; the agent goes on by itself within seconds.',
});

/** The same for the cloud, as a word and a code. */
export const storageWord = (trouble: StorageTrouble | undefined): string =>
  trouble === undefined ? 'ok' : `reduced: ${trouble.code}`;
