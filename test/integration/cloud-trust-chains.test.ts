import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintRoot, signedBy } from '../support/cloud-authorities.ts';
import { awsClient } from '../support/cloud-aws-http.ts';
import { type Identity, mintRobot } from '../support/cloud-pki.ts';
import { openRaw } from '../support/cloud-raw.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { devicePort } from '../support/device-client.ts';

/** Robots that send the chain up to a registered CA, and resume their TLS sessions. */

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

async function operate(method: string, path: string, fields?: object) {
  using client = await awsClient(world.stub);
  const answer = await client.send(method, path, fields === undefined ? {} : { fields });
  expect([answer.status, answer.json]).toEqual([200, expect.anything()]);
  return answer.json;
}

/** A robot of an intermediate CA below a root that is registered. */
async function enterLine(name: string) {
  const root = await mintRoot(`Root of ${name}`);
  const middle = await signedBy(root, `Line of ${name}`, { isCa: true });
  const made = await operate('POST', '/cacertificate?setAsActive=true&allowAutoRegistration=true', {
    ...{ caCertificate: root.certificatePem, certificateMode: 'SNI_ONLY' },
  });
  const robot = await mintRobot(middle, name);
  const remove = async () => {
    await operate('PUT', `/cacertificate/${made.certificateId}?newStatus=INACTIVE`);
    await operate('DELETE', `/cacertificate/${made.certificateId}`);
  };
  return { robot: { ...robot, cert: robot.cert + middle.certificatePem }, remove };
}

type Options = { version: SecureVersion; session?: Buffer | undefined };

/** A kept-alive connection to the robots' HTTPS port; `get` returns a status, or `closed`. */
async function openHttps({ name, cert, key }: Identity, { version, session }: Options) {
  const socket: TLSSocket = connect({
    ...{ host: 'localhost', servername: 'localhost', port: devicePort(world.stub) },
    ...{ ca: await readFile(world.stub.ready.serverCa), cert, key },
    ...{ minVersion: version, maxVersion: version, session },
  });
  socket.on('error', () => {});
  let newest: Buffer | undefined;
  socket.on('session', (made) => {
    newest = made;
  });
  const closed = once(socket, 'close').then(() => 'closed' as const);
  await once(socket, 'secureConnect');
  return {
    reused: socket.isSessionReused(),
    session: () => newest,
    get() {
      socket.write(`GET /things/${name}/jobs HTTP/1.1\r\nhost: x\r\n\r\n`);
      const answer = once(socket, 'data').then(([data]) => Number(String(data).split(' ')[1]));
      return Promise.race([answer, closed]);
    },
  };
}

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('over %s a robot with a chain', (version) => {
  it('is admitted, also when it resumes its session, until its CA is deleted', async () => {
    const name = `CHAIN-${version.replace('.', '-')}`;
    const { robot, remove } = await enterLine(name);
    expect(await (await openHttps(robot, { version })).get()).toBe(403);
    const https = await openHttps(robot, { version });
    expect(await https.get()).toBe(200);
    await until(() => https.session() !== undefined);
    const resumed = await openHttps(robot, { version, session: https.session() });
    expect([resumed.reused, await resumed.get()]).toEqual([true, 200]);

    const named = { version, servername: 'localhost' };
    const mqtt = await openRaw(world.stub.ready, robot, named);
    expect(await mqtt.mqtt(name)).toBe(0);
    await until(() => mqtt.session() !== undefined);
    const again = await openRaw(world.stub.ready, robot, { ...named, session: mqtt.session() });
    expect([again.reused, await again.mqtt(name)]).toEqual([true, 0]);

    await remove();
    expect(await https.get()).toBe(403);
    expect(await resumed.get()).toBe(403);
    await again.untilClosed();
    expect(world.stub.cloud.rows.get('presence', name)).toMatchObject({ reason: 'AUTH_ERROR' });
  });
});
