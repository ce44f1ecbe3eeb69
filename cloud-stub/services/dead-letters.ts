import { explain } from '../../base/errors.ts';
import type { RobotId } from '../../protocol/topics.ts';
import { readObject } from '../incoming.ts';
import { type Context, type Handled, handled, type Outbound } from '../ports.ts';
import {
  type CriticalEvent,
  criticalEvents,
  dispatch,
  type Inbound,
  type Routed,
  route,
} from '../receive.ts';
import type { DeadLetterRow, HandlerState } from '../rows.ts';
import { archive } from './archive.ts';
import { confirm } from './confirmations.ts';
import { noteRefusal } from './refusals.ts';

/**
 * Theory of operation. A critical message whose handler throws becomes a dead letter: its transaction is undone, the
 * next one stores the message, and an operator retries it (`redrive`). While a handler is switched `down`, its messages
 * wait in the same table; they are handled in order when it is `up` again. `failing` makes a handler throw, for tests
 * of this.
 *
 * A dead-lettered message is not confirmed, so its robot sends it again; a duplicate is stored once. Beyond
 * `deadLettersMax` for one robot nothing more is stored. Nothing is lost by that: the robot still has it.
 */

/** The handlers that can be switched, by the event that they handle. */
export const handlerNames = criticalEvents;
export type HandlerName = CriticalEvent;

const deadLettersMax = 100;
const drainedAtOnce = 50;

type Run = <T>(nowMs: number, work: (ctx: Context) => T) => T;

/** The handler of a message, when the message is critical. */
const handlerOf = ({ robot, parsed }: Routed): HandlerName | undefined =>
  parsed?.robot === robot ? handlerNames.find((name) => name === parsed.channel.event) : undefined;

const stateOf = (ctx: Context, name: HandlerName | undefined): HandlerState =>
  (name && ctx.store.get('handlers', name)?.state) ?? 'up';

/** Passes a message to its service, or stores it when the handler is down. Throws when the handler does. */
export function handle(ctx: Context, message: Routed): Handled {
  const name = handlerOf(message);
  const state = stateOf(ctx, name);
  if (state === 'failing') throw new Error('switched to failing');
  // A message that is not a JSON object is rejected in any case, whatever the handler's state.
  if (state === 'down' && readObject(message.payload).ok) {
    storeDeadLetter(ctx, message, {});
    return handled([]);
  }
  const done = dispatch(ctx, message);
  for (const refusal of done.refusals) noteRefusal(ctx, message.robot, refusal);
  if (done.isFirst) archive(ctx, message);
  return done;
}

/** Whether a message whose handler threw is to be dead-lettered. */
export const isStorableDeadLetter = (message: Routed): boolean => handlerOf(message) !== undefined;

/** Stores the message; with an error it is a dead letter. */
export function storeDeadLetter(
  ctx: Context,
  { robot, topic, payload }: Inbound,
  { error }: { error?: unknown },
): void {
  const waiting = ctx.store.list('dead_letters', `${robot}/`);
  const text = new TextDecoder().decode(payload);
  const known = waiting.find(({ value }) => value.topic === topic && value.payload === text);
  if (known === undefined && waiting.length >= deadLettersMax) return;
  const { next } = ctx.store.get('archive_heads', 'dead_letters') ?? { next: 1 };
  const row: DeadLetterRow = known?.value ?? {
    ...{ seq: next, atMs: ctx.nowMs, robot, topic, payload: text, tries: 0 },
  };
  if (known === undefined)
    ctx.store.put('archive_heads', 'dead_letters', { next: next + 1, day: '' });
  if (error !== undefined) {
    row.error = explain(error).slice(0, 200);
    row.tries += 1;
  }
  ctx.store.put('dead_letters', keyOf(row), row);
  if (error === undefined || row.tries > 1) return;
  ctx.log.error(
    { robotId: robot, topic, deadLettered: row.seq },
    `message kept as a dead letter: ${row.error}`,
  );
}

/** Retries dead letters, or with `only: 'waiting'` the backlog of a handler that is up again. */
export function redriveDeadLetters(
  run: Run,
  nowMs: number,
  only: 'dead' | 'waiting',
): { tried: number; done: number; outbound: Outbound[] } {
  const chosen = run(nowMs, (ctx) =>
    ctx.store
      .list('dead_letters')
      .map(({ value: row }) => ({ row, message: messageIn(row) }))
      .filter(({ row }) => (row.error !== undefined) === (only === 'dead'))
      .filter(({ message }) => stateOf(ctx, handlerOf(message)) !== 'down')
      .sort((a, b) => a.row.seq - b.row.seq)
      .slice(0, only === 'waiting' ? drainedAtOnce : undefined),
  );
  const outbound: Outbound[] = [];
  let done = 0;
  for (const { row, message } of chosen) {
    try {
      outbound.push(...run(nowMs, (ctx) => retry(ctx, row, message)));
      done += 1;
    } catch (error) {
      run(nowMs, (ctx) => storeDeadLetter(ctx, message, { error }));
    }
  }
  return { tried: chosen.length, done, outbound };
}

function retry(ctx: Context, row: DeadLetterRow, message: Routed): Outbound[] {
  const { outbound, confirmed = [] } = handle(ctx, message);
  ctx.store.remove('dead_letters', keyOf(row));
  ctx.log.info(
    { robotId: row.robot, topic: row.topic, deadLettered: row.seq },
    'dead letter handled',
  );
  return [...confirm(row.robot, confirmed), ...outbound];
}

/** Switches a handler. The next ticks handle its backlog. */
export function switchHandler(ctx: Context, name: HandlerName, state: HandlerState): void {
  if (state === 'up') ctx.store.remove('handlers', name);
  else ctx.store.put('handlers', name, { state, sinceMs: ctx.nowMs });
  ctx.log.warn({ handler: name, state }, 'handler switched');
}

const messageIn = ({ robot, topic, payload }: DeadLetterRow): Routed =>
  route({ robot, topic, payload: new TextEncoder().encode(payload) });

const keyOf = ({ robot, seq }: { robot: RobotId; seq: number }): string =>
  `${robot}/${String(seq).padStart(15, '0')}`;
