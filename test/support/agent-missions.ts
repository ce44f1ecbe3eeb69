import { missionsMachine } from '../../agent/missions/machine.ts';
import type { Entry } from '../../agent/missions/outbox.ts';
import type { MissionsConfig, MissionsState } from '../../agent/missions/state.ts';
import { expandReports } from '../../protocol/report-lists.ts';
import type { MissionDocument, OrderKey } from '../../protocol/schemas/missions.ts';
import { missionDocument } from './cloud-world.ts';

/** The missions machine with a robot's ordinary configuration. */

export const missionsConfig: MissionsConfig = {
  robot: 'R1',
  progressMs: 60_000,
  reportsMax: 500,
  reportBytesMax: 2_000_000,
  resendMs: 4000,
  resendMsMax: 3_600_000,
};

export const missions = (change: Partial<MissionsConfig> = {}) =>
  missionsMachine({ ...missionsConfig, ...change });

/** The outbox in short: mission ids with their states, oldest first. */
export const outboxOf = ({ items }: MissionsState): string[] =>
  [...items].map(([id, { state, code }]) => `${id} ${state}${code ? ` ${code}` : ''}`);

/** An outbox entry with a final document. */
export const entry = (
  missionId: string,
  state: Entry['state'] = 'unconfirmed',
  change: Partial<Entry['document']> = {},
): [string, Entry] => [
  missionId,
  { state, document: missionDocument({ missionId, ended: true, ...change }) },
];

export const keyOf = ({ document }: Entry): OrderKey => ({
  missionId: document.missionId,
  ended: document.ended,
  boot: document.boot,
  revision: document.revision,
});

/** The documents of a published list, whole. */
export function documentsIn(list: object): MissionDocument[] {
  const expanded = expandReports(JSON.parse(JSON.stringify(list)) as Record<string, unknown>);
  if (!expanded.ok) throw new Error(expanded.message);
  return expanded.value as MissionDocument[];
}
