import { createPrivateKey, X509Certificate } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Identity } from '../../agent/ports.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { identityIn, signCsr, testCa } from '../support/agent-identity.ts';
import { runProgram } from '../support/child.ts';
import { folders } from '../support/pki-folder.ts';

const signal = new AbortController().signal;
const folder = folders();
let ca: KeyAndCertificate;
let dir = '';
let identity: Identity;
beforeAll(async () => {
  ca = await testCa();
});
beforeEach(async () => {
  dir = join(await folder(), 'identity');
  identity = identityIn(dir);
});

/** The certificate in use; its key must fit. */
async function inUse(): Promise<string> {
  const { cert, key } = (await identity.credentials('current')) as { cert: string; key: string };
  const certificate = new X509Certificate(cert);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  return certificateId(certificate);
}

describe('a robot that is killed while it installs a certificate', () => {
  const take = (chain: string, at: number) =>
    runProgram({
      source: `
        import { identityIn } from './test/support/agent-identity.ts';
        await identityIn(${JSON.stringify(dir)}).install(${JSON.stringify(chain)});`,
      nodeArgs: ['--import', './test/support/crash-at.ts'],
      env: { CRASH_AT: String(at) },
    });

  it('has the old credentials or the new ones complete, and can install them again', async () => {
    const first = await signCsr(ca, (await identity.request('new', signal)).csr);
    const { certificateId: old } = await identity.install(first);
    const chain = await signCsr(ca, (await identity.request('new', signal)).csr);
    const fresh = certificateId(chain);
    const before = `${dir}-before`;
    await cp(dir, before, { recursive: true, verbatimSymlinks: true });
    const seen = new Set<string>();
    for (let at = 1; ; at++) {
      await rm(dir, { recursive: true });
      await cp(before, dir, { recursive: true, verbatimSymlinks: true });
      const { signal: killed } = await take(chain, at);
      const used = await inUse();
      seen.add(used);
      expect([old, fresh]).toContain(used);
      if (killed !== 'SIGKILL') break;
      const again = await identity.install(chain).catch(({ code }: { code: string }) => code);
      if (again === 'no-request') expect(used).toBe(fresh);
      expect(await inUse()).toBe(fresh);
      expect(at).toBeLessThan(60);
    }
    expect([...seen]).toEqual([old, fresh]);
  }, 60_000);
});
