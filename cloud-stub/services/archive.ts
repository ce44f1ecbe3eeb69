import type { Context } from '../ports.ts';
import { criticalEvents, dispatch, type Inbound, route } from '../receive.ts';
import type { ArchiveEntry } from '../rows.ts';

/**
 * Theory of operation. A message that brought something final (the end of a mission, the outcome of a command) is archived
 * word for word, once: its repetitions bring nothing. It is written to `archive_outbox` in the transaction that stores the
 * row, so neither is ever there without the other, and its number says how often that happened. An adapter moves the
 * outbox to day files (`archive-files.ts`), numbers deciding what is there already (decision 0013).
 *
 * A replay hands the archive to the handlers again. What is known changes nothing, not even a count; what a restored
 * database lacks is stored again. Nothing is sent and nothing archived.
 */

const headKey = 'head';

/** Messages moved to the files in one go. */
const batchMax = 500;

export function archive(ctx: Context, { robot, topic, payload }: Inbound): void {
  const head = ctx.store.get('archive_heads', headKey) ?? { next: 1, day: '' };
  const today = new Date(ctx.nowMs).toISOString().slice(0, 10);
  // A clock that was set back must not send us to a file of the past: the newest file holds the highest number.
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

/** The files hold numbers up to `last`: a database that was lost, or restored, must not count them again. */
export function archiveFrom(ctx: Context, last: number): void {
  const head = ctx.store.get('archive_heads', headKey) ?? { next: 1, day: '' };
  if (head.next <= last) ctx.store.put('archive_heads', headKey, { ...head, next: last + 1 });
}

/** What is to be moved to the files, in order. */
export const unarchived = (ctx: Context): ArchiveEntry[] =>
  ctx.store
    .list('archive_outbox')
    .slice(0, batchMax)
    .map(({ value }) => value);

/** The files have these durably. */
export function forgetArchived(ctx: Context, entries: readonly ArchiveEntry[]): void {
  for (const { seq } of entries) ctx.store.remove('archive_outbox', keyOf(seq));
}

/** Hands an archived message to its handler again; true when it brought something that was not here. */
export function replay(ctx: Context, { robot, topic, payload }: ArchiveEntry): boolean {
  const message = route({ robot, topic, payload: new TextEncoder().encode(payload) });
  const event = message.parsed?.channel.event;
  if (!criticalEvents.some((one) => one === event)) return false;
  return dispatch({ ...ctx, replaying: true }, message).isFirst === true;
}

const keyOf = (seq: number): string => String(seq).padStart(15, '0');
