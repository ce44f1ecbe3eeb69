import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kick } from '../support/mosquitto.ts';
import { type MosquittoWorld, startMosquittoWorld } from '../support/mosquitto-world.ts';
import { killAgent } from '../support/system-blows.ts';
import {
  beginMission,
  cleaned,
  expectOnce,
  openedInCloud,
  settledInCloud,
} from '../support/system-missions.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';

/** The real agent, the real Mosquitto with the shipped configuration, and the stub's services as its client. */

let bench: Workbench;
beforeAll(async () => {
  bench = await makeWorkbench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const linkOf = async (world: MosquittoWorld) => (await world.agentStatus()).link;

/** The connection has ended, and another one been made. */
const reconnected = (world: MosquittoWorld, connects: number) =>
  world.until('the robot to connect again', async () => {
    const link = await linkOf(world);
    return link !== undefined && link.state === 'up' && link.connects > connects ? true : undefined;
  });

describe('on Mosquitto, without shadow, jobs and renewal', () => {
  it('a mission is commanded, reported and confirmed, and its map is put', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 100 });
    const { id } = await beginMission(world);
    const row = await settledInCloud(world, id);
    expect(row.map?.state).toBe('stored');
    await expectOnce(world, id, 'completed');
    const [command] = await world.cloud.operator.commands(world.robot);
    expect(command?.status).toBe('done');
  });

  it('SIGKILL of Mosquitto in a mission: it ends in the cloud, once, and commands work again', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 25 });
    const { id } = await beginMission(world);
    await openedInCloud(world, id);
    await cleaned(world, 0.2);
    const { connects = 0 } = (await linkOf(world)) ?? {};
    await world.mosquitto.kill();
    await world.until('the robot to notice', async () =>
      (await linkOf(world))?.state === 'up' ? undefined : true,
    );
    await world.mosquitto.start();
    await reconnected(world, connects);
    await settledInCloud(world, id);
    const again = await beginMission(world);
    expect(again.id).not.toBe(id);
  });

  it('SIGKILL of the agent in a mission: it goes on, and is reported once', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 25 });
    const { id } = await beginMission(world);
    const { missionId } = await openedInCloud(world, id);
    await cleaned(world, 0.2);
    await killAgent(world);
    const row = await settledInCloud(world, id);
    expect(row.missionId).toBe(missionId);
    await expectOnce(world, id, 'completed');
  });

  it('SIGKILL of the cloud in a mission: the robot stays connected, and all arrives once', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 25 });
    const { id } = await beginMission(world);
    await openedInCloud(world, id);
    await cleaned(world, 0.2);
    const { connects } = (await linkOf(world)) ?? {};
    await world.cloud.kill();
    await cleaned(world, 0.3);
    await world.cloud.start();
    await settledInCloud(world, id);
    await expectOnce(world, id, 'completed');
    expect((await linkOf(world))?.connects).toBe(connects);
  });
});

describe('a robot that is revoked', () => {
  it('goes on until it is kicked, then is refused by name of the reason; a new list lets it in', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 25 });
    const chain = join(world.places.robot, 'identity', 'current', 'chain.pem');
    const { connects = 0 } = (await linkOf(world)) ?? {};
    await world.mosquitto.revoke([await readFile(chain, 'utf8')]);
    // The list is looked at in handshakes only: the live connection is heard all the same.
    const { id } = await beginMission(world);
    await openedInCloud(world, id);
    expect((await linkOf(world))?.connects).toBe(connects);
    kick(world.mosquitto, world.robot);
    await world.until('the robot to be refused', async () => {
      const link = await linkOf(world);
      return link?.state !== 'up' && /revoked/i.test(link?.last?.detail ?? '') ? true : undefined;
    });
    expect(world.mosquitto.log()).toMatch(/certificate verify failed/);
    await world.mosquitto.revoke([]);
    await reconnected(world, connects);
    await settledInCloud(world, id);
  });

  it('an expired list refuses everybody, until there is a new one', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 25 });
    const { connects = 0 } = (await linkOf(world)) ?? {};
    await world.mosquitto.expireCrl();
    kick(world.mosquitto, world.robot);
    await world.until('the robot to be refused', async () => {
      const link = await linkOf(world);
      return link?.state !== 'up' && /expired/i.test(link?.last?.detail ?? '') ? true : undefined;
    });
    await world.mosquitto.revoke([]);
    await reconnected(world, connects);
  });
});
