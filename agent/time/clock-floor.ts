import { isoOf } from '../../protocol/time.ts';
import type { Event, Observation } from '../events.ts';
import { credentialsAfter } from '../identity/credentials-after.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import type { TimeEffect } from './effects.ts';
import { type FloorSources, floorNow, floorOf, isBeforeExpiry, readRow } from './floor.ts';

/**
 * Theory of operation. A board without a battery for its clock starts in 1970, and then every server's certificate is
 * "not yet valid". The checks are not relaxed. Instead the clock is set forward to the floor, the time that it must be
 * at least. The floor is the highest of
 *
 *     build        when this image was built: it is signed, and no earlier time can be the present
 *     certificate  the notBefore of our certificates from the line
 *     saved        the stored floor: one of these plus the time that has run since on the monotonic clock
 *
 *     asleep --agent/started, clock below floor--> raising --raised, not raised, no response--> ready
 *     asleep --agent/started, clock valid--------> ready
 *
 * `ready` is reported once, as `clock/ready`, and opens the link. A board that rejects the change, or does not answer
 * in time, must not keep the robot offline. TLS is tried all the same and fails with the true reason, and the status
 * shows it.
 *
 * A cloud's time never moves the floor. It moves the board's clock, because HTTPS and the log use that one, but only a
 * clock that no time service (NTP) keeps. The clock is set back when it is proven to be too far ahead:
 *
 *     the cloud's time is well ahead of the board's          forward to it
 *     it is well behind a clock that we had set              back to it, or to the floor
 *     TLS finds the server expired, by a clock that we set   back to the floor
 *     TLS finds the server not yet valid, its certificate
 *     signed for it by a CA of `cloudCa`                     forward to that certificate's beginning
 *
 * So a false time cannot keep a robot offline for good, not even over restarts. Before the clock is moved, it is stored
 * that the agent sets this clock. The same is kept in a file, in case the store is lost.
 */
export interface ClockState extends MachineState, FloorSources {
  readonly row: FloorSources['row'];
  readonly name: 'asleep' | 'raising' | 'ready';
  readonly raise: Raise;
  /** The board reports that a time service keeps its clock. */
  readonly isSynced: boolean;
  /** The clock was set back to the floor and has not been moved since. */
  readonly isBack: boolean;
}

/** The result of setting the clock forward; `code` says why it failed. */
interface Raise {
  readonly outcome: 'not-needed' | 'requested' | 'done' | 'failed';
  readonly code: string | null;
}

const answerTimer = 'clock/answer';
const hourTimer = 'clock/hour';
export const answerMsMax = 10_000;
export const saveEveryMs = 3_600_000;
/** The least floor time between two notifications: an hour, less the tolerance of timers. */
const notificationMsMin = 0.9 * saveEveryMs;
/** The difference to the cloud's time beyond which a board's clock is set forward or back. */
export const wrongMsMax = 5 * 60_000;

export const clockMachine: Machine<ClockState, TimeEffect> = {
  name: 'clock',
  format: { v: 1, minReader: 1 },
  restore: (saved) => ({
    row: readRow(saved),
    items: noItems,
    name: 'asleep',
    builtMs: 0,
    identity: { current: null, next: null },
    mark: null,
    raise: { outcome: 'not-needed', code: null },
    isSynced: false,
    isBack: false,
  }),
  step,
  // A floor that is an hour too low costs nothing; the clock's owner must be stored before the clock is moved.
  isDeferrable: ({ before, after }) => isOursIn(before) === isOursIn(after),
  view: (state) => {
    const floor = floorOf(state);
    return {
      state: state.name,
      floor: isoOf(floor.ms),
      floorFrom: floor.from,
      saved: state.row.provenMs === 0 ? null : isoOf(state.row.provenMs),
      raise: state.raise.outcome,
      code: state.raise.code,
      keptBy: clockKeeper(state),
    };
  },
};

const isOursIn = (row: unknown): boolean =>
  (row as Partial<ClockState['row']> | undefined)?.isOurs === true;

function clockKeeper({ isSynced, row }: ClockState): string {
  if (isSynced) return 'time service';
  return row.isOurs ? 'agent' : 'board';
}

function step(state: ClockState, event: Event, moment: Moment): Step<ClockState, TimeEffect> {
  switch (event.type) {
    case 'agent/started':
      return startClock(
        {
          ...{ ...(event.isClockOurs ? markClockOurs(state) : state), builtMs: event.builtMs },
          identity: event.identity,
          isSynced: event.board.system?.isClockSynced ?? false,
        },
        moment,
      );
    case 'clock/synced':
      return setSynced(state, event.isSynced);
    case 'clock/raised':
      return becomeReady({ ...state, raise: { outcome: 'done', code: null } });
    case 'clock/not-raised':
      return recordFailure(state, event.code);
    case 'timer':
      if (event.key === answerTimer && state.name === 'raising') {
        return recordFailure(state, 'no-answer');
      }
      return event.key === hourTimer ? saveFloor(state, moment) : unchanged(state);
    case 'time/known':
      return checkClock(state, event, moment);
    case 'link/down':
      return handleLinkDown(state, event.observation, moment);
    case 'identity/known':
    case 'identity/staged':
    case 'identity/promoted':
      return recordEvidence(
        { ...state, identity: credentialsAfter(state.identity, event) },
        moment,
      );
    default:
      return unchanged(state);
  }
}

function startClock(before: ClockState, moment: Moment): Step<ClockState, TimeEffect> {
  const { now } = moment;
  const floor = floorOf(before);
  const { state, effects = [] } = recordEvidence(before, moment);
  const begin = [...effects, hourAgain];
  const events = [{ type: 'clock/floor', floorMs: floor.ms } as const];
  if (now.wallMs >= floor.ms) {
    const ready = becomeReady(state);
    return { ...ready, effects: begin, events: [...events, ...(ready.events ?? [])] };
  }
  return {
    state: {
      ...markClockOurs(state),
      name: 'raising',
      raise: { outcome: 'requested', code: null },
    },
    effects: [
      ...begin,
      { type: 'clock/raise', floorMs: floor.ms },
      { type: 'timer/set', key: answerTimer, ms: answerMsMax },
      {
        type: 'note',
        level: 'info',
        text: 'the clock is below its floor',
        about: { clock: isoOf(now.wallMs), floor: isoOf(floor.ms), from: floor.from },
      },
    ],
    events,
  };
}

const hourAgain: TimeEffect = { type: 'timer/set', key: hourTimer, ms: saveEveryMs };

/** New evidence: from here on the monotonic clock carries it on. */
function recordEvidence(
  state: ClockState,
  { now: { monoMs } }: Moment,
): Step<ClockState, TimeEffect> {
  const { ms } = floorOf(state);
  if (state.mark !== null && floorNow(state, monoMs) > ms) return { state };
  if (state.mark?.ms === ms) return { state };
  return {
    state: { ...state, mark: { ms, monoMs } },
    effects: [{ type: 'time/prove', floorMs: ms }],
  };
}

/** TLS may be tried now. Emitted once in the run of an agent; later connections are opened by the link itself. */
function becomeReady(state: ClockState): Step<ClockState, TimeEffect> {
  if (state.name === 'ready') return { state };
  return {
    state: { ...state, name: 'ready' },
    effects: state.name === 'raising' ? [{ type: 'timer/clear', key: answerTimer }] : [],
    events: [{ type: 'clock/ready' }],
  };
}

function recordFailure(state: ClockState, code: string): Step<ClockState, TimeEffect> {
  // Not set back either: the next expired server is another reason to try.
  const ready = becomeReady({ ...state, isBack: false, raise: { outcome: 'failed', code } });
  const text = 'the clock cannot be set';
  return {
    ...ready,
    effects: [...(ready.effects ?? []), { type: 'note', level: 'warn', text, about: { code } }],
  };
}

/** A clock that a time service keeps must not be set back. */
function setSynced(state: ClockState, isSynced: boolean): Step<ClockState, TimeEffect> {
  if (isSynced === state.isSynced && !(isSynced && state.row.isOurs)) return unchanged(state);
  const row = isSynced ? { ...state.row, isOurs: false } : state.row;
  const effects: TimeEffect[] = row === state.row ? [] : [{ type: 'clock/disown' }];
  return { state: { ...state, isSynced, row }, effects };
}

function checkClock(
  state: ClockState,
  { cloudMs, boardMs }: { readonly cloudMs: number; readonly boardMs: number },
  { now }: Moment,
): Step<ClockState, TimeEffect> {
  if (!isBeforeExpiry(state, cloudMs)) {
    const text = 'cloud time is not within the life of our certificate';
    const about = { cloudTime: String(cloudMs) };
    return { state, effects: [{ type: 'note', level: 'warn', text, about }] };
  }
  if (state.isSynced) return unchanged(state);
  const behindMs = cloudMs - boardMs;
  if (behindMs > wrongMsMax) return raiseClock(state, cloudMs);
  const isAhead = behindMs < -wrongMsMax && state.row.isOurs;
  return isAhead
    ? setClockBack(state, Math.max(cloudMs, floorNow(state, now.monoMs)))
    : unchanged(state);
}

/** TLS judges the server's dates by the board's clock. A failure proves that clock wrong if the agent has set it. */
function handleLinkDown(
  state: ClockState,
  { kind, code, serverFromMs }: Observation,
  { now }: Moment,
): Step<ClockState, TimeEffect> {
  if (kind !== 'tls' || state.isSynced) return unchanged(state);
  if (code === 'CERT_HAS_EXPIRED' && state.row.isOurs && !state.isBack) {
    const back = setClockBack(state, floorNow(state, now.monoMs));
    return { ...back, state: { ...back.state, isBack: true } };
  }
  if (code !== 'CERT_NOT_YET_VALID' || serverFromMs === undefined) return unchanged(state);
  return isBeforeExpiry(state, serverFromMs)
    ? raiseClock(state, serverFromMs + 1000)
    : unchanged(state);
}

function saveFloor(state: ClockState, { now }: Moment): Step<ClockState, TimeEffect> {
  const floorMs = floorNow(state, now.monoMs);
  // Values derived from build and certificates need not be stored.
  const isFirst = floorMs - floorOf(state).ms >= notificationMsMin;
  const saved = isFirst ? { ...state, row: { ...state.row, provenMs: floorMs } } : state;
  const isClockProven =
    state.raise.outcome === 'failed' &&
    now.quality === 'synced' &&
    isBeforeExpiry(state, now.wallMs);
  const after = isClockProven && !state.isSynced ? raiseClock(saved, now.wallMs) : { state: saved };
  return {
    ...after,
    effects: [...(after.effects ?? []), hourAgain],
    events: [{ type: 'clock/floor', floorMs }],
  };
}

const markClockOurs = (state: ClockState): ClockState =>
  state.row.isOurs ? state : { ...state, row: { ...state.row, isOurs: true } };

const raiseClock = (state: ClockState, floorMs: number): Step<ClockState, TimeEffect> => ({
  state: { ...markClockOurs(state), isBack: false, raise: { outcome: 'requested', code: null } },
  effects: [{ type: 'clock/raise', floorMs: Math.round(floorMs) }],
});

const setClockBack = (state: ClockState, wallMs: number): Step<ClockState, TimeEffect> => ({
  state: { ...state, isBack: false, raise: { outcome: 'requested', code: null } },
  effects: [
    { type: 'clock/set-back', wallMs: Math.round(wallMs) },
    {
      type: 'note',
      level: 'warn',
      text: 'the clock was set too far ahead; it is set back',
      about: { to: isoOf(wallMs) },
    },
  ],
});
