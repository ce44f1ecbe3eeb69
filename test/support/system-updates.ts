import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionView } from '../../cloud-stub/operator-client.ts';
import { HARDWARE_ID } from '../../hal/sim/board/core.ts';
import type { BuiltFile } from '../../tools/firmware/bundle.ts';
import { signFirmware } from '../../tools/firmware/sign.ts';
import { logRecords } from './system-logs.ts';
import type { RobotWorld } from './system-world.ts';

export interface Offer {
  readonly jobId: string;
  readonly image: BuiltFile;
  readonly version: string;
  readonly securityCounter: number;
}

/** Signs an image, puts it into the object store and makes the job that offers it to the robot. */
export async function offerUpdate(world: RobotWorld, offer: Offer): Promise<void> {
  const { jobId, version, securityCounter } = offer;
  const { path, length, sha256 } = offer.image;
  const { operator } = world.cloud;
  const pem = await readFile(join(world.places.firmware, 'firmware.key'));
  const manifest = signFirmware({
    manifest: {
      ...{ v: 1, hardwareId: HARDWARE_ID, version, securityCounter, length, sha256 },
      expiresMs: Date.now() + 86_400_000,
    },
    privateKey: createPrivateKey(pem),
  });
  const key = `firmware/${version}`;
  await operator.putObject(key, path, 'application/octet-stream');
  const imageUrl = operator.placeholderFor(key);
  const document = { v: 1, operation: 'firmware-update', manifest, imageUrl };
  await operator.createJob({ jobId, targets: [world.robot], document });
}

/** The execution when it has come to its end. */
export const jobEnded = (
  { cloud, robot, until }: RobotWorld,
  jobId: string,
): Promise<ExecutionView> =>
  until(
    `${jobId} to end`,
    async () => {
      const execution = await cloud.operator.execution(robot, jobId);
      return ['QUEUED', 'IN_PROGRESS'].includes(execution.status) ? undefined : execution;
    },
    60,
  );

/** Every terminal status that the cloud has ever noted for a job, oldest first. */
export const endsOf = ({ places }: RobotWorld, jobId: string): unknown[] =>
  logRecords(places.logs, 'cloud-stub')
    .filter((record) => record['jobId'] === jobId && record['msg'] === 'job execution changed')
    .map(({ status }) => status)
    .filter((status) => status !== 'QUEUED' && status !== 'IN_PROGRESS');

/** Resolves when the robot has received that the end of its job is accepted. */
export const jobForgotten = (world: RobotWorld): Promise<true> =>
  world.until('the robot to be done with its job', async () => {
    const { updates } = await world.agentStatus();
    return updates?.job === null ? true : undefined;
  });
