import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kick } from '../support/mosquitto.ts';
import { type MosquittoWorld, startMosquittoWorld } from '../support/mosquitto-world.ts';
import { killAgent } from '../support/system-interruptions.ts';
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
  it('a mission is commanded, reported and confirmed, and its map is uploaded', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 100 });
    const { id } = await beginMission(world);
    const row = await settledInCloud(world, id);
    expect(row.map?.state).toBe('stored');
    await expectOnce(world, id, 'completed');
    const [command] = await world.cloud.operator.commands(world.robot);
    expect(command?.status).toBe('done');
  });

  it('a SIGKILL of Mosquitto during a mission loses no report, and commands work again', async () => {
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

  it('a SIGKILL of the agent during a mission does not stop it, and it is reported once', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 25 });
    const { id } = await beginMission(world);
    const { missionId } = await openedInCloud(world, id);
    await cleaned(world, 0.2);
    await killAgent(world);
    const row = await settledInCloud(world, id);
    expect(row.missionId).toBe(missionId);
    await expectOnce(world, id, 'completed');
  });

  it('a SIGKILL of the cloud during a mission keeps the robot connected and loses no report', async () => {
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

describe('a revoked robot', () => {
  it('works until it is kicked, is then rejected with the reason, and connects after a new list', async () => {
    await using world = await startMosquittoWorld({ ...bench, speed: 25 });
    const chain = join(world.places.robot, 'identity', 'current', 'chain.pem');
    const { connects = 0 } = (await linkOf(world)) ?? {};
    await world.mosquitto.revoke([await readFile(chain, 'utf8')]);
    // The list is checked in handshakes only, so the live connection still works.
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

  it('is rejected like every other by an expired list, until there is a new one', async () => {
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
