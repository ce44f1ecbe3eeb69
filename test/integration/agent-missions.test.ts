import { join } from 'node:path';
import { expect, it } from 'vitest';
import { missionsText } from '../../agent/cli/missions-text.ts';
import { callLocalApi } from '../../agent/io/local.ts';
import { openStore } from '../../agent/io/store.ts';
import type { MissionList } from '../../agent/missions/requests.ts';
import { type CrashingRobot, startCrashingRobot } from '../support/agent-crashing.ts';
import { entry } from '../support/agent-missions.ts';
import { pilotfish } from '../support/agent-process.ts';
import { startTestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { epoch, missionDocument } from '../support/cloud-world.ts';
import { folders } from '../support/pki-folder.ts';

// The reports of a robot, through the real stub: listed on the robot, and stored across releases.

const folder = folders();
const id = (n: number) => `${epoch}-${n}`;

/** A robot with a history, one report that every cloud rejects, and one in its outbox. */
function history(dataDir: string): void {
  using store = openStore(join(dataDir, 'store.db'));
  const row = { epoch, nextN: 33, open: null, known: [], dropped: 3 };
  const area = { cleanedM2: 1e11, reachableM2: 1 };
  const values: [string, object][] = [
    ['', row],
    ...Array.from({ length: 30 }, (_, n) => entry(id(n + 1), 'confirmed')),
    entry(id(31), 'unconfirmed', { area }),
    entry(id(32), 'unconfirmed'),
  ];
  store.commit(
    values.map(([key, data]) => ({
      machine: 'missions',
      key,
      value: { v: 1, minReader: 1, data },
    })),
  );
}

async function missionsOf({ world }: CrashingRobot, ...more: string[]): Promise<string> {
  const { code, out, err } = await pilotfish(['missions', '--config', world.config, ...more]);
  expect([code, err]).toEqual([0, '']);
  return out;
}

it('pilotfish missions lists open missions, queued and rejected reports, and the history', async () => {
  const dir = await folder();
  await using robot = await startCrashingRobot(dir, history);
  await robot.pressButton();
  const list = async (...more: string[]) =>
    JSON.parse(await missionsOf(robot, '--json', ...more)) as MissionList;
  // Polled on the local socket: a process for each poll would be most of the work.
  const localApi = join(dir, 'robot', 'run', 'agent.sock');
  let seen: MissionList | undefined;
  await until(async () => {
    // The board is ready before its agent is.
    seen = (await callLocalApi(localApi, 'missions').catch(() => undefined)) as
      | MissionList
      | undefined;
    return !!seen?.open && seen.deadLetters.count === 1 && seen.waiting.count === 0;
  });
  expect(seen).toMatchObject({
    ...{ robot: 'R1', epoch, dropped: 3, open: { missionId: id(33), initiator: 'button' } },
    deadLetters: { newest: [{ missionId: id(31), code: 'out-of-range' }] },
    history: { count: 31 },
  });
  expect(seen?.history.newest).toHaveLength(10);
  // A busy machine may let the mission end meanwhile.
  expect((await list('--all')).history.newest.length).toBeGreaterThanOrEqual(31);

  const text = await missionsOf(robot);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  // As words: the line is wrapped at 80 columns.
  const open = missionsText(seen as MissionList).replaceAll(/\s+/g, ' ');
  expect(open).toMatch(/^R1: mission \S*-33 is open since ~?20\S+ \S+, started by button /);
  expect(text).toMatch(/dead letters, never sent again: 1\n.*-31 .*\n {4}out-of-range: A number/);
  expect(text).toMatch(/confirmed by the cloud: 3[12], the newest 10\n/);
  expect(text.trimEnd().split('\n').at(-1)).toMatch(/^3 dropped/);

  await robot.board.end('SIGTERM');
  const stopped = await pilotfish(['missions', '--config', robot.world.config]);
  expect([stopped.code, stopped.out]).toEqual([1, '']);
  expect(stopped.err).toContain('(not-running)');
});

it('an older cloud stores a report of a newer robot with its unknown fields', async () => {
  await using world = await startTestStub({ cloud: { confirmWindowMs: 0 } });
  const { robot } = await world.enter('R1');
  await using _ = robot;
  await robot.subscribe('robots/R1/down/#');
  const document = {
    ...missionDocument({ missionId: id(1), ended: true }),
    evacs: 2,
    phase: 'evac',
  };
  const send = () =>
    robot.publish('robots/R1/up/missions/report', { v: 1, reports: [document], since: 7 });
  send();
  const accepted = 'robots/R1/down/missions/report/accepted';
  expect(await robot.next(accepted)).toMatchObject({ accepted: [{ missionId: id(1) }] });
  await world.restart();
  const [row] = await world.operator.missions({ robot: 'R1' });
  expect(row).toMatchObject({ status: 'ended', document: { ...document, phase: 'unknown' } });
});
