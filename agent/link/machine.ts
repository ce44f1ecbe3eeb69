import type { BoardEvidence, CredentialsName, Event, LinkMemory, Observation } from '../events.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import {
  type BackoffConfig,
  connectDelayMs,
  connectDelayMsMax,
  connectGapMs,
  provenMs,
} from './backoff.ts';
import type { LinkEffect } from './effects.ts';

/**
 * Theory of operation. One connection, reopened whenever it ends.
 *
 *     waiting --the delay is over--> connecting --link/up--> up --link/down--> waiting
 *                                    connecting --link/down--> waiting
 *
 * The delay before the next attempt is drawn uniformly below a ceiling that doubles with every failure in a row (full
 * jitter). Its bounds depend on what was observed (`backoff.ts`), never on a diagnosis. The failure count is reset only
 * after a connection has been up for a minute. Two attempts always start at least a second apart.
 *
 * An agent that crashes and restarts would begin without a delay, and its supervisor would make it hammer the cloud. So
 * the count and the end of the delay are kept outside the store, in the runtime folder, with the id of this boot of the
 * board. They survive the process but not a power cycle: an owner who pulls the plug expects an immediate attempt.
 *
 * The robot's first contact with its cloud looks like a failure: just-in-time registration closes the connection
 * without CONNACK while the certificate is being registered, and accepts the next attempt.
 */
export interface LinkState extends MachineState {
  readonly name: 'connecting' | 'up' | 'waiting';
  readonly failures: number;
  readonly connects: number;
  readonly last: Observation | null;
  /** The credentials used for connections. */
  readonly credentials: CredentialsName;
  /** When the newest attempt started, and the time before which there must be no other; monotonic ms. */
  readonly openedMs: number | null;
  readonly untilMs: number;
  readonly bootId: string | null;
}

const retryTimer = 'link/retry';
const provenTimer = 'link/proven';

export function linkMachine(config: BackoffConfig): Machine<LinkState, LinkEffect> {
  return {
    name: 'link',
    format: { v: 1, minReader: 1 },
    restore: () => ({
      row: null,
      items: noItems,
      name: 'waiting',
      failures: 0,
      connects: 0,
      last: null,
      credentials: 'current',
      openedMs: null,
      untilMs: 0,
      bootId: null,
    }),
    step: (state, event, moment) => step(config, state, event, moment),
    view: ({ name, failures, connects, last, credentials }) => ({
      ...{ state: name, failures, connects, last, credentials },
    }),
  };
}

function step(
  config: BackoffConfig,
  state: LinkState,
  event: Event,
  moment: Moment,
): Step<LinkState, LinkEffect> {
  switch (event.type) {
    case 'agent/started':
      return { state: restoreDelay(state, event.board, event.link, moment) };
    case 'board/known':
      return { state: { ...state, bootId: event.board.system?.bootId ?? null } };
    case 'clock/ready':
      return openWhenDue(state, moment);
    case 'identity/use':
      return useCredentials(state, event.credentials, moment);
    case 'identity/promoted':
      return markPromoted(state, moment);
    case 'timer':
      if (event.key === retryTimer && state.name === 'waiting') return openWhenDue(state, moment);
      return event.key === provenTimer && state.name === 'up'
        ? resetFailures(state)
        : unchanged(state);
    case 'link/up':
      if (state.name !== 'connecting' || event.credentials !== state.credentials)
        return unchanged(state);
      return {
        state: { ...state, name: 'up', connects: state.connects + 1 },
        effects: [{ type: 'timer/set', key: provenTimer, ms: provenMs }],
      };
    case 'link/down':
      return state.name === 'waiting'
        ? unchanged(state)
        : scheduleAttempt(config, state, event.observation, moment);
    default:
      return unchanged(state);
  }
}

/**
 * Restores the delay of an agent of this same boot of the board. Without a boot id there may have been a power cycle:
 * then only the minimum of one second between attempts applies.
 */
function restoreDelay(
  state: LinkState,
  { system }: BoardEvidence,
  memory: LinkMemory | null,
  { now }: Moment,
): LinkState {
  const bootId = system?.bootId ?? null;
  if (memory === null || memory.openedMs > now.monoMs) return { ...state, bootId };
  const { failures, openedMs } = memory;
  if (memory.bootId !== bootId) {
    const isRecent = now.monoMs - openedMs < connectGapMs;
    return { ...state, bootId, openedMs: isRecent ? openedMs : null };
  }
  // The file may hold any value.
  const untilMs = Math.min(memory.untilMs, now.monoMs + connectDelayMsMax);
  return { ...state, bootId, failures, openedMs, untilMs };
}

/** Connects now, or when the delay is over: at least a second after the previous attempt. */
function openWhenDue(state: LinkState, { now }: Moment): Step<LinkState, LinkEffect> {
  const gapMs = state.openedMs === null ? 0 : state.openedMs + connectGapMs;
  const ms = Math.max(state.untilMs, gapMs) - now.monoMs;
  if (ms > 0) {
    const untilMs = now.monoMs + ms;
    const effects = [{ type: 'timer/set', key: retryTimer, ms } as const];
    return { state: { ...state, name: 'waiting', untilMs }, effects };
  }
  const next = { ...state, name: 'connecting', openedMs: now.monoMs } as const;
  return {
    state: next,
    effects: [...storeDelay(next), { type: 'link/open', credentials: state.credentials }],
  };
}

/** A connection made with the old credentials proves nothing for the new ones. */
function useCredentials(
  state: LinkState,
  credentials: CredentialsName,
  moment: Moment,
): Step<LinkState, LinkEffect> {
  if (credentials === state.credentials) return unchanged(state);
  const next = { ...state, credentials };
  switch (state.name) {
    case 'up':
      return { state: next, effects: [{ type: 'link/close' }] };
    case 'connecting':
      return restartAttempt(next, moment);
    case 'waiting':
      return unchanged(next);
  }
}

/** The next credentials are the current ones now; their connection stays. */
function markPromoted(state: LinkState, moment: Moment): Step<LinkState, LinkEffect> {
  if (state.credentials === 'current') return unchanged(state);
  const next = { ...state, credentials: 'current' } as const;
  // The running attempt may not have read the credentials yet, and their old name no longer exists.
  return state.name === 'connecting' ? restartAttempt(next, moment) : unchanged(next);
}

/** Drops the running attempt for another one. */
function restartAttempt(state: LinkState, moment: Moment): Step<LinkState, LinkEffect> {
  const { state: next, effects = [] } = openWhenDue(state, moment);
  return { state: next, effects: [{ type: 'cancel', key: 'link/open' }, ...effects] };
}

function scheduleAttempt(
  config: BackoffConfig,
  state: LinkState,
  observation: Observation,
  { now, random }: Moment,
): Step<LinkState, LinkEffect> {
  const failures = observation.kind === 'closed' ? state.failures : state.failures + 1;
  const ms = connectDelayMs(config, observation, { failures, random });
  const untilMs = now.monoMs + ms;
  const next = { ...state, name: 'waiting', failures, last: observation, untilMs } as const;
  const { kind, detail } = observation;
  return {
    state: next,
    effects: [
      { type: 'timer/clear', key: provenTimer },
      { type: 'timer/set', key: retryTimer, ms },
      ...storeDelay(next),
      {
        type: 'note',
        level: 'info',
        text: 'link down',
        about: { observation: kind, detail, retryMs: ms },
      },
    ],
  };
}

function resetFailures(state: LinkState): Step<LinkState, LinkEffect> {
  if (state.failures === 0) return unchanged(state);
  const next = { ...state, failures: 0 };
  return { state: next, effects: storeDelay(next) };
}

function storeDelay({ bootId, failures, openedMs, untilMs }: LinkState) {
  if (openedMs === null) return [];
  const memory = { bootId: bootId ?? unknownBoot, failures, openedMs, untilMs };
  return [{ type: 'link/remember', memory } as const];
}

/** Not the id of any boot. */
const unknownBoot = '';
