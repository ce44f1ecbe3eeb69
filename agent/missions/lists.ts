import { packReports } from '../../protocol/report-lists.ts';
import type { MissionDocument } from '../../protocol/schemas/missions.ts';
import { upTopic } from '../../protocol/topics.ts';
import { type Moment, retryDelayMs } from '../kernel/machine.ts';
import type { MissionsEffect } from './effects.ts';
import { type MissionsConfig, type MissionsState, resendTimer } from './state.ts';

/** Sends final documents, packed into lists; each one alone that was in a list whose sending ended the connection. */
export function sendLists(
  config: MissionsConfig,
  state: MissionsState,
  documents: readonly MissionDocument[],
  moment: Moment,
): { state: MissionsState; effects: MissionsEffect[] } {
  const nowMs = moment.now.monoMs;
  const lately = [...state.sentMs].filter(([, sentMs]) => nowMs - sentMs < config.resendMs);
  const now = documents.map(({ missionId }): [string, number] => [missionId, nowMs]);
  return {
    state: { ...state, sentMs: new Map([...lately, ...now]) },
    effects: packLists(config, state, documents),
  };
}

/** Whether it was sent so recently that its confirmation may still be on its way. */
export function isUnderWay(
  { resendMs }: MissionsConfig,
  { sentMs }: MissionsState,
  { missionId }: MissionDocument,
  { now }: Moment,
): boolean {
  const at = sentMs.get(missionId);
  return at !== undefined && now.monoMs - at < resendMs;
}

function packLists(
  { robot }: MissionsConfig,
  { alone, row }: MissionsState,
  documents: readonly MissionDocument[],
): MissionsEffect[] {
  const packed = documents.filter(({ missionId }) => !alone.has(missionId));
  const single = documents.filter(({ missionId }) => alone.has(missionId));
  const lists = [packed, ...single.map((document) => [document])];
  const topic = upTopic(robot, 'missions/report');
  return lists.flatMap((list) =>
    packReports(list, row.dropped).map((payload): MissionsEffect => {
      const ids = payload.reports.map(({ missionId }) => missionId);
      return { type: 'publish', topic, payload, about: `${topic} ${ids.join(' ')}` };
    }),
  );
}

/** The delay grows with each sending since the link came up or a new document was added. */
export function scheduleSending(
  { resends }: MissionsState,
  { resendMs, resendMsMax }: MissionsConfig,
  { random }: Moment,
): MissionsEffect {
  const bounds = { baseMs: resendMs, capMs: resendMsMax };
  return { type: 'timer/set', key: resendTimer, ms: retryDelayMs(resends + 1, random, bounds) };
}
