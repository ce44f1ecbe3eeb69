import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ready } from '../../cloud-stub/running.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { type Identity, mintCa, mintRobot } from '../support/cloud-pki.ts';
import { runCloud } from '../support/cloud-process.ts';
import { readCloudRows } from '../support/cloud-sqlite.ts';
import { until } from '../support/cloud-until.ts';
import { epoch, missionDocument } from '../support/cloud-world.ts';

const accepted = 'robots/R1/down/missions/report/accepted';
const report = 'robots/R1/up/missions/report';
const list = (n: number) => ({
  v: 1,
  reports: [missionDocument({ missionId: `${epoch}-${n}`, ended: true })],
});

let folder: string;
let identity: Identity;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloud-window-'));
  const ca = await mintCa();
  await writeFile(join(folder, 'ca.crt'), ca.certificatePem);
  identity = await mintRobot(ca, 'R1');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const serve = (windowMs: number) =>
  runCloud(
    ...['serve', '--dir', join(folder, 'cloud'), '--ca', join(folder, 'ca.crt')],
    ...['--confirm-window-ms', String(windowMs)],
  );
const enter = async (ready: Ready) => {
  await connectRobot(ready, identity);
  const robot = await connectRobot(ready, identity);
  await robot.subscribe('robots/R1/down/#');
  return robot;
};
const rows = () => readCloudRows(join(folder, 'cloud', 'cloud.db'), 'missions').size;

describe('the confirmations of a running stub', () => {
  it('are sent in one message at the end of the window', async () => {
    await using stub = serve(1000);
    await using robot = await enter(await stub.ready());
    for (let n = 1; n <= 20; n++) robot.publish(report, list(n));
    await until(() => rows() === 20);
    const body = (await robot.next(accepted)) as { accepted: unknown[] };
    expect(body.accepted).toHaveLength(20);
    expect(robot.messages).toHaveLength(1);
  });

  it('are sent soon when the window is shorter than a tick', async () => {
    await using stub = serve(20);
    await using robot = await enter(await stub.ready());
    const waitsMs: number[] = [];
    for (let n = 1; n <= 10; n++) {
      const startMs = performance.now();
      robot.publish(report, list(n));
      await until(() => robot.messages.length === n);
      waitsMs.push(performance.now() - startMs);
    }
    // Whoever waits for ticks waits for a whole one each time but the first; a busy machine is not slow each time.
    expect(Math.min(...waitsMs.slice(1))).toBeLessThan(200);
  });

  it('are all that a kill within the window loses', async () => {
    {
      await using stub = serve(60_000);
      await using robot = await enter(await stub.ready());
      for (const n of [1, 2]) robot.publish(report, list(n));
      await until(() => rows() === 2);
      stub.child.kill('SIGKILL');
      await stub.ended();
      expect(robot.messages).toEqual([]);
    }
    await using stub = serve(0);
    await using robot = await enter(await stub.ready());
    for (const n of [1, 2]) robot.publish(report, list(n));
    await until(() => robot.messages.length === 2);
    expect(robot.messages.map(([topic]) => topic)).toEqual([accepted, accepted]);
    expect(rows()).toBe(2);
  });
});
