import type { BodyEvent, BodyMission, BodySnapshot } from '../../hal/robot-body.ts';
import { missionIdOf, packReports } from '../../protocol/missions.ts';
import { upTopic } from '../../protocol/topics.ts';
import type { Effect } from '../effects.ts';
import type { Event } from '../events.ts';
import { type Moment, type Step, stay } from '../machine.ts';
import { documentOf, forgottenMission, stampAt } from './document.ts';
import { bound, type Entry, replaceEntry } from './outbox.ts';
import { lost, sendAll } from './send.ts';
import {
  bodyKeepsMax,
  knownMax,
  lookTimer,
  type MissionsConfig,
  type MissionsState,
} from './state.ts';

export function look(state: MissionsState): Step<MissionsState> {
  if (state.look !== 'no') return { state: { ...state, look: 'running-again' } };
  return {
    state: { ...state, look: 'running' },
    effects: [{ type: 'body/look', after: state.cursor }],
  };
}

interface Seen {
  readonly snapshot: BodySnapshot;
  readonly events: readonly BodyEvent[];
}

export function observed(
  config: MissionsConfig,
  before: MissionsState,
  seen: Seen,
  moment: Moment,
): Step<MissionsState> {
  const { snapshot } = seen;
  let state = takeEvents(before, seen);
  const effects: Effect[] = [];
  const events: Event[] = [];
  const end = (mission: BodyMission) => {
    const ended = endMission(config, state, { mission, snapshot }, moment);
    state = ended.state;
    events.push(...(ended.events ?? []));
  };
  // Of more than it is to keep, some would not be `known` any more at the next look, and would end again.
  for (const mission of snapshot.ended.slice(-bodyKeepsMax)) {
    if (!state.row.known.includes(mission.id)) end(mission);
  }
  const open = state.row.open;
  if (open !== null && open.body !== snapshot.mission?.id) {
    end(forgottenMission(open, moment.now));
  }
  if (snapshot.mission !== null && state.row.open === null) {
    state = openMission(state, snapshot.mission, moment);
  }
  if (state.items !== before.items) {
    const sent = sendAll({ ...state, resends: 0 }, config, moment);
    state = sent.state;
    effects.push(...(sent.effects ?? []));
  }
  const told = tellProgress(config, state, snapshot, moment);
  const again = before.look === 'running-again' ? look({ ...told.state, look: 'no' }) : null;
  return {
    state: again?.state ?? { ...told.state, look: 'no' },
    effects: [...effects, ...(told.effects ?? []), ...(again?.effects ?? [])],
    events,
  };
}

function takeEvents(state: MissionsState, { events, snapshot }: Seen): MissionsState {
  // A body that was exchanged counts from the beginning again.
  const after = state.cursor > snapshot.lastEvent ? 0 : state.cursor;
  const fresh = events.filter(
    ({ seq, missionId }) => seq > after && !state.row.known.includes(missionId),
  );
  return {
    ...state,
    cursor: Math.max(after, ...events.map(({ seq }) => seq)),
    events: fresh.length > 0 ? [...state.events, ...fresh].slice(-1000) : state.events,
  };
}

function openMission(state: MissionsState, mission: BodyMission, { now }: Moment): MissionsState {
  const { row } = state;
  const missionId = missionIdOf(row.epoch, row.nextN);
  const { id: body, initiator } = mission;
  const started = stampAt(mission.startedMs, now);
  return {
    ...state,
    row: { ...row, nextN: row.nextN + 1, open: { missionId, body, started, initiator } },
    progress: null,
  };
}

/** Writes the final document; with a map on the body it waits for the map first. */
function endMission(
  config: MissionsConfig,
  state: MissionsState,
  { mission, snapshot }: { mission: BodyMission; snapshot: BodySnapshot },
  moment: Moment,
): Step<MissionsState> {
  const opened = state.row.open?.body === mission.id ? state : openMission(state, mission, moment);
  const open = opened.row.open;
  if (open === null) return stay(state);
  const { missionId } = open;
  // A mission that came and went unseen must not displace one that is still open.
  const stillOpen = state.row.open?.body === mission.id ? null : state.row.open;
  const document = documentOf({
    missionId,
    mission,
    started: open.started,
    snapshot,
    events: state.events.filter((event) => event.missionId === mission.id),
    revision: state.revision + 1,
    now: moment.now,
  });
  const entry: Entry = { document, state: mission.hasMap ? 'awaiting-map' : 'unconfirmed' };
  const bounded = bound(replaceEntry(state.items, entry), {
    reportsMax: config.reportsMax,
    bytesMax: config.reportBytesMax,
  });
  const { row } = opened;
  return {
    state: {
      ...state,
      row: {
        ...row,
        open: stillOpen,
        known: [...row.known, mission.id].slice(-knownMax),
        dropped: row.dropped + bounded.dropped.length,
      },
      items: bounded.outbox,
      events: state.events.filter((event) => event.missionId !== mission.id),
      revision: state.revision + 1,
    },
    events: [
      ...(mission.hasMap
        ? [{ type: 'mission/map-wanted' as const, missionId, bodyMission: mission.id }]
        : []),
      ...lost(bounded.dropped, 'no-room'),
    ],
  };
}

/** Progress goes out when the phase changes and now and then between; it is never stored and may get lost. */
function tellProgress(
  config: MissionsConfig,
  state: MissionsState,
  snapshot: BodySnapshot,
  { now }: Moment,
): Step<MissionsState> {
  const { open, dropped } = state.row;
  const mission = snapshot.mission;
  if (open === null || mission === null) {
    return { state, effects: [{ type: 'timer/clear', key: lookTimer }] };
  }
  const next: Effect = { type: 'timer/set', key: lookTimer, ms: config.progressMs };
  const { progress } = state;
  const due =
    progress === null ||
    progress.phase !== snapshot.phase ||
    now.monoMs - progress.monoMs >= config.progressMs * 0.9;
  if (!state.linkUp || !due) return { state, effects: [next] };
  const document = documentOf({
    missionId: open.missionId,
    mission,
    started: open.started,
    snapshot,
    events: state.events.filter(({ missionId }) => missionId === mission.id),
    revision: state.revision + 1,
    now,
  });
  const told = { monoMs: now.monoMs, phase: snapshot.phase };
  return {
    state: { ...state, revision: state.revision + 1, progress: told },
    effects: [...progressOf(config, packReports([document], dropped)), next],
  };
}

/** Only the newest is worth sending. */
const progressOf = ({ robot }: MissionsConfig, lists: ReturnType<typeof packReports>): Effect[] =>
  lists.map((payload) => ({
    type: 'publish',
    topic: upTopic(robot, 'missions/report'),
    payload,
    lane: 'progress',
  }));
