import type { Event, Observation, Pair } from '../events.ts';
import {
  backoffMs,
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  type Step,
  stay,
} from '../machine.ts';

/**
 * Theory of operation. One connection, opened again for ever.
 *
 *     connecting --link/up--> up --link/down--> waiting --timer--> connecting
 *     connecting --link/down--> waiting
 *
 * The pause before the next attempt is drawn uniformly below a ceiling that doubles with every failure (full jitter),
 * at least a second (AWS IoT takes one CONNECT a second of a client id). The count of failures starts again only after
 * a connection has lived for a minute: a broker that accepts and drops must not be hammered. Nothing is stored: after
 * a power cycle the owner wants a try now.
 *
 * The robot's first contact with its cloud looks like a failure: just-in-time registration closes the connection
 * without CONNACK while the certificate is being registered, and lets the next attempt in. Only the count of
 * failures matters here, not their kind.
 */
export interface LinkConfig {
  readonly retryMs: number;
  readonly retryMsMax: number;
}

export interface LinkState extends MachineState {
  readonly name: 'connecting' | 'up' | 'waiting';
  readonly failures: number;
  readonly upSinceMonoMs: number;
  readonly connects: number;
  readonly last: Observation | null;
  /** The pair that connections are made by. */
  readonly pair: Pair;
}

const retryTimer = 'link/retry';
const provenMs = 60_000;

export function linkMachine(config: LinkConfig): Machine<LinkState> {
  return {
    name: 'link',
    format: { v: 1, minReader: 1 },
    restore: () => ({
      row: null,
      items: noItems,
      name: 'waiting',
      failures: 0,
      upSinceMonoMs: 0,
      connects: 0,
      last: null,
      pair: 'current',
    }),
    step: (state, event, moment) => step(config, state, event, moment),
    view: ({ name, failures, connects, last, pair }) => ({
      ...{ state: name, failures, connects, last, pair },
    }),
  };
}

function step(config: LinkConfig, state: LinkState, event: Event, moment: Moment): Step<LinkState> {
  switch (event.type) {
    case 'clock/ready':
      return open(state);
    case 'identity/use':
      return use(state, event.pair);
    case 'identity/promoted':
      return taken(state);
    case 'timer':
      return event.key === retryTimer && state.name === 'waiting' ? open(state) : stay(state);
    case 'link/up':
      if (state.name !== 'connecting' || event.pair !== state.pair) return stay(state);
      return {
        state: {
          ...state,
          name: 'up',
          upSinceMonoMs: moment.now.monoMs,
          connects: state.connects + 1,
        },
      };
    case 'link/down':
      return state.name === 'waiting'
        ? stay(state)
        : wait(config, state, event.observation, moment);
    default:
      return stay(state);
  }
}

/** Another pair proves nothing by a connection that the old one made. */
function use(state: LinkState, pair: Pair): Step<LinkState> {
  if (pair === state.pair) return stay(state);
  const next = { ...state, pair };
  switch (state.name) {
    case 'up':
      return { state: next, effects: [{ type: 'link/close' }] };
    case 'connecting':
      // The attempt under way is given up for this one.
      return open(next);
    case 'waiting':
      return stay(next);
  }
}

/** What the next pair opened is the current pair's connection from here on. */
function taken(state: LinkState): Step<LinkState> {
  if (state.pair === 'current') return stay(state);
  const next = { ...state, pair: 'current' } as const;
  // An attempt under way may not have read the pair yet, and its old name is gone.
  return state.name === 'connecting' ? open(next) : stay(next);
}

const open = (state: LinkState): Step<LinkState> => ({
  state: { ...state, name: 'connecting' },
  effects: [{ type: 'link/open', pair: state.pair }],
});

function wait(
  config: LinkConfig,
  state: LinkState,
  observation: Observation,
  { now, draw }: Moment,
): Step<LinkState> {
  const proven = state.name === 'up' && now.monoMs - state.upSinceMonoMs >= provenMs;
  const failures = proven ? 0 : state.failures + 1;
  const ms = backoffMs(failures, draw, {
    baseMs: config.retryMs,
    capMs: config.retryMsMax,
    floorMs: 1000,
  });
  return {
    state: { ...state, name: 'waiting', failures, last: observation },
    effects: [
      { type: 'timer/set', key: retryTimer, ms },
      {
        type: 'note',
        level: 'info',
        text: 'link down',
        about: { observation: observation.kind, detail: observation.detail, retryMs: ms },
      },
    ],
  };
}
