import { expect, it } from 'vitest';
import { runCloud } from '../support/cloud-process.ts';
import { startTestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { epoch, missionDocument } from '../support/cloud-world.ts';

const serial = 'PF-000123';
const report = `robots/${serial}/up/missions/report`;
const list = (...numbers: number[]) => ({
  v: 1,
  reports: numbers.map((n) => missionDocument({ missionId: `${epoch}-${n}`, ended: true })),
});

it('the cloud shows a gap, requests it, and closes it when the robot answers from its history', async () => {
  await using world = await startTestStub({
    cloud: { gapRequestAfterMs: 300, confirmWindowMs: 0 },
  });
  const { robot } = await world.enter(serial);
  await using _ = robot;
  const show = async (...more: string[]) => {
    const done = runCloud('missions', '--dir', world.stub.ready.dir, ...more);
    expect([await done.ended(), done.err]).toEqual([0, '']);
    return done.out;
  };
  await robot.subscribe(`robots/${serial}/down/#`);
  robot.publish(report, list(1, 4));
  robot.publish(report, list(4));
  expect(await robot.next(`robots/${serial}/down/missions/request`)).toEqual({
    ...{ v: 1, epoch, from: 2, to: 3 },
  });
  const before = await show();
  for (const line of before.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(before).toMatch(/-4 +PF-000123 +20[-: \d]+ +ended +completed +1\.0 +/);
  expect(before).toMatch(
    /DUP +STALE +RENAMED +GAPS +MISSING +DROPPED\nPF-000123 +2 +0 +0 +1 +0 +0 +1 +2 +0\n/,
  );

  robot.publish(report, list(2, 3));
  const accepted = `robots/${serial}/down/missions/report/accepted`;
  await until(() => robot.messages.filter(([topic]) => topic === accepted).length === 3);
  const { robots } = JSON.parse(await show('--json', '--robot', serial)) as { robots: unknown };
  expect(robots).toMatchObject([{ robot: serial, ended: 4, gaps: [], missing: 0 }]);
});
