import type { Write } from '../core/store.ts';
import type { Context } from '../core/unit.ts';
import type { TimerRow } from '../timer-rows.ts';

/**
 * Theory of operation. Everything that is to happen at a time has a timer. `timers` is ordered by time, so a tick reads
 * what is due and nothing else. `timer_times` has the time of each timer, so that it can be moved. A robot's message sets
 * only timers of this robot: their ids begin with its name.
 */

/** Sets or moves the timer; without a time it is removed. */
export function setTimer(ctx: Context, timer: TimerRow, dueMs: number | undefined): void {
  const name = nameOf(timer);
  const before = ctx.store.get('timer_times', name)?.dueMs;
  if (before === dueMs) return;
  if (before !== undefined) ctx.store.remove('timers', keyOf(timer, before));
  if (dueMs === undefined) return ctx.store.remove('timer_times', name);
  ctx.store.put('timer_times', name, { dueMs });
  ctx.store.put('timers', keyOf(timer, dueMs), timer);
}

/** At most `max` timers that are due, the earliest first. The caller removes each. */
export const dueTimers = (ctx: Context, max: number): TimerRow[] =>
  ctx.store.listBefore('timers', `${dueText(ctx.nowMs)}~`, max).map(({ value }) => value);

/** Whether a write sets a timer that is due already. */
export const isDueBy = (nowMs: number, { table, key, value }: Write): boolean =>
  table === 'timers' && value !== undefined && key < `${dueText(nowMs)}~`;

const nameOf = ({ kind, id }: TimerRow): string => `${kind}/${id}`;

const keyOf = (timer: TimerRow, dueMs: number): string => `${dueText(dueMs)}/${nameOf(timer)}`;

/** A time in ms as text that sorts like the number. */
const dueText = (ms: number): string => String(Math.max(0, Math.ceil(ms))).padStart(15, '0');
