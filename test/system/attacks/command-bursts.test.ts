import { describe, expect, it } from 'vitest';
import { startVictim } from '../../support/attacks-agent.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { startTestStub, type TestStub } from '../../support/cloud-stub.ts';
import { until } from '../../support/cloud-until.ts';

/** Sends this many commands; returns how many the cloud rejected. */
async function burst({ operator }: TestStub, robot: string, count: number): Promise<number> {
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const request = { robot, command: 'locate', lifeMs: 3_600_000, id: `b${i}` };
    await operator.sendCommand(request).catch((error: { code: string }) => {
      expect(error.code).toBe('limit-exceeded');
      refused += 1;
    });
  }
  return refused;
}

/** Connects another robot; the returned check sends it a command and waits for its outcome. */
async function connectNeighbour(cloud: TestStub) {
  const { robot } = await cloud.enter('NEIGHBOUR');
  await robot.subscribe('robots/NEIGHBOUR/down/#');
  let sent = 0;
  return async () => {
    const id = `n${++sent}`;
    await cloud.operator.sendCommand({
      robot: 'NEIGHBOUR',
      command: 'dock',
      lifeMs: 60_000,
      id,
    });
    await until(() => robot.messages.some(([, body]) => (body as { id: string }).id === id));
    const at = { wallMs: 1, quality: 'synced', boot: 1, monoMs: 1 };
    robot.publish('robots/NEIGHBOUR/up/commands/outcome', { v: 1, id, outcome: 'done', at });
    await until(() => statusOf(cloud, 'NEIGHBOUR', id) === 'done');
    expect(robot.closed).toBe(false);
  };
}

const statusOf = (cloud: TestStub, robot: string, id: string) =>
  cloud.stub.cloud.rows.get('commands', `${robot}/${id}`)?.status;
const reasonsOf = (cloud: TestStub, robot: string) =>
  operatorOf(cloud.stub.cloud)
    .list('commands', `${robot}/`)
    .map(({ value }) => value.outcome?.reason ?? value.status);

describe('a burst of commands with a long lifetime', () => {
  it('does not block a stop command, and the operator sees the rejected commands', async () => {
    await using cloud = await startTestStub();
    const checkNeighbour = await connectNeighbour(cloud);
    await using victim = await startVictim(cloud, 'VICTIM');
    // The robot's speed is unknown, so at most 64 are on their way at any time.
    await burst(cloud, 'VICTIM', 300);
    await checkNeighbour();
    await cloud.operator.sendCommand({
      ...{ robot: 'VICTIM', command: 'stop', lifeMs: 60_000, id: 's' },
    });
    await until(() => /done|refused/.test(statusOf(cloud, 'VICTIM', 's') ?? ''), 20_000);
    expect(victim.body.commands).toContain('stop s');
    // The pace of answers spreads the rest over the repetitions of the cloud.
    await until(() => reasonsOf(cloud, 'VICTIM').includes('too-many'), 60_000);
    expect(victim.isRunning).toBe(true);
    await checkNeighbour();
  });

  it('does not stop the watchdog while the body does not answer, and a stop command reaches it', async () => {
    await using cloud = await startTestStub();
    const checkNeighbour = await connectNeighbour(cloud);
    await using victim = await startVictim(cloud, 'VICTIM');
    victim.body.isSilent = true;
    const refused = await burst(cloud, 'VICTIM', 300);
    expect(refused).toBeGreaterThan(0);
    await checkNeighbour();
    await cloud.operator.sendCommand({
      ...{ robot: 'VICTIM', command: 'stop', lifeMs: 60_000, id: 's' },
    });
    await until(() => victim.body.commands.includes('stop s'), 20_000);
    const { kicks } = victim.body;
    await until(() => victim.body.kicks > kicks, 20_000);
    const { board, commands } = await victim.status();
    expect(board).toMatchObject({ unanswered: { commands: 8 } });
    expect(commands).toMatchObject({ refused: { 'too-many': expect.any(Number) } });
    expect([victim.isRunning, victim.body.pendingCount < 40]).toEqual([true, true]);
    await checkNeighbour();
  });
});
