import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keySigner } from '../../base/x509/algorithms.ts';
import { dayMs, type KeyAndCertificate, makeDeviceCertificate } from '../../base/x509/authority.ts';
import { generateKeys } from '../../base/x509/keys.ts';
import { attempt, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { startMosquitto } from '../support/alerts-mosquitto.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';

// Mosquitto sends the reason when it rejects a certificate; TLS 1.2 and 1.3 send it at different times.

let ca: KeyAndCertificate;
let good: Identity;
let revoked: Identity;
let broker: Awaited<ReturnType<typeof startMosquitto>>;
beforeAll(async () => {
  ca = await mintCa();
  good = await robotOf(ca);
  revoked = await robotOf(ca);
  broker = await startMosquitto(ca, [revoked.cert]);
});
afterAll(() => broker[Symbol.asyncDispose]());

/** Valid for a day that began `daysAgo`. */
async function dated(daysAgo: number): Promise<Identity> {
  const { privateKey, publicKey } = await generateKeys('ec-p256');
  const cert = await makeDeviceCertificate({
    commonName: 'R1',
    publicKey,
    issuer: ca.certificatePem,
    signer: keySigner(ca.privateKey),
    nowMs: Date.now() - daysAgo * dayMs,
    lifeMs: dayMs,
    random: randomBytes,
  });
  return { ...good, cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const cases: readonly (readonly [string, () => Promise<Identity>, string])[] = [
  ['revoked', async () => revoked, 'certificate-revoked'],
  ['expired', () => dated(3), 'certificate-expired'],
  ['valid from tomorrow', () => dated(-3), 'bad-certificate'],
  ['of another CA', async () => robotOf(await mintCa('Foreign CA')), 'unknown-ca'],
];

const optionsFor = (robot: Identity, version: (typeof versions)[number]) =>
  linkOptions(broker.port, robot, ca.certificatePem, {
    credentials: async () => ({
      ...{ ca: ca.certificatePem, cert: robot.cert, key: robot.key },
      ...{ minVersion: version, maxVersion: version },
    }),
  });

describe.each(versions)('by %s, Mosquitto', (version) => {
  it('accepts a valid certificate', async () => {
    const one = attempt(optionsFor(good, version));
    await one.untilUp();
    one.stop.abort();
    await one.observation;
  });

  it.each(cases)('rejects one that is %s, and the robot reports why', async (_name, who, code) => {
    const one = attempt(optionsFor(await who(), version));
    expect(await one.observation).toMatchObject({ kind: 'alert', code });
    expect(one.ups).toBe(0);
  });
});
