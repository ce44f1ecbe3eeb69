import type { RobotId } from '../../protocol/topics.ts';
import type { Reads } from '../core/store.ts';
import type { Context } from '../core/unit.ts';
import type { ArchiveEntry } from '../rows.ts';

/**
 * Theory of operation. A message that brought something final (the end of a mission, the outcome of a command) is
 * archived unchanged, once; its duplicates bring nothing new. It is written to `archive_outbox` in the transaction that
 * stores the row, so both exist or neither. Its number counts the archived messages. An adapter moves the outbox to day
 * files (`archive-files.ts`); the numbers decide what the files hold already (decision 0013).
 *
 * A replay passes the archive to the handlers again. What is known changes nothing, not even a count; what a restored
 * database lacks is stored again. Nothing is sent and nothing is archived.
 */

const headKey = 'head';

/** Messages moved to the files at a time. */
const batchMax = 500;

export function archive(
  ctx: Context,
  { robot, topic, payload }: { robot: RobotId; topic: string; payload: Uint8Array },
): void {
  const head = ctx.store.get('archive_heads', headKey) ?? { next: 1, day: '' };
  const today = new Date(ctx.nowMs).toISOString().slice(0, 10);
  // A clock that was set back must not lead to an older file: the newest file holds the highest number.
  const day = today > head.day ? today : head.day;
  const entry: ArchiveEntry = {
    seq: head.next,
    atMs: ctx.nowMs,
    day,
    robot,
    topic,
    payload: new TextDecoder().decode(payload),
  };
  ctx.store.put('archive_outbox', keyOf(entry.seq), entry);
  ctx.store.put('archive_heads', headKey, { next: head.next + 1, day });
}

/** The files hold numbers up to `last`: a lost or restored database must not assign them again. */
export function archiveFrom(ctx: Context, last: number): void {
  const head = ctx.store.get('archive_heads', headKey) ?? { next: 1, day: '' };
  if (head.next <= last) ctx.store.put('archive_heads', headKey, { ...head, next: last + 1 });
}

/** What must be moved to the files, in order. */
export const unarchived = (rows: Pick<Reads, 'list'>): ArchiveEntry[] =>
  rows
    .list('archive_outbox')
    .slice(0, batchMax)
    .map(({ value }) => value);

/** Removes entries that the files now hold durably. */
export function forgetArchived(ctx: Context, entries: readonly ArchiveEntry[]): void {
  for (const { seq } of entries) ctx.store.remove('archive_outbox', keyOf(seq));
}

const keyOf = (seq: number): string => String(seq).padStart(15, '0');
