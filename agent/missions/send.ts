import { missionIdOf, packReports, splitMissionId } from '../../protocol/missions.ts';
import type {
  MissionDocument,
  MissionsWanted,
  ReportsRejected,
} from '../../protocol/schemas/missions.ts';
import { upTopic } from '../../protocol/topics.ts';
import type { Effect } from '../effects.ts';
import type { Event } from '../events.ts';
import { askAgainMs, type Moment, type Step, stay } from '../machine.ts';
import { type Entry, replaceEntry, withState } from './outbox.ts';
import { type MissionsConfig, type MissionsState, type Row, resendTimer } from './state.ts';

/** Sends all that is not confirmed and, while there is any, arranges for the next time. */
export function sendAll(
  state: MissionsState,
  config: MissionsConfig,
  { draw }: Moment,
): Step<MissionsState> {
  const documents = withState(state.items, 'unconfirmed').map(({ document }) => document);
  if (!state.linkUp || documents.length === 0) return stay(state);
  const bounds = { baseMs: config.resendMs, capMs: config.resendMsMax };
  return {
    state: { ...state, resends: state.resends + 1 },
    effects: [
      ...reports(config, state, documents),
      { type: 'timer/set', key: resendTimer, ms: askAgainMs(state.resends + 1, draw, bounds) },
    ],
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
  // Its report had to go meanwhile: nobody will ever ask for the map that was just kept.
  if (entry === undefined) return { state, events: lost([missionId], 'no-room') };
  if (entry.state !== 'awaiting-map') return stay(state);
  const items = replaceEntry(state.items, { ...settle(entry), state: 'unconfirmed' });
  return sendAll({ ...state, items, resends: 0 }, config, moment);
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
  let state = before;
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
  const sent = sendAll(state, config, moment);
  const renamed: Event[] = moves.length > 0 ? [{ type: 'mission/renamed', moves }] : [];
  return { ...sent, events: [...renamed, ...lost(refused, 'report-rejected')] };
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

/** The cloud asks for a gap: what is still kept of it goes out again, confirmed or not. */
export function wanted(
  config: MissionsConfig,
  state: MissionsState,
  { epoch, from, to }: MissionsWanted,
): Step<MissionsState> {
  const documents = [...state.items.values()]
    .filter((entry) => entry.state === 'unconfirmed' || entry.state === 'confirmed')
    .map(({ document }) => document)
    .filter(({ missionId }) => {
      const id = splitMissionId(missionId);
      return id.epoch === epoch && id.n >= from && id.n <= to;
    });
  if (!state.linkUp || documents.length === 0) return stay(state);
  return { state, effects: reports(config, state, documents) };
}

/** Final documents, packed; but each alone that has been in a list whose sending ended the connection. */
function reports(
  { robot }: MissionsConfig,
  { alone, row }: MissionsState,
  documents: readonly MissionDocument[],
): Effect[] {
  const packed = documents.filter(({ missionId }) => !alone.has(missionId));
  const single = documents.filter(({ missionId }) => alone.has(missionId));
  const lists = [packed, ...single.map((document) => [document])];
  const topic = upTopic(robot, 'missions/report');
  return lists.flatMap((list) =>
    packReports(list, row.dropped).map((payload): Effect => {
      const ids = payload.reports.map(({ missionId }) => missionId);
      return { type: 'publish', topic, payload, about: `${topic} ${ids.join(' ')}` };
    }),
  );
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
    const alone = [...state.alone, ...ids].filter((id) => state.items.has(id));
    return { state: { ...state, alone: new Set(alone) } };
  }
  const entry = state.items.get(first);
  if (entry?.state !== 'unconfirmed') return stay(state);
  const dead: Entry = { ...entry, state: 'rejected', code: 'ends-connection' };
  return {
    state: { ...state, items: replaceEntry(state.items, dead) },
    events: lost([first], 'report-rejected'),
  };
}
