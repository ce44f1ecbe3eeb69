import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slotImage } from '../../../hal/sim/board/file-storage.ts';
import { buildSabotagedBundle } from '../../support/system-bundle.ts';
import { logRecords } from '../../support/system-logs.ts';
import { beginMission, settledInCloud } from '../../support/system-missions.ts';
import { jobEnded, jobForgotten, offerUpdate } from '../../support/system-updates.ts';
import { makeWorkbench, type Workbench } from '../../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../../support/system-world.ts';

/** A robot with two confirmed releases, 1.0.0 in slot a and 2.0.0 in slot b, which runs. */
describe('a confirmed slot that is damaged', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await makeWorkbench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  async function update(world: RobotWorld, version: string, jobId: string) {
    const out = join(bench.folder, `agent-${version}.cjs`);
    const image = await buildSabotagedBundle({ version, out });
    await offerUpdate(world, { jobId, image, version, securityCounter: 2 });
    const { status } = await jobEnded(world, jobId);
    await jobForgotten(world);
    return status;
  }

  const reportedAgent = async ({ cloud, robot }: RobotWorld) => {
    const document = await cloud.operator.shadow(robot);
    const { reported } = (document?.state ?? {}) as {
      reported?: { agent?: { version: string; fallback: string } };
    };
    return reported?.agent;
  };

  /** No side effect: the cloud has no error, and the robot works. */
  async function expectNeighboursWell(world: RobotWorld): Promise<void> {
    const { id } = await beginMission(world);
    expect((await settledInCloud(world, id)).document.outcome).toBe('completed');
    const errors = logRecords(world.places.logs, 'cloud-stub').filter(
      ({ level }) => level === 'error',
    );
    expect(errors).toEqual([]);
  }

  it('is left for the valid slot and reported to the cloud, and the next update writes it again', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 150 });
    expect(await update(world, '2.0.0', 'update-2')).toBe('SUCCEEDED');
    await world.board.cutPower();
    await writeFile(slotImage(world.places.board, 'b'), 'no agent at all');
    await world.board.start();
    const agent = await world.until('the fall-back in the reported state', async () => {
      const agent = await reportedAgent(world);
      return agent?.fallback.startsWith('b damaged') ? agent : undefined;
    });
    expect(agent.version).toBe('1.0.0');
    expect((await world.agentStatus()) as object).toMatchObject({
      fallback: { slot: 'b', reason: 'damaged', wasConfirmed: true },
    });
    await expectNeighboursWell(world);
    expect(await update(world, '3.0.0', 'update-3')).toBe('SUCCEEDED');
    expect(await world.agentStatus()).toMatchObject({ version: '3.0.0' });
  });
});
