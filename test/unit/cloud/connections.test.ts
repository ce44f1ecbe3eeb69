import { expect, it } from 'vitest';
import { awsOf } from '../../support/cloud-aws.ts';
import { createCloudWorld, robot } from '../../support/cloud-world.ts';

it('DeleteConnection closes a connection of the stub, and is an error behind an outside broker', () => {
  const world = createCloudWorld();
  world.enter(robot);
  const path = `/connections/${robot}`;
  const behind = awsOf(world, { hasConnections: false })('DELETE', path);
  expect([behind.status, behind.fault, world.cloud.takeTasks()]).toEqual([
    400,
    'InvalidRequest',
    [],
  ]);
  expect(awsOf(world, { hasConnections: true })('DELETE', path).status).toBe(200);
  expect(world.cloud.takeTasks()).toEqual([
    { kind: 'drop', robot, reason: 'API_INITIATED_DISCONNECT' },
  ]);
});
