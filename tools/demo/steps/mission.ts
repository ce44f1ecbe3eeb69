import type { OperatorClient } from '../../../cloud-stub/operator-client.ts';
import type { CommandRow, MissionRow } from '../../../cloud-stub/rows.ts';
import type { MissionDocument } from '../../../protocol/schemas/missions.ts';
import { phaseText } from '../board.ts';
import { showForward } from '../forward.ts';
import type { Screen } from '../screen.ts';
import { until, wrong } from '../watch.ts';
import type { World } from '../world.ts';
import type { CloudUp } from './cloud.ts';

/** The demo's mission, as later steps follow it. */
export interface MissionBegun {
  /** The cloud's row when the step ended. */
  readonly row: MissionRow;
  readonly watch: MissionWatch;
  readonly progress: Screen['progress'];
  readonly facts: { readonly missionId: string; readonly command: string };
}

/** How much of the floor is cleaned before the link is cut. */
const middle = 0.35;

/** Starts the mission by a command from the cloud; from here on the cloud's view of it is shown. */
export async function beginMission(world: World, { operator }: CloudUp): Promise<MissionBegun> {
  const { robot, screen, signal } = world;
  const before = new Set((await operator.missions({ robot })).map(({ missionId }) => missionId));
  const command = await sendStart(world, operator);
  const row = await until(
    { expected: 'the mission in the cloud', timeoutS: 20, signal },
    async () => (await operator.missions({ robot })).find((one) => !before.has(one.missionId)),
  );
  const { missionId, document } = row;
  const { reachableM2 } = document.area;
  screen.say('mission', `${missionId}: ${reachableM2.toFixed(1)} m² can be reached from the dock`);
  const progress = showForward(screen);
  const watch = watchMission(world, { operator, missionId, progress });
  const half = await watch(
    `${middle * 100} % of the floor clean`,
    (now) => now.document.area.cleanedM2 >= middle * reachableM2 || now.document.ended,
  );
  if (half.document.ended) {
    throw wrong('a mission under way', 'one that has ended: choose a lower --speed');
  }
  return { row: half, watch, progress, facts: { missionId, command: command.command.id } };
}

/** Sends the start again when the robot, left with an empty battery by an earlier demo, has charged. */
async function sendStart(world: World, operator: OperatorClient): Promise<CommandRow> {
  const { robot, screen, signal } = world;
  return until(
    { expected: 'the robot to start', timeoutS: 60, signal, everyMs: 1000 },
    async () => {
      const sent = await operator.sendCommand({ robot, command: 'start', lifeMs: 30_000 });
      const { id } = sent.command;
      const answered = await until(
        { expected: 'an outcome of the command', timeoutS: 30, signal },
        async () =>
          (await operator.commands(robot)).find(
            (one) => one.command.id === id && one.status !== 'sent',
          ),
      );
      const reason = answered.outcome?.reason;
      screen.say('command', `start ${id}: ${answered.status}${reason ? `, ${reason}` : ''}`);
      if (answered.status === 'done') return answered;
      if (reason === 'battery') return undefined;
      throw wrong('outcome done', `${answered.status} ${reason ?? ''}`);
    },
  );
}

export type MissionWatch = (
  expected: string,
  isThere: (row: MissionRow) => boolean,
) => Promise<MissionRow>;

/** Shows the mission from the cloud's table, until it has reached the given progress. */
function watchMission(
  world: World,
  {
    operator,
    missionId,
    progress,
  }: { operator: OperatorClient; missionId: string; progress: Screen['progress'] },
): MissionWatch {
  const { screen, signal, robot } = world;
  let shown = 0;
  return async (expected, isThere) => {
    const found = await until({ expected, timeoutS: 240, signal, everyMs: 100 }, async () => {
      const [row] = await operator.missions({ robot, mission: missionId });
      if (row === undefined) return undefined;
      const { document } = row;
      for (const text of notificationOf(document, shown)) screen.say('robot', text);
      shown = Math.max(shown, document.events.length);
      progress('cleaning', {
        part: document.area.cleanedM2 / Math.max(0.1, document.area.reachableM2),
        text: statusText(document),
      });
      return isThere(row) ? row : undefined;
    });
    screen.rest();
    return found;
  };
}

const statusText = ({ area, batteryPct, phase, ended }: MissionDocument): string =>
  `${area.cleanedM2.toFixed(1)} m²  battery ${batteryPct} %  ${ended ? 'ended' : phaseText(phase)}`;

/** On a large floor much happens: only this many events are shown. */
const notificationsMax = 16;

const words: Readonly<Record<string, string>> = {
  started: 'leaves its dock',
  stuck: 'is stuck',
  freed: 'is free again',
  recharge: 'is back on its dock to recharge',
  resumed: 'continues cleaning',
  ended: 'has cleaned all it can reach',
};

/** The text of the events after the first `shown` ones. Minutes are the body's. */
function notificationOf({ events, outcome }: MissionDocument, shown: number): string[] {
  return events.flatMap(({ type, atS, code }, i) => {
    if (i < shown || (i > notificationsMax && type !== 'ended')) return [];
    if (i === notificationsMax && type !== 'ended') return ['and so on; the record holds it all'];
    const text = type === 'ended' && outcome !== 'completed' ? `ended: ${outcome}` : words[type];
    const error = code === undefined ? '' : ` (error ${code})`;
    return [`minute ${(atS / 60).toFixed(1).padStart(4)}  ${text ?? type}${error}`];
  });
}
