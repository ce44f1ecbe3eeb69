import type { Event } from '../../agent/events.ts';
import type { AgentEffect } from '../../agent/features.ts';
import type { Machine, MachineState, Saved, Step } from '../../agent/kernel/machine.ts';
import { timer } from './agent-body.ts';
import { later, moment } from './agent-machine.ts';

const tooMany = 10_000;

/**
 * Runs a machine against a cloud that never answers: after `events` only its own timers fire. Returns when
 * it published, in ms since then, within `forMs`. `random` is the random number of every turn.
 */
export function publishTimesWithoutAnswer<S extends MachineState>(
  machine: Machine<S>,
  events: readonly Event[],
  { saved, forMs, random }: { saved?: Saved; forMs: number; random: number },
): number[] {
  const timers = new Map<string, number>();
  const published: number[] = [];
  let state = machine.restore(saved, moment);
  const feed = (event: Event, atMs: number) => {
    const step: Step<S> = machine.step(state, event, later(atMs, { random }));
    state = step.state;
    for (const effect of (step.effects ?? []) as readonly AgentEffect[]) {
      if (effect.type === 'publish') published.push(atMs);
      if (effect.type === 'timer/set') timers.set(effect.key, atMs + effect.ms);
      if (effect.type === 'timer/clear') timers.delete(effect.key);
    }
  };
  for (const event of events) feed(event, 0);
  for (;;) {
    const [key, atMs] = [...timers].toSorted((a, b) => a[1] - b[1])[0] ?? ['', forMs];
    if (atMs >= forMs) return published;
    if (published.length > tooMany) throw new Error(`${tooMany} messages within ${atMs} ms`);
    timers.delete(key);
    feed(timer(key), atMs);
  }
}
