import type { Context } from '../core/unit.ts';
import type { HandlerState } from '../rows.ts';
import { setTimer } from './timers.ts';

/**
 * The handlers of critical messages: those that bring something final. Such messages are archived, and become dead
 * letters when their handler fails. An operator can switch a handler `down`, so that its messages wait, and tests can
 * switch it to `failing`.
 */
export const handlerNames = ['missions/report', 'commands/outcome'] as const;
export type HandlerName = (typeof handlerNames)[number];

export const stateOfHandler = (ctx: Context, name: HandlerName | undefined): HandlerState =>
  (name && ctx.store.get('handlers', name)?.state) ?? 'up';

/** Switches a handler. The next ticks handle its backlog. */
export function switchHandler(ctx: Context, name: HandlerName, state: HandlerState): void {
  if (state === 'up') ctx.store.remove('handlers', name);
  else ctx.store.put('handlers', name, { state, sinceMs: ctx.nowMs });
  if (state !== 'down') setTimer(ctx, { kind: 'backlog', id: name }, ctx.nowMs + 1);
  ctx.log.warn({ handler: name, state }, 'handler switched');
}
