import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connectRobot } from '../support/cloud-client.ts';
import { mintCa, mintRobot } from '../support/cloud-pki.ts';
import { runCloud } from '../support/cloud-process.ts';
import { readCloudRows } from '../support/cloud-sqlite.ts';
import { until } from '../support/cloud-until.ts';
import { epoch, missionDocument } from '../support/cloud-world.ts';

it('the cloud keeps dead letters after a kill, and stores their rows when the operator redrives them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-dead-letters-'));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  const dir = join(folder, 'cloud');
  const ca = await mintCa();
  await writeFile(join(folder, 'ca.crt'), ca.certificatePem);
  const identity = await mintRobot(ca, 'R1');
  const serve = () => runCloud('serve', '--dir', dir, '--ca', join(folder, 'ca.crt'));
  const rows = (table: string) => readCloudRows(join(dir, 'cloud.db'), table).size;
  const run = async (...args: string[]) => {
    const [word = '', ...rest] = args;
    const done = runCloud(word, '--dir', dir, ...rest);
    expect([await done.ended(), done.err]).toEqual([0, '']);
    return done.out;
  };
  {
    await using stub = serve();
    const ready = await stub.ready();
    await connectRobot(ready, identity);
    await using robot = await connectRobot(ready, identity);
    await robot.subscribe('robots/R1/down/#');
    const publish = (n: number) => {
      const reports = [missionDocument({ missionId: `${epoch}-${n}`, ended: true })];
      robot.publish('robots/R1/up/missions/report', { v: 1, reports });
    };
    await run('handlers', '--set', 'missions/report=failing');
    publish(1);
    await until(() => rows('dead_letters') === 1);
    await run('handlers', '--set', 'missions/report=down');
    publish(2);
    await until(() => rows('dead_letters') === 2);
    expect([rows('missions'), robot.messages]).toEqual([0, []]);
    stub.child.kill('SIGKILL');
    await stub.ended();
  }
  await using stub = serve();
  await stub.ready();
  const shown = await run('handlers');
  expect(shown).toMatch(/^missions\/report +down$/m);
  expect(shown).toMatch(/^1 +R1 +20\S+ \S+ +1 +switched to failing$/m);
  expect(shown).toMatch(/^2 +R1 +20\S+ \S+ +0 +the handler is down$/m);
  await run('handlers', '--set', 'missions/report=up');
  await until(() => rows('missions') === 1);
  expect(await run('redrive')).toBe('dead letters: 1 retried, 1 handled\n');
  expect([rows('missions'), rows('dead_letters')]).toEqual([2, 0]);
  const half = runCloud('handlers', '--dir', dir, '--set', 'missions/report');
  expect([await half.ended(), half.err]).toEqual([2, expect.stringMatching(/--set is "missions/)]);
});
