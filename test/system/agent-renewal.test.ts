import { randomBytes, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keySigner } from '../../base/x509/algorithms.ts';
import { dayMs, type KeyAndCertificate } from '../../base/x509/authority.ts';
import { makeCertificate } from '../../base/x509/certificate.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { serialNumber } from '../../base/x509/fields.ts';
import { caProfile, deviceProfile, serverProfile } from '../../base/x509/profiles.ts';
import { readCsr } from '../../base/x509/read-csr.ts';
import { signCsr } from '../support/agent-identity.ts';
import { type RenewingRobot, startRenewingRobot } from '../support/agent-renewing.ts';
import { type ScriptedCloud, startScriptedCloud } from '../support/agent-scripted-cloud.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { folders } from '../support/pki-folder.ts';

// The whole agent renews its certificate over real TLS.

const folder = folders();
const current = async ({ identity }: RenewingRobot) => {
  const { cert } = await identity.credentials('current');
  const certificate = new X509Certificate(cert);
  const spki = certificate.publicKey.export({ type: 'spki', format: 'pem' });
  return { id: certificateId(certificate), key: String(spki) };
};

describe('a renewal with the cloud stub', () => {
  let world: TestStub;
  let robot: RenewingRobot;
  afterEach(async () => {
    await robot[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  const start = async (retireAfterMs: number, lifeMs?: number) => {
    world = await startTestStub({ cloud: { retireAfterMs } });
    const { ready } = world.stub;
    robot = await startRenewingRobot({
      port: ready.mqtt.port,
      serverCa: await readFile(ready.serverCa, 'utf8'),
      folder: await folder(),
      renewalIssuers: ready.renewalCa,
      sign: (csr) => certify(world.ca, csr, lifeMs === undefined ? {} : { lifeMs }),
    });
  };
  const row = (id: string) => world.stub.cloud.rows.get('certificates', id);
  const connectedBy = () => world.stub.cloud.rows.get('presence', 'R1');

  it.each([false, true])(
    'succeeds when an operator requests it (new key: %s)',
    async (rotateKey) => {
      await start(dayMs);
      await robot.settled();
      const old = await current(robot);
      await robot.agent.request({ method: 'renew', params: { rotateKey } }, 'local-socket');
      await until(() => robot.result() !== undefined, 30_000);
      const fresh = await current(robot);
      expect(robot.result()).toBe('renewed');
      expect(fresh.id).not.toBe(old.id);
      expect(fresh.key === old.key).toBe(!rotateKey);
      await robot.settled(fresh.id);
      expect(connectedBy()).toMatchObject({ state: 'connected', certificateId: fresh.id });
      expect(row(fresh.id)).toMatchObject({ status: 'ACTIVE', renewed: true });
      expect(row(old.id)).toMatchObject({ status: 'ACTIVE', supersededBy: fresh.id });
      expect((await robot.identity.facts()).next).toBeNull();
    },
  );

  it('starts when the certificate is due, and deactivates the old one after its grace period', async () => {
    // A day of its validity is over already: it was backdated.
    await start(1000, dayMs / 4);
    const old = await current(robot);
    await until(() => robot.result() !== undefined, 30_000);
    const fresh = await current(robot);
    expect([robot.result(), row(old.id)?.status]).toEqual(['renewed', expect.anything()]);
    await until(() => row(old.id)?.status === 'INACTIVE', 10_000);
    expect(connectedBy()).toMatchObject({ state: 'connected', certificateId: fresh.id });
    expect(row(fresh.id)?.status).toBe('ACTIVE');
    // And it stays with that: one certificate was made.
    const { tokens } = world.stub.cloud.rows.get('renewals', 'R1') ?? { tokens: [] };
    expect(tokens.map(({ certificateId: id }) => id)).toEqual([fresh.id]);
  });

  it('keeps the old credentials when the new certificate was blocked before its first connection', async () => {
    await start(dayMs);
    await robot.settled();
    const old = await current(robot);
    const { cloud } = world.stub;
    const block = setInterval(() => {
      for (const { key, value } of cloud.rows.list('certificates')) {
        if (value.renewed && value.status !== 'REVOKED')
          void world.operator.updateCertificate(key, 'REVOKED');
      }
    }, 1);
    await robot.agent.request({ method: 'renew', params: { rotateKey: true } }, 'local-socket');
    await until(() => robot.result() !== undefined, 30_000).finally(() => clearInterval(block));
    await robot.settled(old.id);
    expect(robot.result()).not.toBe('renewed');
    expect(await current(robot)).toEqual(old);
    expect(connectedBy()?.certificateId).toBe(old.id);
    expect(row(old.id)?.status).toBe('ACTIVE');
  });
});

interface Shape {
  readonly name?: string;
  readonly nowMs?: number;
  readonly lifeMs?: number;
  readonly profile?: typeof deviceProfile;
}

/** A certificate for the key of a request, of any shape. */
async function certify(ca: KeyAndCertificate, csr: string, shape: Shape = {}): Promise<string> {
  const read = readCsr(csr);
  if (!read.ok) throw new Error(read.message);
  const { name = 'R1', nowMs = Date.now(), lifeMs = 365 * dayMs, profile = deviceProfile } = shape;
  const leaf = await makeCertificate({
    profile,
    subject: { commonName: name },
    publicKey: read.csr.publicKey,
    issuer: ca.certificatePem,
    signer: keySigner(ca.privateKey),
    serial: serialNumber(randomBytes),
    notBeforeMs: nowMs - dayMs,
    notAfterMs: nowMs + lifeMs,
    ...(profile === serverProfile ? { extras: { hostNames: ['localhost'] } } : {}),
  });
  return leaf + ca.certificatePem;
}

describe('a renewal with a scripted cloud', () => {
  let ca: KeyAndCertificate;
  let cloud: ScriptedCloud;
  let robot: RenewingRobot;
  let strangersCsr = '';
  beforeAll(async () => {
    ca = await mintCa();
    const { makeCsr } = await import('../../base/x509/csr.ts');
    const { generateKeys } = await import('../../base/x509/keys.ts');
    const { publicKey, privateKey } = await generateKeys('ec-p256');
    const sign = keySigner(privateKey).sign;
    strangersCsr = await makeCsr({
      subjectCommonName: 'R1',
      publicKey,
      sign: async (tbs) => sign(tbs),
    });
  });
  beforeEach(async () => {
    cloud = await startScriptedCloud(ca);
    robot = await startRenewingRobot({
      port: cloud.port,
      serverCa: ca.certificatePem,
      folder: await folder(),
      sign: (csr) => signCsr(ca, csr),
      services: false,
    });
    await robot.settled();
  });
  afterEach(async () => {
    await robot[Symbol.asyncDispose]();
    await cloud[Symbol.asyncDispose]();
  });

  const renewal = async () => {
    await robot.agent.request({ method: 'renew', params: { rotateKey: true } }, 'local-socket');
    await until(() => robot.result() !== undefined, 30_000);
    return robot.result();
  };

  it('connects with new credentials by a full handshake, although the broker offers to resume', async () => {
    const old = await current(robot);
    cloud.make = (csr) => certify(ca, csr);
    expect(await renewal()).toBe('renewed');
    const fresh = await current(robot);
    expect(cloud.handshakes).toEqual([
      { certificateId: old.id, isReused: false },
      { certificateId: fresh.id, isReused: false },
    ]);
    await robot.settled(fresh.id);
  });

  it.each<readonly [string, string, (csr: string) => Promise<string>]>([
    ['for another name', 'certificate-foreign', (csr) => certify(ca, csr, { name: 'R2' })],
    ['for another key', 'certificate-mismatch', () => certify(ca, strangersCsr)],
    ['that has expired', 'certificate-dates', (csr) => certify(ca, csr, { lifeMs: -1000 })],
    [
      'that is valid from next week',
      'certificate-dates',
      (csr) => certify(ca, csr, { nowMs: Date.now() + 7 * dayMs }),
    ],
    ['of a CA', 'certificate-purpose', (csr) => certify(ca, csr, { profile: caProfile })],
    ['of a server', 'certificate-purpose', (csr) => certify(ca, csr, { profile: serverProfile })],
    ['in use', 'certificate-known', async () => (await robot.identity.credentials('current')).cert],
    ['that is not a certificate', 'certificate-unreadable', async () => 'a certificate'],
    ['cut short', 'certificate-unreadable', async (csr) => (await certify(ca, csr)).slice(0, 400)],
  ])('rejects a certificate %s: %s', async (_name, code, make) => {
    const old = await current(robot);
    cloud.make = make;
    // The certificate in use is for the key in use, so the wrong key is reported first.
    const rotateKey = code !== 'certificate-known';
    await robot.agent.request({ method: 'renew', params: { rotateKey } }, 'local-socket');
    await until(() => robot.result() !== undefined, 30_000);
    expect(robot.result()).toBe(code);
    // It was never disconnected, and reconnects with the credentials that it had.
    expect(robot.view('link')).toMatchObject({ state: 'up', connects: 1, credentials: 'current' });
    expect(cloud.handshakes).toHaveLength(1);
    expect(await current(robot)).toEqual(old);
    expect(await robot.identity.facts()).toMatchObject({
      current: { certificateId: old.id },
      next: null,
    });
  });

  it('discards new credentials after three rejections, and connects with the old ones again', async () => {
    const old = await current(robot);
    cloud.make = (csr) => certify(ca, csr);
    cloud.admits = (id) => id === old.id;
    expect(await renewal()).toBe('trial-refused');
    await robot.settled(old.id);
    const by = cloud.handshakes.map(({ certificateId: id }) => (id === old.id ? 'old' : 'new'));
    expect(by).toEqual(['old', 'new', 'old', 'new', 'old', 'new', 'old']);
    expect(cloud.handshakes.some(({ isReused }) => isReused)).toBe(false);
    expect(await robot.identity.facts()).toMatchObject({
      current: { certificateId: old.id },
      next: null,
    });
    // A new request is tried again.
    cloud.admits = () => true;
    await robot.agent.request({ method: 'renew', params: { rotateKey: true } }, 'local-socket');
    await until(() => robot.result() === 'renewed', 30_000);
    await robot.settled((await current(robot)).id);
  });

  it('stops requesting when the request ends the connection, and stays connected', async () => {
    cloud.make = async () => {
      for (const socket of cloud.sockets) socket.destroy();
      return '';
    };
    expect(await renewal()).toBe('connection-ended');
    await robot.settled();
    expect(robot.view('link')['connects']).toBe(4);
  });
});
