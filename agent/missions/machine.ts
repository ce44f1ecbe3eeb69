import type { Event } from '../events.ts';
import {
  type Change,
  type Line,
  type Machine,
  type Moment,
  type Saved,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import { confirmReports, handleRejections } from './answers.ts';
import type { MissionsEffect } from './effects.ts';
import { type Entry, type Outbox, replaceEntry, withState } from './outbox.ts';
import { resendRequested, resendUnknown } from './requested.ts';
import { handleBlame, releaseReport, sendAll, sendNew } from './send.ts';
import {
  bodyEndedMax,
  gatherTimer,
  type MissionsConfig,
  type MissionsState,
  progressTimer,
  type Row,
  resendTimer,
} from './state.ts';
import { handleSnapshot } from './watch.ts';

/**
 * Theory of operation. The body cleans on its own; this machine watches it and reports each mission to the cloud.
 *
 * The body machine polls the body when it signals a change. While a mission is open, this machine requests a poll every
 * `progressMs`. Everything follows from snapshots, so it does not matter whether the agent was running when a mission
 * began. A mission that the body reports as ended and that is not `known` is ended now. One that runs and is not open
 * is opened. One that is open but that the body has forgotten ended with its power (`interrupted`).
 *
 * Stored: the epoch and the counter that make mission ids, the open mission, the body missions already handled, and
 * every ended document with its state. Progress is never stored and costs no write: `revision` starts anew in each
 * boot.
 *
 * An ended document is stored before it is first sent. It waits for its map; the maps machine bounds that and always
 * answers `map/kept` or `map/none`. It is sent again at every link-up, and after growing delays, until the cloud's
 * `accepted` names its key. The end of another mission also resends documents that have waited for long, but not those
 * that were sent just now. Late, duplicate and foreign answers are ignored.
 */
export function missionsMachine(config: MissionsConfig): Machine<MissionsState, MissionsEffect> {
  return {
    name: 'missions',
    format: { v: 1, minReader: 1 },
    restore,
    step: (state, event, moment) => step(config, state, event, moment),
    view: ({ row, items }) => ({
      epoch: row.epoch,
      open: row.open?.missionId ?? null,
      last: lastOf(items),
      unconfirmed: withState(items, 'unconfirmed').length + withState(items, 'awaiting-map').length,
      confirmed: withState(items, 'confirmed').length,
      // The newest; `pilotfish missions` lists them all, with what to do.
      rejected: withState(items, 'rejected')
        .slice(-rejectedShownMax)
        .map(({ document, code }) => ({ missionId: document.missionId, code })),
      dropped: row.dropped,
    }),
    isDeferrable,
    logChange,
  };
}

/** The cloud repeats a lost confirmation when the report is sent again. */
const isDeferrable = ({ before, after }: Change): boolean =>
  (before as Entry | undefined)?.state === 'unconfirmed' &&
  (after as Entry | undefined)?.state === 'confirmed';

const rejectedShownMax = 5;

function logChange({ key, before, after }: Change): Line | undefined {
  if (key === '') {
    const open = (after as Row).open;
    const isNew = open !== null && open.body !== (before as Row | undefined)?.open?.body;
    return isNew
      ? { text: 'mission opened', about: { missionId: open.missionId, bodyMission: open.body } }
      : undefined;
  }
  if (after === undefined) return { text: 'report forgotten', about: { missionId: key } };
  const { state, code, document } = after as Entry;
  const { outcome, map } = document;
  return {
    text: `report ${state}`,
    about: { missionId: key, outcome, ...(map && { mapId: map.id }), ...(code && { code }) },
  };
}

function restore(saved: Saved | undefined, { freshId }: Moment): MissionsState {
  const fresh: Row = { epoch: freshId, nextN: 1, open: null, known: [], dropped: 0 };
  return {
    row: (saved?.row as Row | null | undefined) ?? fresh,
    items: (saved?.items as Outbox | undefined) ?? new Map(),
    sizes: new WeakMap(),
    linkUp: false,
    events: [],
    revision: 0,
    resends: 0,
    sentMs: new Map(),
    alone: new Set(),
    requested: new Map(),
    conflicts: 0,
    progress: null,
  };
}

function step(
  config: MissionsConfig,
  state: MissionsState,
  event: Event,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  switch (event.type) {
    case 'agent/started':
      return awaitMaps(state);
    case 'body/snapshot':
      return handleSnapshot(config, state, event, moment);
    case 'link/up':
      return sendAll({ ...state, linkUp: true, resends: 0, sentMs: new Map() }, config, moment);
    case 'link/down':
      return { state: { ...state, linkUp: false } };
    case 'publish/blamed':
      return handleBlame(config, state, event);
    case 'timer':
      if (event.key === progressTimer) return { state, events: [pollRequest] };
      if (event.key === gatherTimer) return sendNew(state, config, moment);
      return event.key === resendTimer ? sendAll(state, config, moment) : unchanged(state);
    case 'map/kept':
      return releaseReport(
        config,
        state,
        event.missionId,
        (entry) => ({
          ...entry,
          document: { ...entry.document, map: event.map },
        }),
        moment,
      );
    case 'map/none':
      return releaseReport(config, state, event.missionId, (entry) => entry, moment);
    case 'cloud/reports-accepted':
      return confirmReports(state, event.body);
    case 'cloud/reports-rejected':
      return handleRejections(config, state, event.body, moment);
    case 'cloud/missions-requested':
      return resendRequested(config, state, event.body, moment);
    case 'cloud/map-refused':
      return event.body.code === 'no-such-mission'
        ? resendUnknown(state, event.body.missionId, moment)
        : unchanged(state);
    default:
      return unchanged(state);
  }
}

/**
 * Missions that waited for a map when the agent crashed wait again, and the map is fetched anew (which is safe to
 * repeat). Missions older than what a body keeps go without a map.
 */
function awaitMaps(before: MissionsState): Step<MissionsState, MissionsEffect> {
  const awaiting = withState(before.items, 'awaiting-map');
  const tooOld = awaiting.slice(0, -bodyEndedMax);
  const items = tooOld.reduce<Outbox>(
    (outbox, entry) => replaceEntry(outbox, { ...entry, state: 'unconfirmed' }),
    before.items,
  );
  const events = awaiting.slice(-bodyEndedMax).map(({ document }) => ({
    type: 'mission/map-requested' as const,
    missionId: document.missionId,
    bodyMission: document.bodyMission ?? '',
  }));
  return { state: { ...before, items }, events };
}

const pollRequest: Event = { type: 'body/poll-requested', by: 'missions' };

/** The mission that ended last, among those that are kept. */
function lastOf(items: Outbox): object | null {
  const last = [...items.values()].at(-1)?.document;
  if (last === undefined) return null;
  const { missionId, outcome, updated } = last;
  const ended = new Date(updated.wallMs).toISOString();
  return { missionId, outcome: outcome ?? null, ended };
}
