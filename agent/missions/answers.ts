import { missionIdOf, splitMissionId } from '../../protocol/missions.ts';
import type { ReportsAccepted, ReportsRejected } from '../../protocol/schemas/missions.ts';
import type { Event } from '../events.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { MissionsEffect } from './effects.ts';
import { sendLists } from './lists.ts';
import { confirmEntries, replaceEntry } from './outbox.ts';
import { closeRequested, stopResending } from './requested.ts';
import { reportDropped } from './send.ts';
import type { MissionsConfig, MissionsState, Row } from './state.ts';

/** Keys of other documents or revisions are ignored. */
export function confirmReports(
  before: MissionsState,
  body: ReportsAccepted,
): Step<MissionsState, MissionsEffect> {
  const state = closeRequested(before, body.accepted);
  const items = confirmEntries(state.items, body.accepted);
  if (items === state.items) return unchanged(state);
  return { state: { ...state, items, conflicts: 0 } };
}

/** Consecutive messages with conflicts that are answered at once. */
const conflictsMax = 3;

/**
 * `id-conflict`: the cloud holds another final document under this id (after a restored backup the ids are counted
 * twice). The mission gets a new id, in a new epoch unless one has begun already, and is sent under it. Any other
 * rejection is final. A cloud that rejects everything must not make the robot publish and write without end. So a
 * rejection causes no other message, and after some conflicts the new ids wait for the next resending, too.
 */
export function handleRejections(
  config: MissionsConfig,
  before: MissionsState,
  body: ReportsRejected,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  let state = stopResending(
    before,
    body.rejected.map(({ missionId }) => missionId),
  );
  const refused: string[] = [];
  const moves: { from: string; to: string }[] = [];
  for (const { missionId, code } of body.rejected) {
    const entry = state.items.get(missionId);
    if (entry?.state !== 'unconfirmed') continue;
    if (code !== 'id-conflict') {
      state = { ...state, items: replaceEntry(state.items, { ...entry, state: 'rejected', code }) };
      refused.push(missionId);
      continue;
    }
    const { row, to } = assignNewId(state.row, missionId, moment);
    const items = new Map(state.items);
    items.delete(missionId);
    items.set(to, { ...entry, document: { ...entry.document, missionId: to } });
    state = { ...state, row, items };
    moves.push({ from: missionId, to });
  }
  if (state === before) return unchanged(before);
  if (moves.length > 0) state = { ...state, conflicts: state.conflicts + 1 };
  const isSent = state.linkUp && state.conflicts <= conflictsMax;
  const documents = moves.flatMap(({ to }) => state.items.get(to)?.document ?? []);
  const renamed: Event[] = moves.length > 0 ? [{ type: 'mission/renamed', moves }] : [];
  const sent = isSent ? sendLists(config, state, documents, moment) : { state, effects: [] };
  return {
    ...sent,
    events: [...renamed, ...reportDropped(refused, 'report-rejected')],
  };
}

function assignNewId(row: Row, missionId: string, { freshId }: Moment): { row: Row; to: string } {
  if (splitMissionId(missionId).epoch !== row.epoch) {
    return { row: { ...row, nextN: row.nextN + 1 }, to: missionIdOf(row.epoch, row.nextN) };
  }
  const open = row.open === null ? null : { ...row.open, missionId: missionIdOf(freshId, 2) };
  const nextN = open === null ? 2 : 3;
  return { row: { ...row, epoch: freshId, nextN, open }, to: missionIdOf(freshId, 1) };
}
