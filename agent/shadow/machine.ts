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
import { settingOf, unreadIn } from './desired.ts';
import type { ShadowEffect } from './effects.ts';
import { recordVersion, spendRequest, watchGap } from './gaps.ts';
import { acceptUpdate, canonicalReport, handleRejection, reportSettings } from './report.ts';
import { handleConfigured, handleNotConfigured, reconcile, sameSettings } from './settings.ts';
import {
  answerTimeoutMs,
  configureTimer,
  fullBudget,
  fullRequestBudget,
  gapTimer,
  getTimer,
  type Row,
  reportTimer,
  type ShadowConfig,
  type ShadowState,
} from './state.ts';

/**
 * Theory of operation. The body holds the settings. The cloud's shadow holds their desired values (`desired`) and what
 * the robot last reported (`reported`). This machine applies the desired values to the body and reports the result. It
 * gets the shadow at each connection and starts from there.
 *
 * A desired setting that differs from the body's is sent to the body. If the body rejects it, the reason is reported,
 * and it is not tried again until another value is desired. So a difference that cannot be resolved makes one report
 * and no endless loop of deltas. The same holds for a setting that the body accepted three times and still does not
 * hold (`not-held`). A request that the body did not answer is retried with growing delays. A report is published only
 * when it differs from the last one that the cloud acknowledged, and repeated with growing delays until
 * `update/accepted` has its token.
 *
 * A setting that was applied and then changed on the robot keeps the robot's value, and the desired value is withdrawn
 * (`desired` of that name becomes `null`, decision 0021). Such a change must be distinguished from a desired value that
 * was not applied yet, also after a restart or an outage. So the desired value that the body was last seen to hold is
 * stored, by name (`row.applied`).
 *
 * Documents are parsed part by part: an unreadable desired value is reported as rejected, and the others are applied.
 *
 * Deltas and answers carry the shadow's version. One that is older than the version known on this connection is late
 * and is ignored.
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
      requests: 0,
      version: 0,
      covered: 0,
      highest: 0,
      desired: {},
      unreadable: {},
      actual: null,
      refused: {},
      agent: noAgentPart,
      reportedText: null,
      reportedRefused: [],
      reportedSettings: [],
      pending: null,
      configuring: null,
      tries: 0,
      timeouts: 0,
      doubted: {},
      configureBudget: fullBudget(now.monoMs),
      reportBudget: fullBudget(now.monoMs),
      getBudget: fullRequestBudget(now.monoMs),
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
      // Our own parser accepts 80 characters.
      const version = event.version.slice(0, 80);
      const agent = { ...state.agent, ...bootPart(event.board.boot), version, boot: now.boot };
      return { state: { ...state, agent } };
    }
    case 'board/known': {
      const agent = { ...state.agent, ...bootPart(event.board.boot) };
      return reportSettings({ ...state, agent }, config, moment);
    }
    case 'storage/changed': {
      const storage = event.storage.slice(0, 80);
      return reportSettings({ ...state, agent: { ...state.agent, storage } }, config, moment);
    }
    case 'link/up':
      return requestShadow(
        { ...state, linkUp: true, got: false, version: 0, requests: 0, pending: null },
        config,
        moment,
      );
    case 'link/down':
      return { state: { ...state, linkUp: false, pending: null } };
    case 'timer':
      if (event.key === getTimer) return requestShadow(state, config, moment);
      if (event.key === gapTimer) return requestAfterGap(state, config, moment);
      if (event.key === configureTimer) return reconcile(state, config, moment);
      return event.key === reportTimer
        ? reportSettings({ ...state, pending: null }, config, moment)
        : unchanged(state);
    case 'cloud/shadow-got':
      // The request is repeated. Otherwise a still older delta could follow, and set a value back.
      if (event.body.version < state.version) return unchanged(state);
      return applyShadow({ ...state, ...readShadow(event) }, config, moment);
    case 'cloud/shadow-not-got':
      if (event.body.code !== 404) return unchanged(state);
      return applyShadow({ ...state, ...noShadow }, config, moment);
    case 'cloud/shadow-delta': {
      const { version, state: delta } = event.body;
      if (version <= state.version) return unchanged(state);
      if (!state.got) return { state: { ...state, version } };
      const known = recordVersion(state, version, 'all before');
      const desired = { ...settledValues(state), ...delta.settings };
      const unreadable = unreadIn(event.dropped ?? [], ['state', 'settings']);
      return reconcile({ ...known, version, desired, unreadable }, config, moment);
    }
    case 'body/snapshot':
      return handleSnapshot(state, event.snapshot.settings, config, moment);
    case 'body/partial-snapshot':
      return handleSnapshot(state, event.settings, config, moment);
    case 'body/configured':
      return handleConfigured(state, event.refused);
    case 'body/unconfigured':
      return handleNotConfigured(config, state, event.code, moment);
    case 'cloud/shadow-updated': {
      const isOurs = event.body.clientToken === state.pending?.token;
      const known = recordVersion(state, event.body.version, isOurs ? 'itself' : 'nothing');
      if (!state.got) return acceptUpdate(config, state, event.body, moment);
      return watchGap(acceptUpdate(config, known, event.body, moment), moment);
    }
    case 'news/missed':
      return watchGap({ state: recordVersion(state, state.covered + 1, 'nothing') }, moment);
    case 'cloud/shadow-not-updated':
      return handleRejection(config, state, event.body, moment);
    default:
      return unchanged(state);
  }
}

function handleSnapshot(
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

function requestShadow(
  state: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  if (!state.linkUp) return unchanged(state);
  const requests = state.requests + 1;
  return {
    state: { ...state, requests },
    effects: [
      {
        type: 'publish',
        topic: topicOf('$aws/things/{robot}/shadow/get', { robot: config.robot }),
        payload: { clientToken: moment.freshId },
      },
      { type: 'timer/set', key: getTimer, ms: answerTimeoutMs(config, requests, moment) },
    ],
  };
}

const noShadow = {
  ...{ got: true, version: 0, covered: 0, highest: 0, desired: {}, unreadable: {} },
  ...{ reportedText: null, reportedRefused: [], reportedSettings: [] },
} as const;

/** Parses the shadow part by part. Foreign values in our section that are not in our format are removed by name. */
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
    highest: body.version,
    desired: desired?.settings ?? {},
    unreadable: unreadIn(dropped, ['state', 'desired', 'settings']),
    reportedText: isSpoilt ? null : canonicalReport(reported),
    reportedRefused: [...Object.keys(refused), ...namesIn('refused')],
    reportedSettings: [...Object.keys(settings), ...namesIn('settings')],
  };
}

/**
 * The desired values that the body holds or has held: the cloud knows them as reported, and a delta does not name them.
 * A delta is the whole difference (AWS IoT developer guide, "Device Shadow MQTT topics": `/update/delta` holds every
 * desired value that differs from the reported one). So a pending desired value that is missing in a newer delta was
 * withdrawn. (Between a request to the body and the next snapshot it is unknown what the body holds.)
 */
const settledValues = ({ desired, actual, row }: ShadowState): Settings =>
  Object.fromEntries(
    Object.entries(desired).filter(
      ([name, value]) =>
        settingOf(actual, name) === value || settingOf(row?.applied ?? null, name) === value,
    ),
  );

/** The wait is over: versions that have not arrived were missed. Other machines may have missed messages, too. */
function requestAfterGap(
  before: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  if (!before.linkUp || before.highest <= before.covered) return unchanged(before);
  const poll = spendRequest(before, moment);
  if ('waitsMs' in poll) {
    return { state: before, effects: [{ type: 'timer/set', key: gapTimer, ms: poll.waitsMs }] };
  }
  return { ...requestShadow(poll.state, config, moment), events: [{ type: 'news/missed' }] };
}

/**
 * Gets the shadow again. TCP delivers as long as the connection is up, and versions reveal most of what a broker
 * dropped; the next get without a reason is due within a day.
 */
function applyShadow(
  state: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  const next = reconcile({ ...state, requests: 0 }, config, moment);
  const later: ShadowEffect = { type: 'timer/set', key: getTimer, ms: dailyPollMs(moment.random) };
  return { ...next, effects: [...(next.effects ?? []), later] };
}
