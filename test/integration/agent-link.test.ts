import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLink, type LinkOptions } from '../../agent/io/mqtt.ts';
import { alpnOf } from '../../agent/io/tls-socket.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import { dayMs, type KeyAndCertificate, makeDeviceCertificate } from '../../base/x509/authority.ts';
import { generateKeys } from '../../base/x509/keys.ts';
import { startHostile, wellBehaved } from '../support/agent-hostile.ts';
import { attempt, countingHandshakes, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

let cloud: TestStub;
let serverCa = '';
beforeAll(async () => {
  cloud = await startTestStub();
  serverCa = await readFile(cloud.stub.ready.serverCa, 'utf8');
});
afterAll(() => cloud[Symbol.asyncDispose]());

let names = 0;
const newRobot = () => cloud.mint(`R${++names}`);
const optionsFor = (robot: Identity, change: Partial<LinkOptions> = {}) =>
  linkOptions(cloud.stub.ready.mqtt.port, robot, serverCa, change);

/** A robot that is connected: its first contact has registered it. */
async function connected(robot: Identity, change: Partial<LinkOptions> = {}) {
  const first = attempt(optionsFor(robot));
  expect(await first.observation).toMatchObject({ kind: 'closed-early' });
  const second = attempt(optionsFor(robot, change));
  await second.untilUp();
  return second;
}
const presence = (robot: Identity) => cloud.stub.cloud.rows.get('presence', robot.name);
const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value));

describe('the link to a real broker', () => {
  it('is rejected at the first contact, then accepted, and carries messages both ways', async () => {
    const robot = await newRobot();
    const one = await connected(robot);
    const base = `$aws/things/${robot.name}/shadow/get`;
    expect(one.link.publish(base, bytes({ clientToken: 'x' }))).toBe(true);
    await until(() => one.received.length > 0);
    const [topic, text] = one.received[0] ?? [];
    expect(topic).toBe(`${base}/rejected`);
    expect(JSON.parse(text ?? '')).toMatchObject({ code: 404, clientToken: 'x' });
    one.stop.abort();
    await one.observation;
  });

  it('sends DISCONNECT when it is stopped', async () => {
    const robot = await newRobot();
    const one = await connected(robot);
    await until(() => presence(robot)?.state === 'connected');
    one.stop.abort();
    await one.observation;
    expect(one.link.publish('t', bytes({}))).toBe(false);
    await until(() => presence(robot)?.state === 'disconnected');
    expect(presence(robot)).toMatchObject({ reason: 'CLIENT_INITIATED_DISCONNECT' });
  });

  it('resumes its TLS session from the second connection on', async () => {
    const robot = await newRobot();
    await attempt(optionsFor(robot)).observation;
    const { options, fullHandshakes } = countingHandshakes(optionsFor(robot));
    const link = createLink(options);
    for (let visit = 0; visit < 3; visit++) {
      const one = attempt(options, link);
      await one.untilUp();
      one.link.probe();
      await until(() => one.proofs === 1);
      one.stop.abort();
      await one.observation;
    }
    expect(fullHandshakes()).toBe(1);
  });

  it('closes when the same robot connects a second time', async () => {
    const robot = await newRobot();
    const older = await connected(robot);
    const newer = attempt(optionsFor(robot));
    expect(await older.observation).toMatchObject({ kind: 'lost' });
    await newer.untilUp();
    expect(older.link.publish('t', bytes({}))).toBe(false);
    newer.stop.abort();
    await newer.observation;
  });

  it('closes after a publish that is not allowed', async () => {
    const one = await connected(await newRobot());
    expect(one.link.publish('robots/other/up/missions/report', bytes({}))).toBe(true);
    expect(await one.observation).toMatchObject({ kind: 'lost' });
  });

  it('is rejected under a name that is not in the certificate', async () => {
    const robot = await newRobot();
    await attempt(optionsFor(robot)).observation;
    const one = attempt(optionsFor(robot, { clientId: 'somebody-else' }));
    expect(await one.observation).toEqual({
      kind: 'refused',
      code: 'connack-2',
      detail: 'CONNACK code 2, identifier rejected',
    });
  });

  it('gets no subscriptions to topics of others', async () => {
    const robot = await newRobot();
    await attempt(optionsFor(robot)).observation;
    const one = attempt(optionsFor(robot, { subscriptions: ['robots/other/down/#'] }));
    expect(await one.observation).toMatchObject({ kind: 'refused' });
    expect(one.ups).toBe(0);
  });
});

describe('verification of both TLS peers', () => {
  let ca: KeyAndCertificate;
  let robot: Identity;
  beforeAll(async () => {
    ca = await mintCa();
    robot = await robotOf(ca);
  });

  const worn = async (): Promise<Identity> => {
    const { privateKey, publicKey } = await generateKeys('ec-p256');
    const cert = await makeDeviceCertificate({
      commonName: 'R1',
      publicKey,
      issuer: ca.certificatePem,
      signer: keySigner(ca.privateKey),
      nowMs: Date.now() - 3 * dayMs,
      lifeMs: dayMs,
      random: randomBytes,
    });
    return { ...robot, cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
  };

  /** What the robot sees of a polite broker of `ca`. */
  async function observe(who: Identity, trusted = ca.certificatePem, hostName = 'localhost') {
    await using server = await startHostile(ca, wellBehaved, hostName);
    const one = attempt(linkOptions(server.port, who, trusted));
    const observation = await Promise.race([one.observation, one.untilUp().then(() => 'up')]);
    one.stop.abort();
    await one.observation;
    expect(server.packets.some(({ type }) => type === 1)).toBe(observation === 'up');
    return observation;
  }

  it('connects when both certificates are valid', async () => {
    expect(await observe(robot)).toBe('up');
  });

  it('sends the ALPN name of AWS IoT Core at port 443, and none at other ports', async () => {
    const names: (string | false | null)[] = [];
    const onSecure = ({ alpnProtocol }: TLSSocket) => void names.push(alpnProtocol);
    const tls = { ALPNProtocols: ['http/1.1', 'x-amzn-mqtt-ca'] };
    await using server = await startHostile(ca, { ...wellBehaved, onSecure }, 'localhost', { tls });
    for (const port of [443, 8883]) {
      const options = linkOptions(server.port, robot, ca.certificatePem, { alpn: alpnOf(port) });
      const one = attempt(options);
      await one.untilUp();
      one.stop.abort();
      await one.observation;
    }
    expect(names).toEqual(['x-amzn-mqtt-ca', false]);
  });

  it('sets a will only when a will topic is configured', async () => {
    await using server = await startHostile(ca, wellBehaved);
    for (const lastWill of ['robots/R1/up/gone', '']) {
      const one = attempt(linkOptions(server.port, robot, ca.certificatePem, { lastWill }));
      await one.untilUp();
      one.stop.abort();
      await one.observation;
    }
    const connects = server.packets.filter(({ type }) => type === 1).map(({ body }) => body);
    // MQTT 3.1.1 section 3.1.2.3: the will flag of the connect flags; section 3.1.3.2: topic and message.
    expect(connects.map((body) => (body[7] ?? 0) & 0x3c)).toEqual([0x04, 0]);
    const will = 'robots/R1/up/gone\0\x23{"v":1,"robot":"R1","state":"lost"}';
    expect(connects[0]?.toString('latin1')).toContain(will);
  });

  it("does not connect when the broker's certificate is from another CA", async () => {
    const other = await mintCa();
    expect(await observe(robot, other.certificatePem)).toMatchObject({ kind: 'tls' });
  });

  it('does not connect when the broker has another name', async () => {
    expect(await observe(robot, ca.certificatePem, 'cloud.example')).toMatchObject({ kind: 'tls' });
  });

  it.each([
    ["when the robot's CA is another", async () => robotOf(await mintCa())],
    ["when the robot's certificate has expired", worn],
  ])('does not connect when %s; a robot cannot see more than a close', async (_name, who) => {
    expect(await observe(await who())).toMatchObject({
      kind: expect.stringMatching(/^(tls|closed-early)$/),
    });
  });

  it.each<readonly [string, () => Promise<object>]>([
    ['there is none', () => Promise.reject(new Error('no certificate'))],
    ["the key is another's", async () => ({ key: (await robotOf(ca)).key })],
    ['the certificate is no certificate', async () => ({ cert: 'text' })],
    ['the key is no key', async () => ({ key: 'text' })],
  ])(
    'reports unusable credentials as an observation, and does not crash: %s',
    async (_name, change) => {
      await using server = await startHostile(ca, wellBehaved);
      const good = { ca: ca.certificatePem, cert: robot.cert, key: robot.key };
      const options = linkOptions(server.port, robot, ca.certificatePem, {
        credentials: async () => ({ ...good, ...(await change()) }),
      });
      expect(await attempt(options).observation).toMatchObject({
        kind: 'identity',
        detail: expect.stringMatching(/./),
      });
      expect(server.sockets.size).toBe(0);
    },
  );

  it('reads the credentials again for each attempt', async () => {
    await using server = await startHostile(ca, wellBehaved);
    let cert = 'text';
    const options = linkOptions(server.port, robot, ca.certificatePem, {
      credentials: async () => ({ ca: ca.certificatePem, cert, key: robot.key }),
    });
    const link = createLink(options);
    expect(await attempt(options, link).observation).toMatchObject({ kind: 'identity' });
    cert = robot.cert;
    const second = attempt(options, link);
    await second.untilUp();
    second.stop.abort();
    await second.observation;
  });
});
