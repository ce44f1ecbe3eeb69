import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuiltFile } from '../../tools/firmware/bundle.ts';
import { buildExecutable } from '../../tools/package/executable.ts';
import { runCommand } from '../support/demo-outside.ts';
import { slotFaults } from '../support/system-interruptions.ts';
import { beginMission, settledInCloud } from '../support/system-missions.ts';
import { jobEnded, offerUpdate } from '../support/system-updates.ts';
import { runTests } from '../support/system-vitest.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

const isPossible = process.platform === 'linux' && process.arch === 'x64';

describe.skipIf(!isPossible)('the single executable (needs Linux on x64)', () => {
  let bench: Workbench;
  let agent: BuiltFile;
  const inBench = (name: string) => join(bench.folder, name);
  beforeAll(async () => {
    bench = await makeWorkbench();
    const args = ['build', '--version', '1.0.0', '--out', inBench('pilotfish')];
    agent = JSON.parse(await runCommand('tools/package/main.ts', args)) as BuiltFile;
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it.each(['test/e2e/demo.test.ts', 'test/system/demo-again.test.ts'])(
    'runs the demo in place of the sources: %s',
    async (file) => {
      const { code, said } = await runTests(file, { PILOTFISH_AGENT: agent.path });
      expect(code, said).toBe(0);
    },
  );

  it('installs another package, and rolls back when the new one crashes', async () => {
    const next = await buildExecutable({ version: '2.0.0', out: inBench('next') });
    await writeFile(inBench('crash.ts'), "throw new Error('this build crashes at boot');\n");
    const bad = await buildExecutable({
      version: '3.0.0',
      out: inBench('bad'),
      entry: inBench('crash.ts'),
    });
    await using world = await startRobotWorld({ ...bench, image: agent.path, speed: 150 });
    expect(await update(world, next, 2)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await update(world, bad, 3)).toMatchObject({
      status: 'FAILED',
      reason: 'rolled-back',
      detail: 'crashed: exit code 1',
    });
    const { boot } = await world.board.status();
    expect(boot.slots.find(({ name }) => name === boot.booted)?.sha256).toBe(next.sha256);
    expect(await slotFaults(world)).toEqual([]);
    const { id } = await beginMission(world);
    expect((await settledInCloud(world, id)).document.outcome).toBe('completed');
    expect((await world.agentStatus()).version).toBe('2.0.0');
  });
});

async function update(world: RobotWorld, image: BuiltFile, major: number): Promise<object> {
  const jobId = `update-${major}`;
  await offerUpdate(world, { jobId, image, version: `${major}.0.0`, securityCounter: major });
  const { status, statusDetails } = await jobEnded(world, jobId);
  return { status, ...statusDetails.detailsMap };
}
