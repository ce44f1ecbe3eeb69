import type { X509Certificate } from 'node:crypto';
import { readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { makeFolder, syncFolder, writeFileDurable } from '../../base/files.ts';
import { certificateFacts, readChain } from '../../base/x509/certificates.ts';
import type { DeviceKey } from '../../hal/device-key.ts';
import type { CertificateFacts, Pair, PreviousPair } from '../events.ts';
import type { Identity } from '../ports.ts';
import { type ConfiguredIssuers, createIssuers, endOf, isRenewed, markRenewed } from './issuers.ts';
import { checkRenewal, readLeaf, readOwnChain } from './leaf.ts';
import { placeFor, previousPlaces } from './previous-places.ts';

/** Where keys live: in a file of each pair's folder, or in a token that serves every pair. */
export interface Keys {
  /** Makes a new key for `folder`. Throws `key-rotation` where there can be only one key. */
  create(folder: string): Promise<DeviceKey>;
  /** Throws `key-missing` when `folder` has none. */
  open(folder: string): Promise<DeviceKey>;
  /** Gives the folder `to` the key of `from`, durably. */
  copy(from: string, to: string): Promise<void>;
}

/**
 * The robot's identity on disk:
 *
 *     identity/pending/        key and robot.csr: made here; the key never leaves
 *     identity/pair-{id}/      key and chain.pem: a key and the certificate that fits it, always together
 *     identity/current, next   links to pairs, each changed by one rename
 *     identity/previous-{n}    links to pairs that were current: the way back
 *     identity/issuers.pem     the CAs of the factory's chain, from which renewals are taken
 *
 * A pair is written whole before a link names it, and goes only when no link names it: whatever step a crash hits, the
 * pair behind `current` can connect.
 */
export function createIdentity(
  folder: string,
  robot: string,
  keys: Keys,
  /** What the configuration adds to the factory's issuers. */
  configured: () => Promise<ConfiguredIssuers> = async () => ({ certificates: [] }),
): Identity {
  const pending = join(folder, 'pending');
  const link = (pair: Pair) => join(folder, pair);
  const openPending = () => orUndefined(keys.open(pending), 'key-missing');
  const target = (pair: Pair) => orUndefined(readlink(link(pair)), 'ENOENT', 'EINVAL');

  const chainOf = (pair: Pair) => readFile(join(link(pair), 'chain.pem'), 'utf8');
  const allPairs = ['current', ...previousPlaces] as const;
  const issuers = createIssuers(folder, {
    configured,
    chains: () => Promise.all(allPairs.map((pair) => chainOf(pair).catch(() => ''))),
  });

  const makePending = async (key: 'same' | 'new', pair: Pair): Promise<DeviceKey> => {
    const inUse = await orUndefined(keys.open(link(pair)), 'key-missing');
    const waiting = await openPending();
    const wasNew = waiting !== undefined && !(inUse && waiting.publicKey.equals(inUse.publicKey));
    if (wasNew === (key === 'new') && waiting !== undefined) return waiting;
    if (key === 'same' && inUse === undefined) throw noIdentity(folder);
    await rm(pending, { recursive: true, force: true });
    await makeFolder(pending, 0o700);
    if (key === 'new') return keys.create(pending);
    await keys.copy(link(pair), pending);
    return keys.open(pending);
  };

  /** Writes the pair of the pending key and this chain; answers the folder's name. */
  const writePair = async (chain: string, leaf: X509Certificate): Promise<string> => {
    const name = pairName(leaf);
    const pair = join(folder, name);
    await makeFolder(pair, 0o700);
    await writeFileDurable(join(pair, 'chain.pem'), readOwnChain(chain).pem);
    await keys.copy(pending, pair);
    return name;
  };

  const readPending = async (chain: string): Promise<X509Certificate> => {
    const key = await openPending();
    readOwnChain(chain, { others: 'refuse' });
    if (key !== undefined) return readLeaf(chain, robot, key);
    throw new PilotfishError('no-request', 'no key waits for a certificate here', {
      hint: 'pilotfish provision --config FILE makes the key and its request first',
    });
  };

  /** A pair in use is never written to, and the same certificate once more would be renewed in a circle. */
  const refuseKnown = async (leaf: X509Certificate): Promise<void> => {
    const known = await Promise.all(allPairs.map(target));
    if (!known.includes(pairName(leaf))) return;
    throw new PilotfishError(
      'certificate-known',
      'the certificate is one that this robot has already, not a new one',
    );
  };

  const read = async (pair: Pair) => {
    const key = await keys.open(link(pair));
    const chain = await chainOf(pair);
    return { key, chain: readOwnChain(chain).pem, leaf: readLeaf(chain, robot, key) };
  };
  const factsOfLeaf = async (leaf: X509Certificate): Promise<CertificateFacts> => {
    const facts = certificateFacts(leaf);
    const notAfterMs = Math.min(facts.notAfterMs, await issuers.endMsOf(leaf));
    const isMarked = await isRenewed(join(folder, pairName(leaf)));
    return { ...facts, notAfterMs, ...(isMarked && { isRenewed: true }) };
  };
  const factsOf = async (pair: Pair): Promise<CertificateFacts | null> => {
    if (pair !== 'current' && (await target(pair)) === (await target('current'))) return null;
    return read(pair).then(
      ({ leaf }) => factsOfLeaf(leaf),
      () => null,
    );
  };

  /** Keeps the pair in use as a previous one. */
  const keepCurrent = async (): Promise<void> => {
    const inUse = await target('current');
    if (inUse === undefined) return;
    const kept: Partial<Record<PreviousPair, string>> = {};
    for (const place of previousPlaces) {
      const name = await target(place);
      if (name !== undefined) kept[place] = name;
    }
    const place = placeFor(inUse, kept);
    if (place !== undefined) await pointTo(link(place), inUse, folder);
  };

  /** Removes what no link names any more. */
  const sweep = async (): Promise<void> => {
    const used = await Promise.all((['current', 'next', ...previousPlaces] as const).map(target));
    const names = (await readdir(folder)).filter((name) => name.startsWith('pair-'));
    for (const name of names.filter((known) => !used.includes(known))) {
      await rm(join(folder, name), { recursive: true });
    }
  };

  const inTurn = oneAfterAnother();
  const identity: Identity = {
    async request(which, signal, pair = 'current') {
      await makeFolder(folder, 0o700);
      await makeFolder(pending, 0o700);
      const key = await makePending(which, pair);
      // Needed a few times in a robot's life: the codec is not loaded before.
      const { makeCsr } = await import('../../base/x509/csr.ts');
      const csr = await makeCsr({
        subjectCommonName: robot,
        publicKey: key.publicKey,
        sign: (data) => key.sign(data, signal),
      });
      const file = join(pending, 'robot.csr');
      await writeFileDurable(file, csr);
      return { csr, file };
    },

    async install(chain) {
      const leaf = await readPending(chain);
      const pair = await writePair(chain, leaf);
      await issuers.pin(chain);
      await pointTo(link('current'), pair, folder);
      for (const old of ['next', ...previousPlaces] as const) await rm(link(old), { force: true });
      await rm(pending, { recursive: true });
      await sweep();
      return { certificateId: certificateFacts(leaf).certificateId };
    },

    async stage(chain, nowMs) {
      const leaf = await readPending(chain);
      await refuseKnown(leaf);
      const inUse = await orUndefined(read('current'));
      const path = await issuers.pathOf(readChain(chain) ?? [], inUse?.leaf);
      checkRenewal(leaf, nowMs, endOf(path));
      const pair = await writePair(chain, leaf);
      await markRenewed(join(folder, pair));
      await pointTo(link('next'), pair, folder);
      await rm(pending, { recursive: true });
      return factsOfLeaf(leaf);
    },

    async promote() {
      const next = await target('next');
      if (next !== undefined) {
        await read('next');
        await keepCurrent();
        await pointTo(link('current'), next, folder);
        // Done: what is left over is removed by the next change at the latest.
        await orUndefined(rm(link('next'), { force: true }).then(sweep));
      }
      return factsOfLeaf((await read('current')).leaf);
    },

    async forget(pairs) {
      for (const pair of pairs) await rm(link(pair), { force: true });
      await sweep();
    },

    async discard() {
      await rm(link('next'), { force: true });
      await rm(pending, { recursive: true, force: true });
      await sweep();
    },

    async facts() {
      const [current, next] = [await factsOf('current'), await factsOf('next')];
      const previous: [PreviousPair, CertificateFacts][] = [];
      for (const pair of previousPlaces) {
        const facts = await factsOf(pair);
        if (facts !== null) previous.push([pair, facts]);
      }
      return { current, next, ...Object.fromEntries(previous) };
    },

    async credentials(pair) {
      try {
        const { key, chain } = await read(pair);
        return { cert: chain, ...key.tls() };
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'key-missing') throw cause;
        throw noIdentity(folder, cause);
      }
    },
  };
  return {
    ...identity,
    request: (which, signal, pair) => inTurn(() => identity.request(which, signal, pair)),
    install: (chain) => inTurn(() => identity.install(chain)),
    stage: (chain, nowMs) => inTurn(() => identity.stage(chain, nowMs)),
    promote: () => inTurn(() => identity.promote()),
    forget: (pairs) => inTurn(() => identity.forget(pairs)),
    discard: () => inTurn(() => identity.discard()),
    facts: () => inTurn(() => identity.facts()),
  };
}

/** Each work begins when the one before has ended, however it ended: two at once would remove each other's files. */
function oneAfterAnother(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work, work);
    last = done.catch(() => {});
    return done;
  };
}

const noIdentity = (folder: string, cause?: unknown): PilotfishError =>
  new PilotfishError('no-identity', `${folder} holds no certificate`, {
    cause,
    hint: 'pilotfish provision gives this robot its identity',
  });

const pairName = (leaf: X509Certificate): string =>
  `pair-${certificateFacts(leaf).certificateId.slice(0, 16)}`;

/** What was promised, or undefined when it failed for one of these reasons (without any: whatever it was). */
async function orUndefined<T>(
  promised: Promise<T>,
  ...codes: readonly string[]
): Promise<T | undefined> {
  try {
    return await promised;
  } catch (error) {
    if (codes.length === 0 || codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Changes a symbolic link in one step, durably. */
async function pointTo(link: string, target: string, folder: string): Promise<void> {
  const temporary = `${link}.new`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, link);
  await syncFolder(folder);
}
