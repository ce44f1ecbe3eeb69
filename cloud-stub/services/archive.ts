import type { RobotId } from '../../protocol/topics.ts';
import type { Reads, Row } from '../core/store.ts';
import type { Context } from '../core/unit.ts';
import type { ArchiveEntry } from '../rows.ts';

/**
 * Theory of operation. A message that brought something final (the end of a mission, the outcome of a command) is
 * archived unchanged, once; its duplicates bring nothing new. It is written to `archive_outbox` in the unit of work that
 * stores the row, so both exist or neither. An adapter moves the outbox to day files (`archive-files.ts`); the entry's
 * id shows whether the files hold it already (decision 0013).
 *
 * A replay passes the archive to the handlers again. What is known changes nothing, not even a count; what a restored
 * database lacks is stored again. Nothing is sent and nothing is archived.
 */

/** Messages moved to the files at a time. */
export const batchMax = 500;

export function archive(
  ctx: Context,
  { robot, topic, payload }: { robot: RobotId; topic: string; payload: Uint8Array },
): void {
  const entry: ArchiveEntry = {
    id: ctx.entropy(8),
    atMs: ctx.nowMs,
    robot,
    topic,
    payload: new TextDecoder().decode(payload),
  };
  // A robot's entries in the order of their time, as far as the clock goes forward.
  const key = `${robot}/${String(ctx.nowMs).padStart(15, '0')}-${entry.id}`;
  ctx.store.put('archive_outbox', key, entry);
}

/** What must be moved to the files next. */
export const unarchived = (rows: Pick<Reads, 'listBefore'>): Row<ArchiveEntry>[] =>
  rows.listBefore('archive_outbox', '~', batchMax).sort((a, b) => a.value.atMs - b.value.atMs);

/** Removes entries that the files now hold durably. */
export function forgetArchived(ctx: Context, entries: readonly Row<ArchiveEntry>[]): void {
  for (const { key } of entries) ctx.store.remove('archive_outbox', key);
}
