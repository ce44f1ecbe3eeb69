import { codeOf } from '../../base/errors.ts';
import type { BodyEvent } from '../../hal/robot-body.ts';
import type { GuardedBody } from '../board/guard.ts';
import { eventsPerPollMax } from '../board/limits.ts';
import { repeat } from '../effects.ts';
import type { Event } from '../events.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';

export const bodyEffects = {
  /** Reads the body's snapshot, and its events after the cursor `after`. */
  'body/poll': repeat<{ readonly after: number }>(async ({ after }, { board, signal }) => {
    try {
      return await pollBody(board.body, after, signal);
    } catch (error) {
      return { type: 'body/not-polled', code: codeOf(error) };
    }
  }, 'body/poll'),
};

export type BodyEffect = EffectsOf<typeof bodyEffects> | LoopEffect;

/** The snapshot first: events newer than it belong to the next poll. */
async function pollBody(body: GuardedBody, after: number, signal: AbortSignal): Promise<Event> {
  const { activity, commands, settings } = await body.snapshot(signal);
  if (activity === null) return { type: 'body/half-polled', commands, settings };
  const { lastEvent } = activity;
  const events: BodyEvent[] = [];
  // A replaced body counts its events from the beginning again.
  let cursor = after > lastEvent ? 0 : after;
  while (cursor < lastEvent && events.length < eventsPerPollMax) {
    const page = await body.events(cursor, signal);
    const last = page.at(-1);
    if (last === undefined || last.seq <= cursor) break;
    events.push(...page.filter(({ seq }) => seq <= lastEvent));
    cursor = last.seq;
  }
  return { type: 'body/polled', snapshot: { ...activity, commands, settings }, events };
}
