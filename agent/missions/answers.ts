import { missionIdOf, splitMissionId } from '../../protocol/missions.ts';
import type { ReportsAccepted, ReportsRejected } from '../../protocol/schemas/missions.ts';
import type { Event } from '../events.ts';
import type { Moment, Step } from '../machine.ts';
import { confirm, replaceEntry } from './outbox.ts';
import { lost, sendAll } from './send.ts';
import type { MissionsConfig, MissionsState, Row } from './state.ts';

/** Keys of other documents or revisions change nothing. */
export function accepted(state: MissionsState, body: ReportsAccepted): Step<MissionsState> {
  const items = confirm(state.items, body.accepted);
  return { state: unwanted({ ...state, items }, body.accepted) };
}

/** The cloud has said what it makes of these. */
function unwanted(state: MissionsState, said: readonly { missionId: string }[]): MissionsState {
  if (!said.some(({ missionId }) => state.wanted.has(missionId))) return state;
  const ids = new Set(state.wanted);
  for (const { missionId } of said) ids.delete(missionId);
  return { ...state, wanted: ids };
}

/**
 * `id-conflict`: the cloud holds another final document under this id (a restored backup counts its missions twice), so
 * the mission gets a new id, in a new epoch unless that has begun already. Any other refusal is for good.
 */
export function rejected(
  config: MissionsConfig,
  before: MissionsState,
  body: ReportsRejected,
  moment: Moment,
): Step<MissionsState> {
  let state = unwanted(before, body.rejected);
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
    const { row, to } = newId(state.row, missionId, moment);
    const items = new Map(state.items);
    items.delete(missionId);
    items.set(to, { ...entry, document: { ...entry.document, missionId: to } });
    state = { ...state, row, items };
    moves.push({ from: missionId, to });
  }
  if (state.items === before.items) return { state };
  const sent = sendAll(state, config, moment);
  const renamed: Event[] = moves.length > 0 ? [{ type: 'mission/renamed', moves }] : [];
  return { ...sent, events: [...renamed, ...lost(refused, 'report-rejected')] };
}

function newId(row: Row, missionId: string, { nonce }: Moment): { row: Row; to: string } {
  if (splitMissionId(missionId).epoch !== row.epoch) {
    return { row: { ...row, nextN: row.nextN + 1 }, to: missionIdOf(row.epoch, row.nextN) };
  }
  const open = row.open === null ? null : { ...row.open, missionId: missionIdOf(nonce, 2) };
  const nextN = open === null ? 2 : 3;
  return { row: { ...row, epoch: nonce, nextN, open }, to: missionIdOf(nonce, 1) };
}
