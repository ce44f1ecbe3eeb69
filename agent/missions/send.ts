import type { MissionDocument } from '../../protocol/schemas/missions.ts';
import { upTopic } from '../../protocol/topics.ts';
import type { Event } from '../events.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { MissionsEffect } from './effects.ts';
import { isUnderWay, scheduleSending, sendLists } from './lists.ts';
import { type Entry, replaceEntry, withState } from './outbox.ts';
import { documentsToSend, stopResending } from './requested.ts';
import type { MissionsConfig, MissionsState } from './state.ts';

/** Sends all documents that are unconfirmed or were requested again, and schedules the next time while any remain. */
export function sendAll(
  state: MissionsState,
  config: MissionsConfig,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  return sendDocuments(documentsToSend(state), state, config, moment);
}

/**
 * Sends what has ended now, together with the other unconfirmed documents, except those whose confirmation may arrive
 * any moment. While other missions still wait for their maps (the body remembered many), all of them can be sent
 * together: the last one that is ready sends them, or the timer does when that takes long.
 */
export function sendNew(
  before: MissionsState,
  config: MissionsConfig,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  const state = { ...before, resends: 0 };
  if (!state.linkUp) return unchanged(state);
  if (withState(state.items, 'awaiting-map').length > 0) {
    return { state, effects: [scheduleSending(state, config, moment)] };
  }
  const documents = documentsToSend(state).filter((one) => !isUnderWay(config, state, one, moment));
  return sendDocuments(documents, state, config, moment);
}

function sendDocuments(
  documents: readonly MissionDocument[],
  state: MissionsState,
  config: MissionsConfig,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  if (!state.linkUp || documents.length === 0) return unchanged(state);
  const sent = sendLists(config, state, documents, moment);
  return {
    state: { ...sent.state, resends: state.resends + 1 },
    effects: [...sent.effects, scheduleSending(state, config, moment)],
  };
}

/** Informs the maps machine that the cloud will never get the reports of these missions. */
export const reportDropped = (missionIds: readonly string[], code: string): Event[] =>
  missionIds.length > 0 ? [{ type: 'mission/dropped', missionIds, code }] : [];

export function releaseReport(
  config: MissionsConfig,
  state: MissionsState,
  missionId: string,
  settle: (entry: Entry) => Entry,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  const entry = state.items.get(missionId);
  // Its report was dropped meanwhile: the cloud will never request the map that was just kept.
  if (entry === undefined) return { state, events: reportDropped([missionId], 'no-room') };
  if (entry.state !== 'awaiting-map') return unchanged(state);
  const items = replaceEntry(state.items, { ...settle(entry), state: 'unconfirmed' });
  return sendNew({ ...state, items }, config, moment);
}

/**
 * A list that was blamed three times is sent in parts from now on. This finds the document that ends the connection;
 * that one becomes a dead letter after its own three blames. (Splitting earlier would make every lost connection
 * costly.)
 */
export function handleBlame(
  { robot }: MissionsConfig,
  state: MissionsState,
  { about, isLast }: { about: string; isLast: boolean },
): Step<MissionsState, MissionsEffect> {
  const [topic, ...ids] = about.split(' ');
  const [first, second] = ids;
  if (topic !== upTopic(robot, 'missions/report') || first === undefined) return unchanged(state);
  if (!isLast) return unchanged(state);
  if (second !== undefined) {
    const alone = [...state.alone, ...ids].filter((id) => state.items.has(id));
    return { state: { ...state, alone: new Set(alone) } };
  }
  const entry = state.items.get(first);
  if (entry?.state !== 'unconfirmed') return { state: stopResending(state, [first]) };
  const dead: Entry = { ...entry, state: 'rejected', code: 'ends-connection' };
  return {
    state: { ...state, items: replaceEntry(state.items, dead) },
    events: reportDropped([first], 'report-rejected'),
  };
}
