import type { BodyEvent, BodyMission } from '../../hal/robot-body.ts';
import { missionIdOf } from '../../protocol/missions.ts';
import type { BodyActivity } from '../board/answers.ts';
import type { Event } from '../events.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import { documentOf, forgottenMission } from './document.ts';
import type { MissionsEffect } from './effects.ts';
import { stampAt } from './figures.ts';
import { boundOutbox, type Entry, replaceEntry } from './outbox.ts';
import { publishProgress } from './progress.ts';
import { reportDropped, sendNew } from './send.ts';
import { bodyEndedMax, knownMax, type MissionsConfig, type MissionsState } from './state.ts';

/** Events of one mission that are kept for its document. */
const eventsMax = 1000;

interface Seen {
  readonly snapshot: BodyActivity;
  readonly events: readonly BodyEvent[];
}

export function handleSnapshot(
  config: MissionsConfig,
  before: MissionsState,
  seen: Seen,
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  const { snapshot } = seen;
  let state = collectEvents(before, seen);
  const effects: MissionsEffect[] = [];
  const events: Event[] = [];
  // It may be sent at once; documents that wait for their map are sent with it.
  let isNew = false;
  const end = (mission: BodyMission) => {
    isNew ||= !mission.hasMap;
    const ended = endMission(config, state, { mission, snapshot }, moment);
    state = ended.state;
    events.push(...(ended.events ?? []));
  };
  // A body keeps no more; each costs events of this turn.
  for (const mission of snapshot.ended.slice(-bodyEndedMax)) {
    if (!state.row.known.includes(mission.id)) end(mission);
  }
  const open = state.row.open;
  if (open !== null && open.body !== snapshot.mission?.id) {
    end(forgottenMission(open, moment.now));
  }
  if (snapshot.mission !== null && state.row.open === null) {
    state = openMission(state, snapshot.mission, moment);
  }
  if (isNew) {
    const sent = sendNew(state, config, moment);
    state = sent.state;
    effects.push(...(sent.effects ?? []));
  }
  const published = publishProgress(config, state, snapshot, moment);
  return { state: published.state, effects: [...effects, ...(published.effects ?? [])], events };
}

function collectEvents(state: MissionsState, { events }: Seen): MissionsState {
  const fresh = events.filter(({ missionId }) => !state.row.known.includes(missionId));
  return fresh.length === 0
    ? state
    : { ...state, events: [...state.events, ...fresh].slice(-eventsMax) };
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

/** Stores the final document. If the body has a map, the document waits for it. */
function endMission(
  config: MissionsConfig,
  state: MissionsState,
  { mission, snapshot }: { mission: BodyMission; snapshot: BodyActivity },
  moment: Moment,
): Step<MissionsState, MissionsEffect> {
  const opened = state.row.open?.body === mission.id ? state : openMission(state, mission, moment);
  const open = opened.row.open;
  if (open === null) return unchanged(state);
  const { missionId } = open;
  // A mission that began and ended between two polls must not displace one that is still open.
  const stillOpen = state.row.open?.body === mission.id ? null : state.row.open;
  const document = documentOf({
    missionId,
    mission,
    started: open.started,
    snapshot,
    events: state.events.filter((event) => event.missionId === mission.id),
    revision: state.revision + 1,
    now: moment.now,
    isFinal: true,
  });
  const entry: Entry = { document, state: mission.hasMap ? 'awaiting-map' : 'unconfirmed' };
  const { reportsMax, reportBytesMax: bytesMax } = config;
  const bounded = boundOutbox(
    replaceEntry(state.items, entry),
    { reportsMax, bytesMax },
    state.sizes,
  );
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
        ? [{ type: 'mission/map-requested' as const, missionId, bodyMission: mission.id }]
        : []),
      ...reportDropped(bounded.dropped, 'no-room'),
    ],
  };
}
