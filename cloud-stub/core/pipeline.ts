import type { DeadLetterRow, HandlerState } from '../rows.ts';
import { archive } from '../services/archive.ts';
import { deadLetters, removeDeadLetter, storeDeadLetter } from '../services/dead-letters.ts';
import { type HandlerName, handlerNames, stateOfHandler } from '../services/handlers.ts';
import { noteRefusal } from '../services/refusals.ts';
import { setTimer } from '../services/timers.ts';
import { readObject } from './incoming.ts';
import { dispatch, type Inbound, type Routed, route } from './router.ts';
import { attempt, type Context } from './unit.ts';

/**
 * Theory of operation. The way of a robot's message, as one unit of work:
 *
 *     transport and access → parse the topic → handler → refusals, archive → commit → emit
 *
 * The transports (`broker.ts`, `bridge-robots.ts`) have proven who sends, and what it may publish (`access.ts`). A
 * handler that throws is undone. Its message becomes a dead letter when it is critical; otherwise the whole unit fails,
 * nothing is answered, and the robot sends again.
 */
export function receiveMessage(ctx: Context, message: Routed): void {
  const name = handlerOf(message);
  if (name === undefined) return handle(ctx, message, 'up');
  const state = stateOfHandler(ctx, name);
  // A message that is not a JSON object is rejected in any case, whatever the handler's state.
  if (state === 'down' && readObject(message.payload).ok) {
    return storeDeadLetter(ctx, message);
  }
  const done = attempt(ctx, (inner) => handle(inner, message, state));
  if (!done.ok) storeDeadLetter(ctx, message, done);
}

function handle(ctx: Context, message: Routed, state: HandlerState): void {
  if (state === 'failing') throw new Error('switched to failing');
  const { refusals, isFirst } = dispatch(ctx, message);
  for (const refusal of refusals) noteRefusal(ctx, message.robot, refusal);
  if (isFirst) archive(ctx, message);
}

/** The handler of a message, when the message is critical. */
const handlerOf = ({ robot, parsed }: Routed): HandlerName | undefined =>
  parsed?.robot === robot ? handlerNames.find((name) => name === parsed.channel.event) : undefined;

/** Waiting messages that are handled at once. */
const backlogMax = 50;

/** Handles what has waited for the handler `name` to be up again, some messages at a time. */
export function handleBacklog(ctx: Context, name: string): void {
  const waiting = deadLetters(ctx, 'waiting').filter((row) => handlerOf(messageIn(row)) === name);
  const { tried } = retry(ctx, waiting.slice(0, backlogMax));
  if (tried > 0 && waiting.length > tried) {
    setTimer(ctx, { kind: 'backlog', id: name }, ctx.nowMs + 1);
  }
}

/** Retries dead letters. */
export const redrive = (ctx: Context): { tried: number; done: number } =>
  retry(ctx, deadLetters(ctx, 'dead'));

function retry(ctx: Context, rows: readonly DeadLetterRow[]): { tried: number; done: number } {
  const chosen = rows
    .map((row) => ({ row, message: messageIn(row) }))
    .map((one) => ({ ...one, state: stateOfHandler(ctx, handlerOf(one.message)) }))
    .filter(({ state }) => state !== 'down');
  let done = 0;
  for (const { row, message, state } of chosen) {
    const retried = attempt(ctx, (inner) => {
      handle(inner, message, state);
      removeDeadLetter(inner, row);
    });
    if (retried.ok) done += 1;
    else storeDeadLetter(ctx, message, retried);
  }
  return { tried: chosen.length, done };
}

/** Handles an archived message again, with its own time; true when it brought something new. */
export function replay(ctx: Context, message: Inbound): boolean {
  const routed = route(message);
  const event = routed.parsed?.channel.event;
  if (!handlerNames.some((name) => name === event)) return false;
  return dispatch({ ...ctx, replaying: true }, routed).isFirst === true;
}

const messageIn = ({ robot, topic, payload }: DeadLetterRow): Routed =>
  route({ robot, topic, payload: new TextEncoder().encode(payload) });
