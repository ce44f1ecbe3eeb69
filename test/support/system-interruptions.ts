import { access, writeFile } from 'node:fs/promises';
import { fileDigest, slotImage } from '../../hal/sim/board/file-storage.ts';
import { processesIn } from './demo-process.ts';
import { logRecords } from './system-logs.ts';
import { doneFile, type Moment, type Plan, planFile } from './system-sabotage.ts';
import type { RobotWorld } from './system-world.ts';

/** What ends: the agent's process alone, or the power of its board. */
export type Interruption = 'SIGKILL' | 'power cut';

/** Makes the sabotaged agent end at its next `moment`, once. */
export async function planInterruption(
  world: RobotWorld,
  interruption: Interruption,
  moment: Moment,
): Promise<void> {
  const command = world.board.cutCommand;
  await writePlan(world, interruption === 'SIGKILL' ? { moment } : { moment, command });
}

/** Makes the agent kill the cloud at its next `moment`. */
export async function planCloudKill(world: RobotWorld, moment: Moment): Promise<void> {
  const [cloud] = await processesIn(world.places.cloud);
  if (cloud === undefined) throw new Error('no cloud is running');
  const command = [process.execPath, '-e', `process.kill(${cloud.pid}, 'SIGKILL')`];
  await writePlan(world, { moment, command, spares: true });
}

const writePlan = ({ places }: RobotWorld, plan: Plan): Promise<void> =>
  writeFile(planFile(places.board), JSON.stringify(plan));

/** Resolves when the plan is carried out and, after a power cut, the power is back. */
export async function untilInterrupted(
  { board, places, until }: RobotWorld,
  interruption: Interruption,
): Promise<void> {
  await until('the agent to be interrupted', () =>
    access(doneFile(places.board)).then(
      () => true,
      () => undefined,
    ),
  );
  if (interruption === 'SIGKILL') return;
  await board.dark();
  await board.start();
}

/** Ends the agent from outside; resolves when the supervisor has started another one. */
export async function killAgent(
  { board, until }: RobotWorld,
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<void> {
  const running = (but?: number) =>
    until('an agent to run', async () => {
      const { pid } = (await board.status()).agent;
      return pid === null || pid === but ? undefined : pid;
    });
  const killed = await running();
  process.kill(killed, signal);
  await running(killed);
}

/**
 * The faults of the slots: the running one must be good, every other one that is not empty must match its record, and no
 * boot may have found no bootable slot.
 */
export async function slotFaults({ board, places }: RobotWorld): Promise<string[]> {
  const { booted, slots } = (await board.status()).boot;
  const faults = logRecords(places.logs, 'sim-board')
    .filter(({ msg }) => msg === 'no slot may boot')
    .map(() => 'a boot found no slot');
  for (const { name, state, sha256 } of slots) {
    if (name === booted && state !== 'good') faults.push(`slot ${name} runs and is ${state}`);
    if (state === 'empty') continue;
    const stored = await fileDigest(slotImage(places.board, name));
    if (stored.sha256 !== sha256) faults.push(`slot ${name} holds something else`);
  }
  return faults;
}
