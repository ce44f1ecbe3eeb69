import { missionIdOf, splitMissionId } from '../../protocol/missions.ts';
import type { ReportsRejected } from '../../protocol/schemas/missions.ts';
import { upTopic } from '../../protocol/topics.ts';
import type { Event } from '../events.ts';
import { type Moment, type Step, stay } from '../machine.ts';
import { reports, sendLater } from './lists.ts';
import { type Entry, replaceEntry } from './outbox.ts';
import type { MissionsConfig, MissionsState, Row } from './state.ts';
import { notAgain, waiting } from './wanted.ts';

/** Sends all that is not confirmed, or asked for again, and while there is any, arranges for the next time. */
export function sendAll(
  state: MissionsState,
  config: MissionsConfig,
  moment: Moment,
): Step<MissionsState> {
  const documents = waiting(state);
  if (!state.linkUp || documents.length === 0) return stay(state);
  return {
    state: { ...state, resends: state.resends + 1 },
    effects: [...reports(config, state, documents), sendLater(state, config, moment)],
  };
}

export function mapSettled(
  config: MissionsConfig,
  state: MissionsState,
  missionId: string,
  settle: (entry: Entry) => Entry,
  moment: Moment,
): Step<MissionsState> {
  const entry = state.items.get(missionId);
  if (entry?.state !== 'awaiting-map') return stay(state);
  const items = replaceEntry(state.items, { ...settle(entry), state: 'unconfirmed' });
  return sendAll({ ...state, items, resends: 0 }, config, moment);
}

/** Messages in a row with conflicts that are answered at once. */
const conflictsMax = 3;

/**
 * `id-conflict`: the cloud holds another final document under this id (a restored backup counts its missions twice), so
 * the mission gets a new id, in a new epoch unless that has begun already, and is sent under it. Any other refusal is for
 * good. A cloud that refuses everything must not keep the robot talking, and writing: nothing else is sent for a refusal,
 * and after some conflicts the new ids wait, too, for the next resending.
 */
export function rejected(
  config: MissionsConfig,
  before: MissionsState,
  body: ReportsRejected,
  moment: Moment,
): Step<MissionsState> {
  let state = notAgain(
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
    const { row, to } = newId(state.row, missionId, moment);
    const items = new Map(state.items);
    items.delete(missionId);
    items.set(to, { ...entry, document: { ...entry.document, missionId: to } });
    state = { ...state, row, items };
    moves.push({ from: missionId, to });
  }
  if (state === before) return stay(before);
  if (moves.length > 0) state = { ...state, conflicts: state.conflicts + 1 };
  const isSent = state.linkUp && state.conflicts <= conflictsMax;
  const documents = moves.flatMap(({ to }) => state.items.get(to)?.document ?? []);
  const renamed: Event[] = moves.length > 0 ? [{ type: 'mission/renamed', moves }] : [];
  return {
    state,
    effects: isSent ? reports(config, state, documents) : [],
    events: [...renamed, ...lost(refused, 'report-rejected')],
  };
}

/** What tells the maps machine that the cloud will never hear of these missions. */
export const lost = (missionIds: readonly string[], code: string): Event[] =>
  missionIds.length > 0 ? [{ type: 'mission/lost', missionIds, code }] : [];

function newId(row: Row, missionId: string, { nonce }: Moment): { row: Row; to: string } {
  if (splitMissionId(missionId).epoch !== row.epoch) {
    return { row: { ...row, nextN: row.nextN + 1 }, to: missionIdOf(row.epoch, row.nextN) };
  }
  const open = row.open === null ? null : { ...row.open, missionId: missionIdOf(nonce, 2) };
  const nextN = open === null ? 2 : 3;
  return { row: { ...row, epoch: nonce, nextN, open }, to: missionIdOf(nonce, 1) };
}

/**
 * A list whose trials ended the connection three times is sent in its parts from now on, so that it is found out which of
 * them it was; that one becomes a dead letter when its own have. (Earlier would make every lost connection dear.)
 */
export function struck(
  { robot }: MissionsConfig,
  state: MissionsState,
  { about, isLast }: { about: string; isLast: boolean },
): Step<MissionsState> {
  const [topic, ...ids] = about.split(' ');
  const [first, second] = ids;
  if (topic !== upTopic(robot, 'missions/report') || first === undefined) return stay(state);
  if (!isLast) return stay(state);
  if (second !== undefined) {
    return { state: { ...state, alone: new Set([...state.alone, ...ids]) } };
  }
  const entry = state.items.get(first);
  if (entry?.state !== 'unconfirmed') return { state: notAgain(state, [first]) };
  const dead: Entry = { ...entry, state: 'rejected', code: 'ends-connection' };
  return {
    state: { ...state, items: replaceEntry(state.items, dead) },
    events: lost([first], 'report-rejected'),
  };
}
