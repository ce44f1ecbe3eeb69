import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttackedRobot, startAttackedRobot } from '../../support/attacked-robot.ts';
import { until } from '../../support/cloud-until.ts';
import type { FalseCloud } from '../../support/false-cloud.ts';
import { folders } from '../../support/pki-folder.ts';

// A cloud whose clock was turned back offers expired items. Not further back than the robot's certificate was backdated:
// with an earlier one it accepts no connection.

const folder = folders();
const hourMs = 3_600_000;
let attacked: AttackedRobot;
let slow: FalseCloud;
beforeAll(async () => {
  attacked = await startAttackedRobot(await folder());
  slow = await attacked.deceive(-20 * hourMs);
});
afterAll(() => attacked[Symbol.asyncDispose]());

describe('a cloud whose clock was turned back', () => {
  it('cannot install an image whose manifest has expired', async () => {
    const { robot } = attacked.line;
    const document = await attacked.jobDocument({ expiresMs: Date.now() - hourMs });
    await slow.operator.createJob({ jobId: 'old', targets: [robot], document });
    const status = async () =>
      (await slow.operator.execution(robot, 'old')) as unknown as {
        status: string;
        statusDetails: { detailsMap: Record<string, string> };
      };
    await until(async () => (await status()).status === 'REJECTED', 60_000);
    expect((await status()).statusDetails.detailsMap).toMatchObject({ reason: 'expired' });
  });

  it('cannot run an expired command', async () => {
    const { robot } = attacked.line;
    const {
      command: { id },
    } = await slow.operator.sendCommand({ robot, command: 'start', lifeMs: 60_000 });
    const outcome = async () =>
      (await slow.operator.commands(robot)).find((one) => one.command.id === id)?.outcome?.outcome;
    await until(async () => (await outcome()) !== undefined, 60_000);
    expect(await outcome()).toBe('expired');
  });

  it('leaves the robot to the true cloud afterwards', async () => {
    await attacked.release();
    const { robot, cloud } = attacked.line;
    const {
      command: { id },
    } = await cloud.operator.sendCommand({ robot, command: 'start', lifeMs: 60_000 });
    await until(async () => {
      const command = (await cloud.operator.commands(robot)).find((one) => one.command.id === id);
      return command?.outcome?.outcome === 'done';
    }, 60_000);
  });

  it('disturbs no other robot', () => {
    expect(attacked.neighbour.attempt).toBe('connected');
    expect(attacked.neighbour.closed).toBe(false);
  });
});
