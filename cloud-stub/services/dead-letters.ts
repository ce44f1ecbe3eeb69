import { explain } from '../../base/errors.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { DeadLetterRow } from '../rows.ts';

/**
 * Theory of operation. A critical message whose handler throws becomes a dead letter: what the handler did is undone,
 * the message is stored, and an operator retries it (`redrive`). While a handler is switched `down`, its messages wait in
 * the same table; they are handled in order when it is `up` again.
 *
 * A dead-lettered message is not confirmed, so its robot sends it again; a duplicate is stored once. Beyond
 * `deadLettersMax` for one robot nothing more is stored. Nothing is lost by that: the robot still has it.
 */
const deadLettersMax = 100;

/** Stores the message; with an error it is a dead letter, without one it waits for its handler. */
export function storeDeadLetter(
  ctx: Context,
  { robot, topic, payload }: { robot: RobotId; topic: string; payload: Uint8Array },
  failed?: { readonly error: unknown },
): void {
  const waiting = ctx.store.list('dead_letters', `${robot}/`);
  const text = new TextDecoder().decode(payload);
  const known = waiting.find(({ value }) => value.topic === topic && value.payload === text);
  if (known === undefined && waiting.length >= deadLettersMax) return;
  const row: DeadLetterRow = known?.value ?? {
    ...{ seq: nextNumber(ctx, robot), atMs: ctx.nowMs, robot, topic, payload: text, tries: 0 },
  };
  if (failed !== undefined) {
    row.error = explain(failed.error).slice(0, 200);
    row.tries += 1;
  }
  ctx.store.put('dead_letters', keyOf(row), row);
  if (failed === undefined || row.tries > 1) return;
  ctx.log.error(
    { robotId: robot, topic, deadLettered: row.seq },
    `message kept as a dead letter: ${row.error}`,
  );
}

/** A robot's dead letters have numbers of their own, so that its messages write only rows of this robot. */
function nextNumber(ctx: Context, robot: RobotId): number {
  const { next } = ctx.store.get('dead_letter_heads', robot) ?? { next: 1 };
  ctx.store.put('dead_letter_heads', robot, { next: next + 1 });
  return next;
}

/** Dead letters, or with `waiting` what waits for a handler, in the order in which they arrived. */
export const deadLetters = (ctx: Context, kind: 'dead' | 'waiting'): DeadLetterRow[] =>
  ctx.store
    .list('dead_letters')
    .map(({ value }) => value)
    .filter(({ error }) => (error !== undefined) === (kind === 'dead'))
    .sort(byArrival);

export const byArrival = (a: DeadLetterRow, b: DeadLetterRow): number =>
  a.atMs - b.atMs || a.seq - b.seq;

/** A dead letter was handled. */
export function removeDeadLetter(ctx: Context, row: DeadLetterRow): void {
  const { robot, topic, seq } = row;
  ctx.store.remove('dead_letters', keyOf(row));
  ctx.log.info({ robotId: robot, topic, deadLettered: seq }, 'dead letter handled');
}

const keyOf = ({ robot, seq }: { robot: RobotId; seq: number }): string =>
  `${robot}/${String(seq).padStart(15, '0')}`;
