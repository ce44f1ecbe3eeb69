import { packReports } from '../../protocol/report-lists.ts';
import type { MissionDocument } from '../../protocol/schemas/missions.ts';
import { upTopic } from '../../protocol/topics.ts';
import { askAgainMs, type Moment } from '../kernel/machine.ts';
import type { MissionsEffect } from './effects.ts';
import { type MissionsConfig, type MissionsState, resendTimer } from './state.ts';

/** Final documents, packed; but each alone that has been in a list whose sending ended the connection. */
export function reports(
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

/** The pause grows with each sending since the link came up, or something new came. */
export function sendLater(
  { resends }: MissionsState,
  { resendMs, resendMsMax }: MissionsConfig,
  { draw }: Moment,
): MissionsEffect {
  const bounds = { baseMs: resendMs, capMs: resendMsMax };
  return { type: 'timer/set', key: resendTimer, ms: askAgainMs(resends + 1, draw, bounds) };
}
