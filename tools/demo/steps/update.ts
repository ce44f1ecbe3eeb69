import type { BootState } from '../../../hal/boot-control.ts';
import { benchStatus } from '../board.ts';
import { type Released, update } from '../update-job.ts';
import { until, wrong } from '../watch.ts';
import type { World } from '../world.ts';
import type { CloudUp } from './cloud.ts';
import { shadowOf } from './settings.ts';

export interface Updated {
  readonly facts: { readonly good: Released; readonly bad: Released };
}

/** One update that works and is kept, and one that crashes at boot and is rolled back. */
export async function updateTwice(world: World, cloud: CloudUp): Promise<Updated> {
  const { screen } = world;
  const good = await update(world, cloud.operator, { crashes: false });
  if (good.status !== 'SUCCEEDED') throw wrong('SUCCEEDED', `${good.status} ${good.reason}`);
  await checkBooted(world, good);
  await reports(world, cloud, good);
  screen.say('shadow', `reported: version ${good.version} in slot ${good.slot}`);

  const bad = await update(world, cloud.operator, { crashes: true });
  if (bad.status !== 'FAILED' || bad.reason !== 'rolled-back') {
    throw wrong('FAILED, rolled-back', `${bad.status}, ${bad.reason}`);
  }
  await checkBooted(world, good);
  await reports(world, cloud, good);
  screen.say('board', `slot ${good.slot} with ${good.version} again, as before`);
  return { facts: { good, bad } };
}

/** Checks that the slot of the working image is booted, confirmed, and next. */
async function checkBooted(world: World, { slot, sha256 }: Released): Promise<void> {
  const { boot } = await benchStatus(world);
  const record = boot.slots.find(({ name }) => name === slot);
  const isRight =
    boot.booted === slot &&
    boot.next === slot &&
    record?.state === 'good' &&
    record.sha256 === sha256;
  if (!isRight) throw wrong(`slot ${slot} booted and good`, bootText(boot));
}

const bootText = ({ booted, slots }: BootState): string =>
  `slot ${booted} booted, ${slots.map(({ name, state }) => `${name} ${state}`).join(', ')}`;

async function reports(world: World, cloud: CloudUp, { version, slot }: Released): Promise<void> {
  await until(
    { expected: `${version} in the reported shadow`, timeoutS: 20, signal: world.signal },
    async () => {
      const { agent } = (await shadowOf(world, cloud)).state.reported ?? {};
      return agent?.version === version && agent.slot === slot ? agent : undefined;
    },
  );
}
