import { compareOrder, splitMissionId } from '../../protocol/missions.ts';
import type {
  MissionDocument,
  MissionsRequest,
  OrderKey,
} from '../../protocol/schemas/missions.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { MissionsEffect } from './effects.ts';
import { scheduleSending, sendLists } from './lists.ts';
import {
  gatherTimer,
  type MissionsConfig,
  type MissionsState,
  type RequestedReport,
} from './state.ts';

/**
 * Theory of operation. A cloud that has lost reports (its database was restored from a backup) requests a gap. The
 * documents of it that are still kept are sent again, confirmed or not. They are then resent with the unconfirmed ones
 * until the cloud accepts or rejects them: the cloud requests once, and its request or one answer may get lost. The
 * request is remembered in memory only, so it costs no write. However often the cloud requests, a report is sent for it
 * at most once a minute, and then after delays that double up to an hour.
 */
/** Reports of several maps that were rejected one after the other leave in one list. */
const gatherMs = 1000;
const againMs = 60_000;
const againMsMax = 3_600_000;

/**
 * The cloud rejects a mission's map because it has no such mission: the confirmed report is missing there. Its database
 * is an older one, or a false cloud had confirmed the report. Otherwise this would be noticed only when a later mission
 * ends.
 */
export function resendUnknown(
  state: MissionsState,
  missionId: string,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  const known = state.items.get(missionId);
  // Its report was evicted for newer ones: the cloud will never accept the map.
  if (known === undefined) {
    return {
      state,
      events: [{ type: 'mission/dropped', missionIds: [missionId], code: 'no-room' }],
    };
  }
  if (known.state !== 'confirmed' || !isDue(state, missionId, moment)) return unchanged(state);
  return {
    state: noteRequested(state, [missionId], moment),
    effects: [{ type: 'timer/set', key: gatherTimer, ms: gatherMs }],
  };
}

/** The unconfirmed documents, oldest first. */
export const documentsToSend = ({ items, requested }: MissionsState): MissionDocument[] =>
  [...items.values()]
    .filter(
      ({ state, document }) =>
        state === 'unconfirmed' ||
        (state === 'confirmed' && requested.get(document.missionId)?.isOpen === true),
    )
    .map(({ document }) => document);

export function resendRequested(
  config: MissionsConfig,
  state: MissionsState,
  { epoch, from, to }: MissionsRequest,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  const documents = [...state.items.values()]
    .filter((entry) => entry.state === 'unconfirmed' || entry.state === 'confirmed')
    .map(({ document }) => document)
    .filter(({ missionId }) => {
      const id = splitMissionId(missionId);
      return id.epoch === epoch && id.n >= from && id.n <= to && isDue(state, missionId, moment);
    });
  if (!state.linkUp || documents.length === 0) return unchanged(state);
  const isTimed = documentsToSend(state).length > 0;
  const missionIds = documents.map(({ missionId }) => missionId);
  const withRequested = noteRequested(state, missionIds, moment);
  const sent = sendLists(config, withRequested, documents, moment);
  const later = isTimed ? [] : [scheduleSending(state, config, moment)];
  return { state: sent.state, effects: [...sent.effects, ...later] };
}

/** Whether it may be sent again on request. */
function isDue({ requested }: MissionsState, missionId: string, { now }: Moment): boolean {
  const last = requested.get(missionId);
  return last === undefined || now.monoMs - last.sentMs >= delayAfterMs(last);
}

function noteRequested(
  state: MissionsState,
  missionIds: readonly string[],
  { now }: Moment,
): MissionsState {
  const kept = [...state.requested].filter(([missionId]) => state.items.has(missionId));
  const entries = missionIds.map((missionId): [string, RequestedReport] => {
    const times = (state.requested.get(missionId)?.times ?? 0) + 1;
    return [missionId, { sentMs: now.monoMs, times, isOpen: true }];
  });
  return { ...state, requested: new Map([...kept, ...entries]) };
}

const delayAfterMs = ({ times }: RequestedReport): number =>
  Math.min(againMsMax, againMs * 2 ** Math.min(times - 1, 30));

/** The cloud has stored these. */
export function closeRequested(state: MissionsState, keys: readonly OrderKey[]): MissionsState {
  const own = keys.filter((key) => {
    const entry = state.items.get(key.missionId);
    return entry !== undefined && compareOrder(entry.document, key) === 0;
  });
  return stopResending(
    state,
    own.map(({ missionId }) => missionId),
  );
}

/** These are not sent again, unless they were never confirmed. */
export function stopResending(state: MissionsState, missionIds: readonly string[]): MissionsState {
  const open = missionIds.filter((missionId) => state.requested.get(missionId)?.isOpen);
  if (open.length === 0) return state;
  const next = new Map(state.requested);
  for (const missionId of open) {
    const last = next.get(missionId);
    if (last !== undefined) next.set(missionId, { ...last, isOpen: false });
  }
  return { ...state, requested: next };
}
