import type { BodySettings } from '../../hal/robot-body.ts';
import type { Reported, Settings } from '../../protocol/schemas/settings.ts';
import { type RobotId, shadowTopics } from '../../protocol/topics.ts';
import type { Effect } from '../effects.ts';
import type { Event } from '../events.ts';
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
 * Theory of operation. The body holds the settings; the cloud's shadow holds what is wanted of them (`desired`) and
 * what we last said of them (`reported`). This machine brings the first to the second and tells the third, and stores
 * nothing: at each connection it gets the shadow and starts from there.
 *
 * A wanted setting that differs from the body's goes to the body. What the body refuses is reported with the reason
 * and not tried again until another value is wanted, so a difference that cannot be mended makes one report and no
 * endless loop of deltas. A report is published only when it says something else than the last one that the cloud
 * acknowledged, and again with growing pauses until `update/accepted` brings its token.
 *
 * Deltas carry the shadow's version: one that is not newer than what is known comes late and is ignored.
 */
export interface ShadowConfig {
  readonly robot: RobotId;
  readonly enabled: boolean;
  readonly askMs: number;
  readonly askMsMax: number;
}

export interface ShadowState extends MachineState {
  readonly linkUp: boolean;
  /** The shadow was got (or found absent) on this connection. */
  readonly got: boolean;
  readonly asked: number;
  readonly version: number;
  readonly desired: Settings;
  /** As the body holds them; `null` until it was seen. */
  readonly actual: BodySettings | null;
  /** Refused values by name, with the reason. */
  readonly refused: Readonly<Record<string, { value: unknown; reason: string }>>;
  readonly agent: Reported['agent'];
  /** The report that the cloud is known to hold, in canonical form, and the names it holds as refused. */
  readonly told: string | null;
  readonly toldRefused: readonly string[];
  readonly pending: (Told & { readonly token: string }) | null;
  readonly configuring: boolean;
}

type Told = Pick<ShadowState, 'toldRefused'> & { readonly told: string };

const getTimer = 'shadow/get';
const tellTimer = 'shadow/tell';

export function shadowMachine(config: ShadowConfig): Machine<ShadowState> {
  return {
    name: 'shadow',
    format: { v: 1, minReader: 1 },
    restore: () => ({
      row: null,
      items: noItems,
      linkUp: false,
      got: false,
      asked: 0,
      version: 0,
      desired: {},
      actual: null,
      refused: {},
      agent: { version: '', slot: '', boot: 0 },
      told: null,
      toldRefused: [],
      pending: null,
      configuring: false,
    }),
    step: (state, event, moment) =>
      config.enabled ? step(config, state, event, moment) : stay(state),
    view: ({ version, desired, actual, refused }) => ({ version, desired, actual, refused }),
  };
}

function step(
  config: ShadowConfig,
  state: ShadowState,
  event: Event,
  moment: Moment,
): Step<ShadowState> {
  const { now } = moment;
  switch (event.type) {
    case 'agent/started': {
      const slot = event.board.boot?.booted ?? '';
      return { state: { ...state, agent: { version: event.version, slot, boot: now.boot } } };
    }
    case 'link/up':
      return get({ ...state, linkUp: true, got: false, asked: 0, pending: null }, config, moment);
    case 'link/down':
      return { state: { ...state, linkUp: false, pending: null } };
    case 'timer':
      if (event.key === getTimer) return get(state, config, moment);
      return event.key === tellTimer
        ? tell({ ...state, pending: null }, config, moment)
        : stay(state);
    case 'cloud/shadow-got': {
      const { desired, reported = {} } = event.body.state;
      return begin(
        {
          ...state,
          got: true,
          version: event.body.version,
          desired: desired?.settings ?? {},
          told: canonical(reported),
          toldRefused: Object.keys(reported.refused ?? {}),
        },
        config,
        moment,
      );
    }
    case 'cloud/shadow-not-got':
      if (event.body.code !== 404) return stay(state);
      return begin(
        { ...state, got: true, desired: {}, told: null, toldRefused: [] },
        config,
        moment,
      );
    case 'cloud/shadow-delta': {
      const { version, state: delta } = event.body;
      if (!state.got || version <= state.version) return stay(state);
      const desired = { ...state.desired, ...delta.settings };
      return reconcile({ ...state, version, desired }, config, moment);
    }
    case 'body/observed':
      if (sameSettings(state.actual, event.snapshot.settings)) return stay(state);
      return reconcile({ ...state, actual: event.snapshot.settings }, config, moment);
    case 'body/configured':
      return configured(state, event.refused);
    case 'body/unconfigured':
      return { state: { ...state, configuring: false } };
    case 'cloud/shadow-updated':
      return updated(config, state, event.body, moment);
    default:
      return stay(state);
  }
}

function get(state: ShadowState, config: ShadowConfig, moment: Moment): Step<ShadowState> {
  if (!state.linkUp) return stay(state);
  const asked = state.asked + 1;
  return {
    state: { ...state, asked },
    effects: [
      {
        type: 'publish',
        topic: shadowTopics(config.robot).get,
        payload: { clientToken: moment.nonce },
      },
      { type: 'timer/set', key: getTimer, ms: pause(config, asked, moment) },
    ],
  };
}

/** A fresh look at the shadow; the next is due much later, to make good a delta that got lost. */
function begin(state: ShadowState, config: ShadowConfig, moment: Moment): Step<ShadowState> {
  const next = reconcile({ ...state, asked: 0 }, config, moment);
  const later: Effect = { type: 'timer/set', key: getTimer, ms: config.askMsMax };
  return { ...next, effects: [...(next.effects ?? []), later] };
}

/** Compares wanted and actual, asks the body for the difference, and tells the cloud when there is none left. */
function reconcile(state: ShadowState, config: ShadowConfig, moment: Moment): Step<ShadowState> {
  if (!state.got || state.actual === null || state.configuring) return stay(state);
  const wanted = Object.entries(state.desired).filter(
    ([name, value]) =>
      state.actual?.[name] !== value && !Object.is(state.refused[name]?.value, value),
  );
  if (wanted.length === 0) return tell(state, config, moment);
  return {
    state: { ...state, configuring: true },
    effects: [{ type: 'body/configure', settings: Object.fromEntries(wanted) }],
  };
}

function configured(
  before: ShadowState,
  reasons: Readonly<Record<string, string>>,
): Step<ShadowState> {
  const refused = Object.fromEntries([
    ...Object.entries(before.refused).filter(([name, { value }]) => before.desired[name] === value),
    ...Object.entries(reasons).map(([name, reason]) => [
      name,
      { value: before.desired[name], reason },
    ]),
  ]);
  // What the body holds now, only the body knows: the look that follows leads to the report.
  return {
    state: { ...before, configuring: false, refused, actual: null },
    events: [{ type: 'body/changed' }],
  };
}

function tell(state: ShadowState, config: ShadowConfig, moment: Moment): Step<ShadowState> {
  if (!state.linkUp || !state.got || state.actual === null || state.pending !== null) {
    return stay(state);
  }
  const reasons = Object.entries(state.refused).map(([name, { reason }]) => [name, reason]);
  const refused: Record<string, string | null> = Object.fromEntries(reasons);
  const reported: Reported = { settings: state.actual, refused, agent: state.agent };
  const told = canonical(reported);
  if (told === state.told) return stay(state);
  const pending = { token: moment.nonce, told, toldRefused: Object.keys(refused) };
  for (const name of state.toldRefused) refused[name] ??= null;
  const asked = state.asked + 1;
  return {
    state: { ...state, pending, asked },
    effects: [
      {
        type: 'publish',
        topic: shadowTopics(config.robot).update,
        payload: { state: { reported }, clientToken: pending.token },
      },
      { type: 'timer/set', key: tellTimer, ms: pause(config, asked, moment) },
    ],
  };
}

/** Our own updates raise the version too, but only deltas are ordered by it: one may have crossed ours on the way. */
function updated(
  config: ShadowConfig,
  state: ShadowState,
  { clientToken }: { clientToken?: string },
  moment: Moment,
): Step<ShadowState> {
  const { pending } = state;
  if (pending === null || clientToken !== pending.token) return stay(state);
  const { told, toldRefused } = pending;
  const next = tell({ ...state, pending: null, asked: 0, told, toldRefused }, config, moment);
  return next.effects ? next : { ...next, effects: [{ type: 'timer/clear', key: tellTimer }] };
}

const pause = (config: ShadowConfig, asked: number, { draw }: Moment): number =>
  backoffMs(asked, draw, {
    baseMs: config.askMs,
    capMs: config.askMsMax,
    floorMs: config.askMs / 2,
  });

const sameSettings = (a: BodySettings | null, b: BodySettings): boolean =>
  a !== null && JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** Two reports that say the same are the same text. */
const canonical = (reported: Partial<Reported>): string =>
  JSON.stringify([
    sorted(reported.settings ?? {}),
    sorted(reported.refused ?? {}),
    sorted(reported.agent ?? {}),
  ]);

const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
