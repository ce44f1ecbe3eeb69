import { packReports } from '../../protocol/report-lists.ts';
import { upTopic } from '../../protocol/topics.ts';
import type { BodyActivity } from '../board/answers.ts';
import type { Moment, Step } from '../kernel/machine.ts';
import { documentOf } from './document.ts';
import type { MissionsEffect } from './effects.ts';
import { type MissionsConfig, type MissionsState, progressTimer } from './state.ts';

/** Progress is sent when the phase changes and at intervals between; it is never stored and may be lost. */
export function publishProgress(
  config: MissionsConfig,
  state: MissionsState,
  snapshot: BodyActivity,
  { now }: Moment,
): Step<MissionsState, MissionsEffect> {
  const { open, dropped } = state.row;
  const mission = snapshot.mission;
  if (open === null || mission === null) {
    return { state, effects: [{ type: 'timer/clear', key: progressTimer }] };
  }
  const next: MissionsEffect = { type: 'timer/set', key: progressTimer, ms: config.progressMs };
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
    isFinal: false,
  });
  const published = { monoMs: now.monoMs, phase: snapshot.phase };
  return {
    state: { ...state, revision: state.revision + 1, progress: published },
    effects: [...progressOf(config, packReports([document], dropped)), next],
  };
}

/** Only the newest is worth sending. */
const progressOf = (
  { robot }: MissionsConfig,
  lists: ReturnType<typeof packReports>,
): MissionsEffect[] =>
  lists.map((payload) => ({
    type: 'publish',
    topic: upTopic(robot, 'missions/report'),
    payload,
    priority: 'progress',
  }));
