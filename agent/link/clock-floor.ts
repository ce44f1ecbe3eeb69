import type { Event } from '../events.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  type Step,
  stay,
} from '../machine.ts';
import { type FloorSources, floorOf, isBelievable, isoOf, readRow, savedOf } from './floor.ts';
import { pairsAfter } from './pairs.ts';

/**
 * Theory of operation. A board without a battery for its clock wakes in 1970, and then every server's certificate is
 * "not yet valid". The checks stay as they are; the clock is brought to where it must be at least, the floor: the
 * highest of
 *
 *     build        when this image was built: it is signed, and no time before that was ever now
 *     saved        the last cloud time that was stored
 *     certificate  the notBefore of our own certificate, and of the next one
 *
 *     asleep --agent/started, clock below floor--> raising --raised, not raised, silence--> ready
 *     asleep --agent/started, clock good---------> ready
 *
 * `ready` is said once, as `clock/ready`, and opens the link. A board that refuses, or does not answer within a bound,
 * keeps nobody away for ever: TLS is tried all the same, refuses honestly, and the status tells why.
 *
 * Cloud time is saved when it is at least an hour after what is saved, so at most hourly (flash wears out). It is never
 * lowered. When it becomes known and the board's clock is well behind, the board's clock follows, because HTTPS and the
 * log go by that one; the agent's own stamps do not need it, and no connection is made anew.
 */
export interface ClockState extends MachineState, FloorSources {
  readonly row: FloorSources['row'];
  readonly name: 'asleep' | 'raising' | 'ready';
  readonly raise: Raise;
}

/** What became of bringing the clock forward; `code` says why it failed. */
interface Raise {
  readonly outcome: 'not-needed' | 'asked' | 'done' | 'failed';
  readonly code: string | null;
}

const answerTimer = 'clock/answer';
const hourTimer = 'clock/hour';
export const answerMsMax = 10_000;
export const saveEveryMs = 3_600_000;
/** A board's clock that is so much behind the cloud's is brought forward. */
export const behindMsMax = 5 * 60_000;

export const clockMachine: Machine<ClockState> = {
  name: 'clock',
  format: { v: 1, minReader: 1 },
  restore: (saved) => ({
    row: readRow(saved),
    items: noItems,
    name: 'asleep',
    builtMs: 0,
    identity: { current: null, next: null },
    raise: { outcome: 'not-needed', code: null },
  }),
  step,
  view: (state) => {
    const floor = floorOf(state);
    return {
      state: state.name,
      floor: isoOf(floor.ms),
      floorFrom: floor.from,
      saved: state.row === null ? null : isoOf(state.row.savedMs),
      raise: state.raise.outcome,
      code: state.raise.code,
    };
  },
};

function step(state: ClockState, event: Event, moment: Moment): Step<ClockState> {
  switch (event.type) {
    case 'agent/started':
      return start({ ...state, builtMs: event.builtMs, identity: event.identity }, moment);
    case 'clock/raised':
      return goOn({ ...state, raise: { outcome: 'done', code: null } });
    case 'clock/not-raised':
      return notRaised(state, event.code);
    case 'timer':
      if (event.key === answerTimer && state.name === 'raising') {
        return notRaised(state, 'no-answer');
      }
      return event.key === hourTimer ? hourly(state, moment) : stay(state);
    case 'time/known':
      return known(state, event.cloudMs, moment);
    case 'identity/known':
    case 'identity/staged':
    case 'identity/promoted':
      return { state: { ...state, identity: pairsAfter(state.identity, event) } };
    default:
      return stay(state);
  }
}

function start(state: ClockState, { now }: Moment): Step<ClockState> {
  const floor = floorOf(state);
  if (now.wallMs >= floor.ms) return goOn(state);
  return {
    state: { ...state, name: 'raising', raise: { outcome: 'asked', code: null } },
    effects: [
      { type: 'clock/raise', floorMs: floor.ms },
      { type: 'timer/set', key: answerTimer, ms: answerMsMax },
      {
        type: 'note',
        level: 'info',
        text: 'the clock is below its floor',
        about: { clock: isoOf(now.wallMs), floor: isoOf(floor.ms), from: floor.from },
      },
    ],
  };
}

/** TLS may be tried now, said once in the life of an agent: the link opens itself again from there on. */
function goOn(state: ClockState): Step<ClockState> {
  if (state.name === 'ready') return { state };
  return {
    state: { ...state, name: 'ready' },
    effects: state.name === 'raising' ? [{ type: 'timer/clear', key: answerTimer }] : [],
    events: [{ type: 'clock/ready' }],
  };
}

function notRaised(state: ClockState, code: string): Step<ClockState> {
  const gone = goOn({ ...state, raise: { outcome: 'failed', code } });
  const text = 'the clock cannot be brought to its floor';
  return {
    ...gone,
    effects: [...(gone.effects ?? []), { type: 'note', level: 'warn', text, about: { code } }],
  };
}

/** At this moment the stamps still come from the board's own clock, unless cloud time was known before. */
function known(state: ClockState, cloudMs: number, { now }: Moment): Step<ClockState> {
  if (!isBelievable(state, cloudMs)) {
    const text = 'cloud time is not within the life of our certificate';
    const about = { cloudTime: String(cloudMs) };
    return { state, effects: [{ type: 'note', level: 'warn', text, about }] };
  }
  const isBehind = now.quality !== 'synced' && cloudMs - now.wallMs > behindMsMax;
  const after = isBehind ? raiseTo(state, cloudMs) : { state };
  return {
    state: save(after.state, cloudMs),
    effects: [...(after.effects ?? []), { type: 'timer/set', key: hourTimer, ms: saveEveryMs }],
  };
}

/** Only `synced` time is ever saved; what else a clock shows may be anything. */
function hourly(state: ClockState, { now }: Moment): Step<ClockState> {
  const again = { type: 'timer/set', key: hourTimer, ms: saveEveryMs } as const;
  if (now.quality !== 'synced' || !isBelievable(state, now.wallMs)) {
    return { state, effects: [again] };
  }
  const after = state.raise.outcome === 'failed' ? raiseTo(state, now.wallMs) : { state };
  return { state: save(after.state, now.wallMs), effects: [...(after.effects ?? []), again] };
}

const raiseTo = (state: ClockState, floorMs: number): Step<ClockState> => ({
  state: { ...state, raise: { outcome: 'asked', code: null } },
  effects: [{ type: 'clock/raise', floorMs }],
});

function save(state: ClockState, ms: number): ClockState {
  const before = savedOf(state);
  return before !== undefined && ms - before < saveEveryMs
    ? state
    : { ...state, row: { savedMs: Math.round(ms) } };
}
