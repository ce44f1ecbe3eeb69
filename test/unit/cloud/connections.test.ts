import { expect, it } from 'vitest';
import { createFaults } from '../../../cloud-stub/faults.ts';
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

it('a cut refuses the robot, and leaves the closing of its connection for after the commit', () => {
  const world = createCloudWorld();
  world.enter(robot);
  const faults = createFaults();
  const cut = { kind: 'cut', robot, forMs: 1000 };
  const { nowMs } = world;
  const { status, body } = awsOf(world, { faults })('POST', '/pilotfish/faults', cut);
  expect([status, body.cuts]).toEqual([200, [{ robot, untilMs: nowMs + 1000 }]]);
  expect(faults.isCut(robot, nowMs + 999)).toBe(true);
  expect(world.cloud.takeTasks()).toEqual([
    { kind: 'drop', robot, reason: 'SERVER_INITIATED_DISCONNECT' },
  ]);
});
