import { packReports, splitMissionId } from '../../protocol/missions.ts';
import type { MissionDocument, MissionsWanted } from '../../protocol/schemas/missions.ts';
import { upTopic } from '../../protocol/topics.ts';
import type { Effect } from '../effects.ts';
import type { Event } from '../events.ts';
import { askAgainMs, type Moment, type Step, stay } from '../machine.ts';
import { type Entry, replaceEntry } from './outbox.ts';
import { type MissionsConfig, type MissionsState, resendTimer } from './state.ts';

/** Sends all that is not confirmed, or is wanted again, and, while there is any, arranges for the next time. */
export function sendAll(
  state: MissionsState,
  config: MissionsConfig,
  { draw }: Moment,
): Step<MissionsState> {
  const documents = [...state.items.values()]
    .filter((entry) => entry.state === 'unconfirmed' || isWanted(state, entry))
    .map(({ document }) => document);
  if (!state.linkUp || documents.length === 0) return stay(state);
  return {
    state: { ...state, resends: state.resends + 1 },
    effects: [...reports(config, state, documents), resendLater(config, state, draw)],
  };
}

const isWanted = ({ wanted: ids }: MissionsState, { document, state }: Entry): boolean =>
  state === 'confirmed' && ids.has(document.missionId);

function resendLater(config: MissionsConfig, { resends }: MissionsState, draw: number): Effect {
  const bounds = { baseMs: config.resendMs, capMs: config.resendMsMax };
  return { type: 'timer/set', key: resendTimer, ms: askAgainMs(resends + 1, draw, bounds) };
}

/** What tells the maps machine that the cloud will never hear of these missions. */
export const lost = (missionIds: readonly string[], code: string): Event[] =>
  missionIds.length > 0 ? [{ type: 'mission/lost', missionIds, code }] : [];

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
 * The cloud asks for a gap: what is still kept of it goes out again, confirmed or not. The answer may get lost like anything
 * else, so it too is sent until the cloud confirms it; an agent that begins anew waits to be asked again.
 */
export function wanted(
  config: MissionsConfig,
  state: MissionsState,
  { epoch, from, to }: MissionsWanted,
  { draw }: Moment,
): Step<MissionsState> {
  const entries = [...state.items.values()].filter(({ document, state: is }) => {
    const id = splitMissionId(document.missionId);
    const isAsked = id.epoch === epoch && id.n >= from && id.n <= to;
    return isAsked && (is === 'unconfirmed' || is === 'confirmed');
  });
  if (!state.linkUp || entries.length === 0) return stay(state);
  const documents = entries.map(({ document }) => document);
  // Of those that are kept: what was wanted once and had to go since is not remembered.
  const ids = [...state.wanted, ...documents.map(({ missionId }) => missionId)];
  const next = {
    ...state,
    wanted: new Set(ids.filter((id) => state.items.has(id))),
    resends: 0,
  };
  return {
    state: { ...next, resends: 1 },
    effects: [...reports(config, next, documents), resendLater(config, next, draw)],
  };
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
