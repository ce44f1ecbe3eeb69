import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialsName } from '../../../agent/events.ts';
import { createIdentity } from '../../../agent/io/identity.ts';
import { readIssuers } from '../../../agent/io/issuers.ts';
import type { Identity } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { nodeFiles } from '../../../base/files.ts';
import type { KeyAndCertificate } from '../../../base/x509/authority.ts';
import { certificateFacts, certificateId } from '../../../base/x509/certificates.ts';
import { fileKeys } from '../../../hal/linux/file-key.ts';
import { identityIn, signCsr, testCa } from '../../support/agent-identity.ts';
import { folders } from '../../support/pki-folder.ts';

const signal = new AbortController().signal;
const folder = folders();
let ca: KeyAndCertificate;
let dir = '';
let identity: Identity;
let first = '';
beforeAll(async () => {
  ca = await testCa();
});
beforeEach(async () => {
  dir = join(await folder(), 'identity');
  identity = identityIn(dir);
  first = (await identity.install(await sign('new'))).certificateId;
});

const sign = async (key: 'same' | 'new') => signCsr(ca, (await identity.request(key, signal)).csr);
const stage = async (key: 'same' | 'new') => identity.stage(await sign(key), Date.now());
const folderName = (id: string) => `pair-${id.slice(0, 16)}`;
const folderNames = (...ids: string[]) => ids.map(folderName).toSorted();
/** What is in the folder beside the issuers' file. */
const names = async () => (await readdir(dir)).filter((name) => name !== 'issuers.pem').toSorted();

/** A key and its certificate, which must match. */
async function credentials(which: CredentialsName) {
  const { cert, key } = (await identity.credentials(which)) as { cert: string; key: string };
  expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true);
  return { id: certificateId(cert), key };
}

describe('a renewal on disk', () => {
  it.each(['same', 'new'] as const)(
    'is staged with the %s key beside the credentials in use, and then replaces them',
    async (key) => {
      const old = await credentials('current');
      const chain = await sign(key);
      const facts = await identity.stage(chain, Date.now());
      expect(facts).toEqual({ ...certificateFacts(new X509Certificate(chain)), isRenewed: true });
      expect(await identity.facts()).toEqual({
        current: expect.objectContaining({ certificateId: first }),
        next: facts,
      });
      expect(await credentials('current')).toEqual(old);
      const next = await credentials('next');
      expect(next.id).toBe(facts.certificateId);
      expect(next.key === old.key).toBe(key === 'same');
      expect(await readdir(dir)).not.toContain('pending');

      expect(await identity.promote()).toEqual(facts);
      expect(await credentials('current')).toEqual(next);
      expect(await identity.facts()).toMatchObject({
        ...{ current: facts, next: null },
        'previous-1': { certificateId: first },
      });
      expect(await credentials('previous-1')).toEqual(old);
      expect(await names()).toEqual(['current', ...folderNames(first, next.id), 'previous-1']);
    },
  );

  it('is found in a folder that cannot be listed', async () => {
    const next = await stage('new');
    const list = async () => Promise.reject(new PilotfishError('EACCES', 'EACCES'));
    const blind = createIdentity({
      ...{ files: { ...nodeFiles, list }, folder: dir, robot: 'R1', keys: fileKeys('ec-p256') },
      configured: () => readIssuers(''),
    });
    expect(await blind.facts()).toEqual(await identity.facts());
    expect((await blind.facts()).next).toEqual(next);
  });

  it('changes nothing when it is promoted again', async () => {
    const facts = await stage('new');
    expect(await identity.promote()).toEqual(facts);
    expect(await identity.promote()).toEqual(facts);
  });

  it('promotes nothing without next credentials', async () => {
    expect(await identity.promote()).toMatchObject({ certificateId: first });
  });

  it('leaves only the credentials in use when it is discarded', async () => {
    await stage('new');
    await identity.request('new', signal);
    await identity.discard();
    expect(await names()).toEqual(['current', folderName(first)]);
    expect((await credentials('current')).id).toBe(first);
    expect((await identity.facts()).next).toBeNull();
    await identity.discard();
  });

  it('replaces an earlier staged one, which the promotion removes', async () => {
    const one = await stage('new');
    const two = await stage('same');
    expect((await identity.facts()).next).toEqual(two);
    await identity.promote();
    expect(await readdir(dir)).not.toContain(folderName(one.certificateId));
  });

  it('sweeps credentials that no link names', async () => {
    await mkdir(join(dir, 'pair-0123456789abcdef'));
    await writeFile(join(dir, 'pair-0123456789abcdef', 'key.pem'), 'half');
    await stage('same');
    await identity.promote();
    expect(await readdir(dir)).not.toContain('pair-0123456789abcdef');
  });
});

describe('a request for a renewal', () => {
  const keyOf = async (which: 'same' | 'new') => {
    const csr = await signCsr(ca, (await identity.request(which, signal)).csr);
    return new X509Certificate(csr).publicKey.export({ type: 'spki', format: 'pem' });
  };
  const usedKey = async () => {
    const { cert } = await identity.credentials('current');
    return new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'pem' });
  };

  it('is for the key in use or a new one, whatever was requested before', async () => {
    const used = await usedKey();
    const rotated = await keyOf('new');
    expect(rotated).not.toBe(used);
    expect(await keyOf('new')).toBe(rotated);
    expect(await keyOf('same')).toBe(used);
    expect(await keyOf('same')).toBe(used);
    const again = await keyOf('new');
    expect([used, rotated]).not.toContain(again);
  });

  it('fails with no-identity for the key in use when there is none', async () => {
    const empty = identityIn(join(await folder(), 'identity'));
    await expect(empty.request('same', signal)).rejects.toMatchObject({ code: 'no-identity' });
    expect(await empty.facts()).toEqual({ current: null, next: null });
  });
});

describe('the certificate of the cloud', () => {
  const onDisk = async () => ({
    names: (await readdir(dir)).toSorted(),
    credentials: await credentials('current'),
  });

  it('is rejected as certificate-known when it is in use, and changes nothing', async () => {
    const { cert } = await identity.credentials('current');
    await identity.request('same', signal);
    const was = await onDisk();
    const chain = `${cert}${ca.certificatePem}`;
    await expect(identity.stage(chain, Date.now())).rejects.toMatchObject({
      code: 'certificate-known',
    });
    expect(await onDisk()).toEqual(was);
    expect((await identity.credentials('current')).cert).toBe(cert);
  });

  it.each([
    ['not valid yet', -2],
    ['expired', 4000],
  ])('is rejected as certificate-dates when it is %s', async (_name, days) => {
    const chain = await sign('new');
    const was = await onDisk();
    const nowMs = Date.now() + days * 24 * 60 * 60_000;
    await expect(identity.stage(chain, nowMs)).rejects.toMatchObject({ code: 'certificate-dates' });
    expect(await onDisk()).toEqual(was);
  });

  it('is rejected as no-request when none was requested', async () => {
    await expect(identity.stage(ca.certificatePem, Date.now())).rejects.toMatchObject({
      code: 'no-request',
    });
  });
});

describe('the identity on disk', () => {
  it('runs concurrent changes one after another, in order', async () => {
    const chain = await sign('new');
    const all = await Promise.allSettled([
      identity.stage(chain, Date.now()),
      identity.request('same', signal),
      identity.request('new', signal),
      identity.promote(),
      identity.stage(chain, Date.now()),
      identity.discard(),
      identity.request('new', signal),
    ]);
    const ends = all.map((end) =>
      end.status === 'rejected' ? (end.reason as { code: string }).code : 'done',
    );
    expect(ends).toEqual(['done', 'done', 'done', 'done', 'certificate-mismatch', 'done', 'done']);
    expect((await credentials('current')).id).toBe(certificateId(chain));
    const folders = folderNames(first, certificateId(chain));
    expect(await names()).toEqual(['current', ...folders, 'pending', 'previous-1']);
  });

  it.each([1, 2, 3])('survives concurrent requests and discards (%i)', async () => {
    const work = Array.from({ length: 24 }, (_, n) =>
      n % 3 === 2 ? identity.discard() : identity.request(n % 2 ? 'new' : 'same', signal),
    );
    const ends = await Promise.allSettled(work);
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect((await credentials('current')).id).toBe(first);
    expect(await names()).toEqual(['current', folderName(first)]);
  });
});

describe('a faulty disk', () => {
  it('ignores next credentials without a key, and keeps those in use', async () => {
    const { certificateId: id } = await stage('new');
    await chmod(join(dir, folderName(id), 'key.pem'), 0o644);
    expect(await identity.facts()).toMatchObject({ current: { certificateId: first }, next: null });
    await expect(identity.promote()).rejects.toMatchObject({ code: 'key-permissions' });
    expect((await credentials('current')).id).toBe(first);
    await identity.discard();
    const { certificateId: later } = await stage('new');
    await identity.promote();
    expect((await credentials('current')).id).toBe(later);
  });

  it('is usable with links left by a crash', async () => {
    for (const name of ['next.new', 'current.new']) await symlink('pair-gone', join(dir, name));
    await symlink(await readlink(join(dir, 'current')), join(dir, 'next'));
    expect((await identity.facts()).next).toBeNull();
    const { certificateId: id } = await stage('same');
    await identity.promote();
    expect(await names()).toEqual(['current', ...folderNames(first, id), 'previous-1']);
  });
});
