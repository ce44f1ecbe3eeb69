import type { Event } from '../../agent/events.ts';
import type { AgentEffect } from '../../agent/features.ts';
import type { Effect } from '../../agent/kernel/effects.ts';
import type { Machine, MachineState, Moment, Saved, Step } from '../../agent/kernel/machine.ts';

/** Runs one machine by hand and summarizes its effects for tables. */

export const nowMs = Date.UTC(2026, 5, 1, 10);

export const moment: Moment = {
  now: { wallMs: nowMs, quality: 'synced', boot: 3, monoMs: 1_000_000 },
  latestMs: nowMs,
  random: 0.5,
  freshId: '00000000000000bb',
};

/** The same moment later, or with another random number. */
export const later = (ms: number, change: Partial<Moment> = {}): Moment => ({
  ...moment,
  now: { ...moment.now, wallMs: nowMs + ms, monoMs: moment.now.monoMs + ms },
  latestMs: nowMs + ms,
  ...change,
});

/** An event at its own moment. */
export type Timed = Event | readonly [event: Event, at: Moment];

/** The step of a machine for the last of `events`, after all the others. */
export function feed<S extends MachineState, E extends Effect>(
  machine: Machine<S, E>,
  events: readonly Timed[],
  saved?: Saved,
): Step<S, E> {
  let last: Step<S, E> = { state: machine.restore(saved, moment) };
  for (const given of events) {
    const [event, at] = isTimed(given) ? given : [given, moment];
    last = machine.step(last.state, event, at);
  }
  return last;
}

const isTimed = (given: Timed): given is readonly [Event, Moment] => Array.isArray(given);

/** The machine as it comes back after its agent was killed: only what is durable is left, as JSON. */
export function restarted<S extends MachineState>(machine: Machine<S>, state: S): S {
  const saved = structuredClone({ row: state.row, items: new Map(state.items) });
  return machine.restore(saved, { ...moment, now: { ...moment.now, boot: 4 } });
}

/** Effects in short: the type and what it is about; topics without the robot's part. */
export const summaries = ({ effects = [] }: Step<MachineState>): string[] =>
  (effects as readonly AgentEffect[]).map(summaryOf);

function summaryOf(effect: AgentEffect): string {
  switch (effect.type) {
    case 'publish':
      return `publish ${effect.topic.replace(/^(\$aws\/things\/[^/]+|robots\/[^/]+\/up)\//, '')}`;
    case 'timer/set':
    case 'timer/clear':
    case 'cancel':
      return `${effect.type} ${effect.key}`;
    case 'note':
      return `note ${effect.text}`;
    case 'body/command':
      return `body/command ${effect.verb} ${effect.tag}`;
    case 'body/configure':
      return `body/configure ${JSON.stringify(effect.settings)}`;
    case 'map/keep':
    case 'map/put':
      return `${effect.type} ${effect.missionId}`;
    case 'map/forget':
      return `map/forget ${effect.mapId}`;
    case 'update/install':
    case 'update/arm':
    case 'update/confirm':
      return `${effect.type} ${effect.slot}`;
    default:
      return effect.type;
  }
}

/** The payloads of what was published, in order. */
export const payloads = ({ effects = [] }: Step<MachineState>): Record<string, unknown>[] =>
  (effects as readonly AgentEffect[]).flatMap((effect) =>
    effect.type === 'publish' ? [effect.payload as Record<string, unknown>] : [],
  );

/** The delay of the timer `key` that was set. */
export const timerMs = ({ effects = [] }: Step<MachineState>, key: string): number | undefined =>
  (effects as readonly AgentEffect[]).flatMap((effect) =>
    effect.type === 'timer/set' && effect.key === key ? [effect.ms] : [],
  )[0];
