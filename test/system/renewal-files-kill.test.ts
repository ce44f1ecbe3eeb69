import { createPrivateKey, X509Certificate } from 'node:crypto';
import { cp, glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../../agent/ports.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { identityIn, signCsr, testCa } from '../support/agent-identity.ts';
import { runProgram } from '../support/child.ts';
import { filesOfIdentity, settledIdentity } from '../support/identity-folder.ts';
import { folders } from '../support/pki-folder.ts';

// A robot that renews is killed before every step by which it changes its files.

const signal = new AbortController().signal;
const folder = folders();
let ca: KeyAndCertificate;
beforeAll(async () => {
  ca = await testCa();
});

const stepsMax = 60;
const signed = async (of: Identity, key: 'same' | 'new') =>
  signCsr(ca, (await of.request(key, signal)).csr);

/** The certificate in use; its key must fit. */
async function inUse(of: Identity): Promise<string> {
  const { cert, key } = (await of.credentials('current')) as { cert: string; key: string };
  expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true);
  return certificateId(cert);
}

/** Whether the folder contains a key that fits. */
async function hasKeyFor(dir: string, chain: string): Promise<boolean> {
  const leaf = new X509Certificate(chain);
  for await (const file of glob('{pending,pair-*}/key.pem', { cwd: dir })) {
    const key = createPrivateKey(await readFile(join(dir, file)));
    if (leaf.checkPrivateKey(key)) return true;
  }
  return false;
}

interface Scene {
  readonly dir: string;
  /** In use before, and signed by the cloud for the key that waits or is staged. */
  readonly old: string;
  readonly chain: string;
}

/** A robot with a certificate that has requested another one with a `key`, and has staged it if `isStaged`. */
async function scene(key: 'same' | 'new', isStaged: boolean): Promise<Scene> {
  const dir = join(await folder(), 'identity');
  const identity = identityIn(dir);
  const { certificateId: old } = await identity.install(await signed(identity, 'new'));
  const chain = await signed(identity, key);
  if (isStaged) await identity.stage(chain, Date.now());
  return { dir, old, chain };
}

/**
 * Runs `call` on copies of the scene, killed before its first, second, ... step; returns what was in use then. The credentials
 * that have been in use when `check` is done are `replaced`, by their certificates' ids.
 */
async function killAtEach(
  { dir, old }: Scene,
  call: string,
  check: (dir: string) => Promise<void>,
  replaced: readonly string[] = [old],
) {
  const used: string[] = [];
  for (let at = 1; at < stepsMax; at++) {
    const copy = `${dir}-${at}`;
    await cp(dir, copy, { recursive: true, verbatimSymlinks: true });
    const ended = await runProgram({
      source: `
        import { identityIn } from './test/support/agent-identity.ts';
        await identityIn(${JSON.stringify(copy)}).${call};`,
      nodeArgs: ['--import', './test/support/crash-at.ts'],
      env: { CRASH_AT: String(at) },
    });
    used.push(await inUse(identityIn(copy)));
    await check(copy);
    await completes(copy, replaced);
    if (ended.signal === 'SIGKILL') continue;
    expect(ended).toMatchObject({ code: 0, err: '' });
    return { used, steps: at - 1 };
  }
  throw new Error('it never ends');
}

/** The next renewal completes, and leaves nothing of earlier ones except the credentials that were in use. */
async function completes(dir: string, replaced: readonly string[]): Promise<void> {
  const identity = identityIn(dir);
  const chain = await signed(identity, 'new');
  const { certificateId: id } = await identity.stage(chain, Date.now());
  await identity.promote();
  expect(await inUse(identity)).toBe(id);
  expect(await filesOfIdentity(dir)).toEqual(settledIdentity(id, replaced));
}

const inCall = 'new AbortController().signal';

describe('a robot that is killed while it', () => {
  it.each([
    ['requests with its key, after a request with a new one,', 'new', `request('same', ${inCall})`],
    ['requests with a new key, after a request with its own,', 'same', `request('new', ${inCall})`],
  ] as const)(
    '%s has its credentials',
    async (_name, before, call) => {
      const world = await scene(before, false);
      const { used, steps } = await killAtEach(world, call, async (dir) => {
        expect(await identityIn(dir).facts()).toMatchObject({
          current: { certificateId: world.old },
          next: null,
        });
      });
      expect(new Set(used)).toEqual(new Set([world.old]));
      expect(steps).toBeGreaterThan(5);
    },
    60_000,
  );

  it('creates the same new key again, which the cloud may know, has that key', async () => {
    const world = await scene('new', false);
    await killAtEach(world, `request('new', ${inCall})`, async (dir) => {
      expect(await hasKeyFor(dir, world.chain)).toBe(true);
    });
  }, 60_000);

  it.each(['same', 'new'] as const)(
    'stages a certificate for the %s key uses its old credentials and has the new key',
    async (key) => {
      const world = await scene(key, false);
      const seen = new Set<string | undefined>();
      const call = `stage(${JSON.stringify(world.chain)}, Date.now())`;
      const { used, steps } = await killAtEach(world, call, async (dir) => {
        const { current, next } = await identityIn(dir).facts();
        seen.add(next?.certificateId);
        expect(current?.certificateId).toBe(world.old);
        expect(await hasKeyFor(dir, world.chain)).toBe(true);
        // Staged credentials can be used; others can be staged.
        if (next === null) await identityIn(dir).stage(world.chain, Date.now());
        expect((await identityIn(dir).facts()).next?.certificateId).toBe(
          certificateId(world.chain),
        );
      });
      expect(new Set(used)).toEqual(new Set([world.old]));
      expect([...seen]).toEqual([undefined, certificateId(world.chain)]);
      expect(steps).toBeGreaterThan(10);
    },
    60_000,
  );

  it('promotes new credentials uses the old or the new ones, and never none', async () => {
    const world = await scene('new', true);
    const fresh = certificateId(world.chain);
    const check = async (dir: string) => {
      const { current, next } = await identityIn(dir).facts();
      // Until it is in use, it is there to be tried again.
      if (current?.certificateId === world.old) expect(next?.certificateId).toBe(fresh);
      else expect(next).toBeNull();
      expect((await identityIn(dir).promote()).certificateId).toBe(fresh);
      // The old credentials are the fallback.
      expect(await identityIn(dir).facts()).toMatchObject({
        'previous-1': { certificateId: world.old },
      });
    };
    const { used, steps } = await killAtEach(world, 'promote()', check, [world.old, fresh]);
    expect([...new Set(used)]).toEqual([world.old, fresh]);
    expect(steps).toBeGreaterThan(4);
  }, 60_000);

  it('forgets new credentials and their key uses its old credentials', async () => {
    const world = await scene('new', true);
    await identityIn(world.dir).request('new', signal);
    const { used } = await killAtEach(world, 'discard()', async (dir) => {
      const { next } = await identityIn(dir).facts();
      if (next !== null) expect(next.certificateId).toBe(certificateId(world.chain));
      await identityIn(dir).discard();
      expect(await filesOfIdentity(dir)).toEqual(settledIdentity(world.old, []));
    });
    expect(new Set(used)).toEqual(new Set([world.old]));
  }, 60_000);
});
