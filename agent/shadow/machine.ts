import type { BodySettings } from '../../hal/robot-body.ts';
import type { Settings } from '../../protocol/schemas/settings.ts';
import { topicOf } from '../../protocol/topics.ts';
import type { Event } from '../events.ts';
import {
  dailyPollMs,
  type Machine,
  type Moment,
  noItems,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import { bootPart, noAgentPart } from './agent-part.ts';
import type { ShadowEffect } from './effects.ts';
import { knows, takePoll, watchGap } from './gaps.ts';
import { canonical, notUpdated, report, updated } from './report.ts';
import { configured, reconcile, sameSettings, unconfigured } from './settings.ts';
import {
  configureTimer,
  fullPace,
  fullPolls,
  gapTimer,
  getTimer,
  pause,
  type Row,
  reportTimer,
  type ShadowConfig,
  type ShadowState,
} from './state.ts';
import { settingOf, unreadIn } from './wishes.ts';

/**
 * Theory of operation. The body holds the settings; the cloud's shadow holds what is wanted of them (`desired`) and
 * what we last said of them (`reported`). This machine brings the first to the second and tells the third. At each
 * connection it gets the shadow and starts from there.
 *
 * A wanted setting that differs from the body's goes to the body. What the body refuses is reported with the reason
 * and not tried again until another value is wanted, so a difference that cannot be mended makes one report and no
 * endless loop of deltas; so is what the body took three times and still does not hold (`not-held`). A body that did
 * not answer is asked again with growing pauses. A report is published only when it says something else than the last
 * one that the cloud acknowledged, and again with growing pauses until `update/accepted` brings its token.
 *
 * What was applied and then changed on the robot stays as it was changed there, and the wish is taken back (`desired` of
 * that name becomes `null`, decision 0021). To tell such a change from a wish that was not applied yet, also after a
 * restart or an outage, the wish that the body was last seen to hold is stored, by name (`row.applied`).
 *
 * Documents are read part by part: a wish that cannot be read is reported as refused, and the others are applied.
 *
 * Deltas and answers carry the shadow's version: one older than what is known on this connection comes late and is
 * ignored.
 */
export function shadowMachine(config: ShadowConfig): Machine<ShadowState, ShadowEffect> {
  return {
    name: 'shadow',
    format: { v: 1, minReader: 1 },
    restore: (saved, { now }) => ({
      row: (saved?.row as Row | null | undefined) ?? null,
      items: noItems,
      linkUp: false,
      got: false,
      asked: 0,
      version: 0,
      covered: 0,
      heard: 0,
      desired: {},
      unreadable: {},
      actual: null,
      refused: {},
      agent: noAgentPart,
      told: null,
      reportedRefused: [],
      reportedSettings: [],
      pending: null,
      configuring: null,
      tries: 0,
      timeouts: 0,
      doubted: {},
      configures: fullPace(now.monoMs),
      tells: fullPace(now.monoMs),
      looks: fullPolls(now.monoMs),
    }),
    step: (state, event, moment) =>
      config.enabled ? step(config, state, event, moment) : unchanged(state),
    view: ({ version, desired, actual, refused }) => ({ version, desired, actual, refused }),
  };
}

function step(
  config: ShadowConfig,
  state: ShadowState,
  event: Event,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  const { now } = moment;
  switch (event.type) {
    case 'agent/started': {
      // Our own reader takes back 80 characters.
      const version = event.version.slice(0, 80);
      const agent = { ...state.agent, ...bootPart(event.board.boot), version, boot: now.boot };
      return { state: { ...state, agent } };
    }
    case 'board/known': {
      const agent = { ...state.agent, ...bootPart(event.board.boot) };
      return report({ ...state, agent }, config, moment);
    }
    case 'storage/changed': {
      const storage = event.storage.slice(0, 80);
      return report({ ...state, agent: { ...state.agent, storage } }, config, moment);
    }
    case 'link/up':
      return get({ ...state, linkUp: true, got: false, asked: 0, pending: null }, config, moment);
    case 'link/down':
      return { state: { ...state, linkUp: false, pending: null } };
    case 'timer':
      if (event.key === getTimer) return get(state, config, moment);
      if (event.key === gapTimer) return pollAgain(state, config, moment);
      if (event.key === configureTimer) return reconcile(state, config, moment);
      return event.key === reportTimer
        ? report({ ...state, pending: null }, config, moment)
        : unchanged(state);
    case 'cloud/shadow-got':
      if (state.got && event.body.version < state.version) return unchanged(state);
      return begin({ ...state, ...readShadow(event) }, config, moment);
    case 'cloud/shadow-not-got':
      if (event.body.code !== 404) return unchanged(state);
      return begin({ ...state, ...noShadow }, config, moment);
    case 'cloud/shadow-delta': {
      const { version, state: delta } = event.body;
      if (!state.got || version <= state.version) return unchanged(state);
      const known = knows(state, version, 'all before');
      const desired = { ...settled(state), ...delta.settings };
      const unreadable = unreadIn(event.dropped ?? [], ['state', 'settings']);
      return reconcile({ ...known, version, desired, unreadable }, config, moment);
    }
    case 'body/snapshot':
      return observed(state, event.snapshot.settings, config, moment);
    case 'body/partial-snapshot':
      return observed(state, event.settings, config, moment);
    case 'body/configured':
      return configured(state, event.refused);
    case 'body/unconfigured':
      return unconfigured(config, state, event.code, moment);
    case 'cloud/shadow-updated': {
      const isOurs = event.body.clientToken === state.pending?.token;
      const known = knows(state, event.body.version, isOurs ? 'itself' : 'nothing');
      if (!state.got) return updated(config, state, event.body, moment);
      return watchGap(updated(config, known, event.body, moment), moment);
    }
    case 'news/missed':
      return watchGap({ state: knows(state, state.covered + 1, 'nothing') }, moment);
    case 'cloud/shadow-not-updated':
      return notUpdated(config, state, event.body, moment);
    default:
      return unchanged(state);
  }
}

function observed(
  state: ShadowState,
  actual: BodySettings | null,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  if (actual === null) return unchanged(state);
  const isKnown = Object.keys(state.doubted).length === 0;
  if (isKnown && sameSettings(state.actual, actual)) return unchanged(state);
  return reconcile({ ...state, actual, doubted: {} }, config, moment);
}

function get(
  state: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  if (!state.linkUp) return unchanged(state);
  const asked = state.asked + 1;
  return {
    state: { ...state, asked },
    effects: [
      {
        type: 'publish',
        topic: topicOf('$aws/things/{robot}/shadow/get', { robot: config.robot }),
        payload: { clientToken: moment.freshId },
      },
      { type: 'timer/set', key: getTimer, ms: pause(config, asked, moment) },
    ],
  };
}

const noShadow = {
  ...{ got: true, version: 0, covered: 0, heard: 0, desired: {}, unreadable: {} },
  ...{ told: null, reportedRefused: [], reportedSettings: [] },
} as const;

/** The shadow part by part. What others have written into our section in a form that we would not is removed by name. */
function readShadow({ body, dropped = [] }: Extract<Event, { type: 'cloud/shadow-got' }>) {
  const { desired, reported = {} } = body.state;
  const { settings = {}, refused = {} } = reported;
  const namesIn = (section: string) =>
    Object.keys(unreadIn(dropped, ['state', 'reported', section]));
  const isSpoilt = dropped.some(({ path }) => path[1] === 'reported');
  return {
    got: true,
    version: body.version,
    covered: body.version,
    heard: body.version,
    desired: desired?.settings ?? {},
    unreadable: unreadIn(dropped, ['state', 'desired', 'settings']),
    told: isSpoilt ? null : canonical(reported),
    reportedRefused: [...Object.keys(refused), ...namesIn('refused')],
    reportedSettings: [...Object.keys(settings), ...namesIn('settings')],
  };
}

/**
 * The wishes that the body holds, or has held: the cloud was told so, and a delta does not name them. A delta is the whole
 * difference (AWS IoT developer guide, "Device Shadow MQTT topics": `/update/delta` holds every desired value that differs
 * from the reported one), so a wish that was still to be fulfilled and is not in a newer one has been taken back. (What the
 * body holds is not known between a request to it and the next snapshot.)
 */
const settled = ({ desired, actual, row }: ShadowState): Settings =>
  Object.fromEntries(
    Object.entries(desired).filter(
      ([name, value]) =>
        settingOf(actual, name) === value || settingOf(row?.applied ?? null, name) === value,
    ),
  );

/** The patience is over: what has not come by now was missed, and what else was is looked for, too. */
function pollAgain(
  before: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  if (!before.linkUp || before.heard <= before.covered) return unchanged(before);
  const look = takePoll(before, moment);
  if ('waitsMs' in look) {
    return { state: before, effects: [{ type: 'timer/set', key: gapTimer, ms: look.waitsMs }] };
  }
  return { ...get(look.state, config, moment), events: [{ type: 'news/missed' }] };
}

/**
 * A fresh look at the shadow. TCP delivers as long as the connection lives, and versions tell of most of what a broker
 * threw away; the next look without a reason is due within a day.
 */
function begin(
  state: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  const next = reconcile({ ...state, asked: 0 }, config, moment);
  const later: ShadowEffect = { type: 'timer/set', key: getTimer, ms: dailyPollMs(moment.random) };
  return { ...next, effects: [...(next.effects ?? []), later] };
}
