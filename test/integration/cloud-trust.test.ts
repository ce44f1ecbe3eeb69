import type { SecureVersion } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { signedBy } from '../support/cloud-authorities.ts';
import { awsClient } from '../support/cloud-aws-http.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { type Identity, mintCa, mintRobot } from '../support/cloud-pki.ts';
import { openRaw } from '../support/cloud-raw.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { deviceClient } from '../support/device-client.ts';

/** CAs that are registered, changed and deleted while the stub runs, as both ports for robots see them. */

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A request of an operator, as AWS's clients sign it. */
async function operate(method: string, path: string, fields?: object) {
  using client = await awsClient(world.stub);
  const answer = await client.send(method, path, fields === undefined ? {} : { fields });
  expect([answer.status, answer.json]).toEqual([200, expect.anything()]);
  return answer.json;
}

async function register(ca: KeyAndCertificate): Promise<string> {
  const { registrationCode } = await operate('GET', '/registrationcode');
  const proof = await signedBy(ca, registrationCode);
  const path = '/cacertificate?setAsActive=true&allowAutoRegistration=true';
  const made = await operate('POST', path, {
    ...{ caCertificate: ca.certificatePem, verificationCertificate: proof.certificatePem },
  });
  return made.certificateId;
}

const set = (id: string, change: string) => operate('PUT', `/cacertificate/${id}?${change}`);

async function attempt(identity: Identity): Promise<string> {
  await using robot = await connectRobot(world.stub.ready, identity);
  return robot.attempt;
}

async function request(identity: Identity): Promise<number | 'closed'> {
  using client = await deviceClient(world.stub, identity);
  const path = `/things/${identity.name}/jobs`;
  return await client.send('GET', path).then(
    ({ status }) => status,
    () => 'closed' as const,
  );
}

const refusals = async (name: string) =>
  (await world.operator.status()).listeners.find((one) => one.name === name)?.refused ?? {};

describe('a registered CA', () => {
  it('is trusted by both ports at once, and connections of other robots stay', async () => {
    const bystander = (await world.enter('BYSTANDER')).robot;
    await using _ = bystander;
    const ca = await mintCa('New line');
    const [one, two] = [await mintRobot(ca, 'NEW-1'), await mintRobot(ca, 'NEW-2')];
    expect([await attempt(one), await request(two)]).toEqual(['closed', 'closed']);
    expect((await refusals('MQTT'))['unknown-ca']).toBe(1);
    const id = await register(ca);
    expect([await attempt(one), await attempt(one)]).toEqual(['closed', 'connected']);
    expect([await request(two), await request(two), await request(one)]).toEqual([403, 200, 200]);
    expect(await world.operator.certificates({ robot: 'NEW-1' })).toMatchObject([
      { caCertificateId: id, status: 'ACTIVE' },
    ]);
    expect(bystander.closed).toBe(false);
  });

  it('is trusted after a restart', async () => {
    await using own = await startTestStub();
    const before = world;
    try {
      world = own;
      const ca = await mintCa('Restarted');
      const robot = await mintRobot(ca, 'RESTART');
      const id = await register(ca);
      await attempt(robot);
      await own.restart();
      expect([await attempt(robot), await request(robot)]).toEqual(['connected', 200]);
      await set(id, 'newStatus=INACTIVE');
      await operate('DELETE', `/cacertificate/${id}`);
      await own.restart();
      expect([await attempt(robot), await request(robot)]).toEqual(['closed', 'closed']);
    } finally {
      world = before;
    }
  });

  it.each(['newStatus=INACTIVE', 'newAutoRegistrationStatus=DISABLE'])(
    'with %s registers no new robot on either port, and keeps those that it has',
    async (change) => {
      const ca = await mintCa('Changed');
      const id = await register(ca);
      const name = `KEEP-${change.length}`;
      const [known, fresh] = [await mintRobot(ca, name), await mintRobot(ca, `${name}-FRESH`)];
      await attempt(known);
      await set(id, change);
      expect([await attempt(known), await request(known)]).toEqual(['connected', 200]);
      for (let i = 0; i < 2; i++)
        expect([await attempt(fresh), await request(fresh)]).toEqual(['closed', 403]);
      expect(world.stub.cloud.rows.get('certificates', fresh.certificateId)).toBeUndefined();
      const code = change === 'newStatus=INACTIVE' ? 'ca-inactive' : 'not-registered';
      expect((await refusals('device HTTPS'))[code]).toBe(2);
      const refused = () => world.operator.connectionRefusals();
      await until(async () => (await refused()).some((row) => row.code === code));
    },
  );

  it('may be an intermediate one, whose own CA nobody knows', async () => {
    const root = await mintCa('Unknown root');
    const intermediate = await signedBy(root, 'Line 7', { isCa: true });
    const robot = await mintRobot(intermediate, 'MIDDLE');
    const chain = { ...robot, cert: robot.cert + intermediate.certificatePem };
    expect(await attempt(chain)).toBe('closed');
    await register(intermediate);
    await attempt(robot);
    expect([await attempt(robot), await attempt(chain), await request(chain)]).toEqual([
      ...['connected', 'connected', 200],
    ]);
    expect(await attempt(await mintRobot(root, 'OF-ROOT'))).toBe('closed');
  });

  it('in SNI_ONLY admits whoever names this endpoint', async () => {
    const ca = await mintCa('By name');
    const fields = { caCertificate: ca.certificatePem, certificateMode: 'SNI_ONLY' };
    await operate('POST', '/cacertificate?setAsActive=true&allowAutoRegistration=true', fields);
    const robot = await mintRobot(ca, 'BY-NAME');
    await attempt(robot);
    expect([await attempt(robot), await request(robot)]).toEqual(['connected', 200]);
    // This client sends no name.
    const nameless = await openRaw(world.stub.ready, robot);
    expect(await nameless.mqtt('BY-NAME')).toBe('closed');
    expect(await world.operator.certificates({ robot: 'BY-NAME' })).toMatchObject([
      { lastRefusal: { code: 'no-server-name' } },
    ]);
  });
});

describe.each<[SecureVersion, string | undefined]>([
  ['TLSv1.2', undefined],
  ['TLSv1.2', 'localhost'],
  ['TLSv1.3', undefined],
  ['TLSv1.3', 'localhost'],
])('a deleted CA, over %s by the name %s,', (version, servername) => {
  it('has its connections closed, and no new or resumed one', async () => {
    const ca = await mintCa('Deleted');
    const id = await register(ca);
    const name = `GONE-${version.replace('.', '-')}-${servername}`;
    const robot = await mintRobot(ca, name);
    await attempt(robot);
    const live = await openRaw(world.stub.ready, robot, { version, servername });
    expect(await live.mqtt(name)).toBe(0);
    await until(() => live.session() !== undefined);
    const session = live.session();
    const options = { version, servername, session };
    const resumed = await openRaw(world.stub.ready, robot, options);
    expect(resumed.reused).toBe(true);
    resumed.socket.destroy();
    const waiting = await openRaw(world.stub.ready, robot, { version, servername });
    using client = await deviceClient(world.stub, robot, { maxVersion: version });
    expect(await client.send('GET', `/things/${name}/jobs`)).toMatchObject({ status: 200 });
    await set(id, 'newStatus=INACTIVE');
    await operate('DELETE', `/cacertificate/${id}`);
    await live.untilClosed();
    expect(world.stub.cloud.rows.get('presence', name)).toMatchObject({ reason: 'AUTH_ERROR' });
    expect(await waiting.mqtt(name)).toBe('closed');
    expect(await client.send('GET', `/things/${name}/jobs`).catch(() => 'closed')).toSatisfy(
      (answer) => answer === 'closed' || answer.status === 403,
    );
    const again = await openRaw(world.stub.ready, robot, options).catch(() => undefined);
    expect(again?.reused ?? false).toBe(false);
    expect((await again?.mqtt(name)) ?? 'closed').toBe('closed');
    expect([await attempt(robot), await request(robot)]).toEqual(['closed', 'closed']);
  });
});

it('the CA of --ca may be set INACTIVE, which holds after a restart', async () => {
  const id = certificateId(world.ca.certificatePem);
  await set(id, 'newStatus=INACTIVE');
  const fresh = await world.mint('AFTER');
  expect(await attempt(fresh)).toBe('closed');
  await world.restart();
  expect([await attempt(fresh), await attempt(fresh)]).toEqual(['closed', 'closed']);
  await set(id, 'newStatus=ACTIVE');
  expect([await attempt(fresh), await attempt(fresh)]).toEqual(['closed', 'connected']);
});

it('as many CAs as there may be leave the handshakes of both ports as they were', async () => {
  let last = 200;
  using client = await awsClient(world.stub);
  for (let i = 0; last === 200 && i < 300; i++) {
    const { certificatePem: caCertificate } = await mintCa(`${'Many '.repeat(11)}${i}`);
    const fields = { caCertificate, certificateMode: 'SNI_ONLY' };
    last = (await client.send('POST', '/cacertificate', { fields })).status;
  }
  expect(last).toBe(410);
  const { identity, robot } = await world.enter('CROWDED');
  await using _ = robot;
  expect(robot.attempt).toBe('connected');
  expect(await request(identity)).toBe(200);
});
