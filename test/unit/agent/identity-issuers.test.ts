import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Identity } from '../../../agent/ports.ts';
import { keySigner } from '../../../base/x509/algorithms.ts';
import {
  dayMs,
  type KeyAndCertificate,
  makeCa,
  makeCaCertificate,
} from '../../../base/x509/authority.ts';
import { makeCertificate } from '../../../base/x509/certificate.ts';
import { certificateId } from '../../../base/x509/certificates.ts';
import { serialNumber } from '../../../base/x509/fields.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { caProfile, deviceProfile } from '../../../base/x509/profiles.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import { identityIn, signCsr, testCa } from '../../support/agent-identity.ts';
import { folders } from '../../support/pki-folder.ts';

// From whom a robot accepts a renewed certificate.

const signal = new AbortController().signal;
const folder = folders();
let factory: KeyAndCertificate;
let cloud: KeyAndCertificate;
let foreignCa: KeyAndCertificate;
/** A stranger's CA with the cloud CA's name. */
let namesake: KeyAndCertificate;
let root = '';
let dir = '';
let identity: Identity;
const ca = (commonName: string, lifeMs = 3650 * dayMs) =>
  makeCa({ commonName, nowMs: Date.now(), random: randomBytes, lifeMs });
beforeAll(async () => {
  [factory, cloud, foreignCa, namesake] = await Promise.all([
    testCa(),
    ca('Cloud CA'),
    ca('False CA'),
    ca('Cloud CA'),
  ]);
});
beforeEach(async () => {
  root = await folder();
  dir = join(root, 'identity');
  identity = identityIn(dir);
  await identity.install(await signed(factory));
});

const signed = async (issuer: KeyAndCertificate) =>
  signCsr(issuer, (await identity.request('new', signal)).csr);
const stageFrom = async (issuer: KeyAndCertificate) =>
  identity.stage(leafOf(await signed(issuer)), Date.now());
const leafOf = (chain: string) => new X509Certificate(chain).toString();
const configure = async (...pem: string[]) => {
  const file = join(root, 'issuers.pem');
  await writeFile(file, pem.join(''));
  identity = identityIn(dir, 'R1', file);
};
const refused = { code: 'certificate-issuer-not-pinned' };

describe('a renewed certificate', () => {
  it('is marked as renewed, because the cloud chose its dates', async () => {
    expect((await identity.facts()).current).not.toHaveProperty('isRenewed');
    await expect(stageFrom(factory)).resolves.toMatchObject({ isRenewed: true });
    await identity.promote();
    expect((await identity.facts()).current).toMatchObject({ isRenewed: true });
  });

  it("is accepted from the factory's CA", async () => {
    await expect(stageFrom(factory)).resolves.toMatchObject({ issuer: 'Maker CA' });
  });

  it('is rejected from any other CA, with its name and what to do', async () => {
    await expect(stageFrom(cloud)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('"Cloud CA"'),
      hint: expect.stringContaining('renewalIssuers'),
    });
    expect((await identity.facts()).next).toBeNull();
  });

  it('is accepted from configured CAs and from the factory', async () => {
    await configure(foreignCa.certificatePem, cloud.certificatePem);
    await expect(stageFrom(cloud)).resolves.toMatchObject({ issuer: 'Cloud CA' });
    await expect(stageFrom(factory)).resolves.toMatchObject({ issuer: 'Maker CA' });
  });

  it('is verified by its signature: a CA with the same name is rejected', async () => {
    await configure(cloud.certificatePem);
    await expect(stageFrom(namesake)).rejects.toMatchObject(refused);
  });

  it('is not trusted because it brings its own CA', async () => {
    const chain = await signed(foreignCa);
    await expect(identity.stage(chain, Date.now())).rejects.toMatchObject(refused);
    await expect(identity.stage(chain + factory.certificatePem, Date.now())).rejects.toMatchObject(
      refused,
    );
  });

  it('is accepted below an intermediate that is sent with it, if that is a CA', async () => {
    const middle = await issuedBy(cloud, 'Middle CA', caProfile);
    const fake = await issuedBy(cloud, 'A robot', deviceProfile);
    await configure(cloud.certificatePem);
    const chain = await signed(middle);
    await expect(identity.stage(leafOf(chain), Date.now())).rejects.toMatchObject(refused);
    await expect(identity.stage(chain, Date.now())).resolves.toMatchObject({ issuer: 'Middle CA' });
    // Our own codec signs with no such certificate: it signs as the CA that the robot is not.
    const signer = keySigner(fake.privateKey);
    const about = { commonName: 'A robot', nowMs: Date.now(), random: randomBytes };
    const certificatePem = await makeCaCertificate({ ...about, publicKey: fake.publicKey, signer });
    const below = leafOf(await signed({ ...fake, certificatePem }));
    const { certificatePem: notCa } = fake;
    await expect(identity.stage(below + notCa, Date.now())).rejects.toMatchObject(refused);
  });

  it('is valid no longer than its issuer', async () => {
    const short = await ca('Short CA', 5 * dayMs);
    await configure(short.certificatePem);
    const { privateKey, certificatePem } = short;
    const read = readCsr((await identity.request('new', signal)).csr);
    if (!read.ok) throw new Error(read.message);
    const leaf = await makeCertificate({
      profile: deviceProfile,
      subject: { commonName: 'R1' },
      publicKey: read.csr.publicKey,
      issuer: certificatePem,
      signer: keySigner(privateKey),
      serial: serialNumber(randomBytes),
      notBeforeMs: Date.now() - dayMs,
      notAfterMs: Date.now() + 900 * dayMs,
    });
    const endMs = new X509Certificate(certificatePem).validToDate.getTime();
    await expect(identity.stage(leaf, endMs + 1)).rejects.toMatchObject({
      code: 'certificate-dates',
    });
    expect((await identity.stage(leaf, Date.now())).notAfterMs).toBe(endMs);
    await identity.promote();
    expect((await identity.facts()).current?.notAfterMs).toBe(endMs);
  });

  it('is rejected when it is one of the previous certificates', async () => {
    const first = (await identity.credentials('current')).cert;
    await identity.request('same', signal);
    await identity.stage(
      await signCsr(factory, (await identity.request('same', signal)).csr),
      Date.now(),
    );
    await identity.promote();
    await identity.request('same', signal);
    await expect(identity.stage(first, Date.now())).rejects.toMatchObject({
      code: 'certificate-known',
    });
  });
});

/** A certificate by `issuer` that others may be signed with, whether or not it is a CA's. */
async function issuedBy(
  issuer: KeyAndCertificate,
  commonName: string,
  profile: typeof caProfile,
): Promise<KeyAndCertificate> {
  const keys = await generateKeys('ec-p256');
  const certificatePem = await makeCertificate({
    profile,
    subject: { commonName },
    publicKey: keys.publicKey,
    issuer: issuer.certificatePem,
    signer: keySigner(issuer.privateKey),
    serial: serialNumber(randomBytes),
    notBeforeMs: Date.now() - dayMs,
    notAfterMs: Date.now() + 900 * dayMs,
  });
  return { ...keys, certificatePem };
}

describe('renewalIssuers', () => {
  it.each([
    ['that is missing', undefined, 'cannot be read (ENOENT)'],
    ['that holds no certificate', 'nothing', 'holds no readable certificate'],
  ])('trusts nobody with a file %s, and the rejection says so', async (_name, text, expected) => {
    await configure(text ?? '');
    if (text === undefined) await rm(join(root, 'issuers.pem'));
    await expect(stageFrom(cloud)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining(expected),
    });
    await expect(stageFrom(factory)).resolves.toBeDefined();
  });

  it('trusts nobody with the certificate of a robot', async () => {
    await configure(cloud.certificatePem, leafOf(await signed(factory)));
    await expect(stageFrom(cloud)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('not a CA'),
    });
  });
});

describe('a robot of an earlier release', () => {
  const forget = () => rm(join(dir, 'issuers.pem'));
  /** What an earlier release had left after a renewal: a leaf, and nothing of the factory. */
  const renewedThere = async () => {
    await configure(cloud.certificatePem);
    await stageFrom(cloud);
    await identity.promote();
    await identity.forget(['previous-1']);
    await forget();
    identity = identityIn(dir);
  };

  it("pins the factory's CA from the chain that it has", async () => {
    await forget();
    await expect(stageFrom(foreignCa)).rejects.toMatchObject(refused);
    await expect(stageFrom(factory)).resolves.toBeDefined();
    expect(await readFile(join(dir, 'issuers.pem'), 'utf8')).toBe(
      new X509Certificate(factory.certificatePem).toString(),
    );
  });

  it('pins the issuer by its name when it has only a renewed certificate', async () => {
    await renewedThere();
    await expect(stageFrom(foreignCa)).rejects.toMatchObject(refused);
    await expect(stageFrom(cloud)).resolves.toMatchObject({ isRenewed: true });
    await identity.promote();
    expect((await identity.facts()).current).toMatchObject({ isRenewed: true });
  });

  it('is as strict as any other when the configuration names an issuer', async () => {
    await renewedThere();
    await configure(foreignCa.certificatePem);
    await expect(stageFrom(cloud)).rejects.toMatchObject(refused);
  });
});

describe('the previous credentials', () => {
  const renewOnce = async () => {
    const { certificateId: id } = await stageFrom(factory);
    await identity.promote();
    return id;
  };
  const kept = async () => {
    const { current, next: _next, ...previous } = await identity.facts();
    return [current, ...Object.values(previous)].map((facts) => facts?.certificateId);
  };

  it('are kept, and only the last place changes when all are taken', async () => {
    const first = certificateId((await identity.credentials('current')).cert);
    const ids = [first];
    for (let n = 0; n < 10; n++) ids.push(await renewOnce());
    expect(await kept()).toEqual([ids[10], ...ids.slice(0, 7), ids[9]]);
    expect((await readdir(dir)).filter((name) => name.startsWith('pair-'))).toHaveLength(9);
  });

  it('can connect, and are removed when they are forgotten', async () => {
    const first = certificateId((await identity.credentials('current')).cert);
    await renewOnce();
    expect(certificateId((await identity.credentials('previous-1')).cert)).toBe(first);
    await identity.forget(['previous-1']);
    expect(await kept()).toHaveLength(1);
    await expect(identity.credentials('previous-1')).rejects.toMatchObject({ code: 'no-identity' });
    expect((await readdir(dir)).filter((name) => name.startsWith('pair-'))).toHaveLength(1);
  });

  it('stay when a renewal is abandoned', async () => {
    await renewOnce();
    await stageFrom(factory);
    await identity.discard();
    expect(await kept()).toHaveLength(2);
  });

  it('are removed with a new identity from the line', async () => {
    await renewOnce();
    await identity.install(await signed(factory));
    expect(await kept()).toHaveLength(1);
  });

  it('are ignored when they are unreadable', async () => {
    await renewOnce();
    const credentials = join(dir, 'previous-1');
    await rm(join(credentials, 'chain.pem'));
    await mkdir(join(credentials, 'chain.pem'));
    expect(await kept()).toHaveLength(1);
  });
});
