import type { X509Certificate } from 'node:crypto';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import { certificateFacts, readChain } from '../../base/x509/certificates.ts';
import type { CertificateFacts, CredentialsName, PreviousCredentials } from '../events.ts';
import type { Identity } from '../ports.ts';
import {
  createCredentialFiles,
  folderName,
  type Keys,
  orUndefined,
  usedCredentials,
} from './credential-files.ts';
import { type ConfiguredIssuers, createIssuers, endOf } from './issuers.ts';
import { checkRenewal, readLeaf, readOwnChain } from './leaf.ts';
import { createPendingKey, type MakeCsr, noIdentity } from './pending-key.ts';
import { previousPlaces } from './previous-places.ts';

export interface IdentityParts {
  readonly files: Files;
  readonly folder: string;
  readonly robot: string;
  readonly keys: Keys;
  /** The configured issuers, in addition to the factory's. */
  readonly configured?: () => Promise<ConfiguredIssuers>;
  readonly makeCsr?: MakeCsr;
}

/** Needed a few times in a robot's life: the codec is loaded on demand. */
const loadAndMakeCsr: MakeCsr = async (options) =>
  (await import('../../base/x509/csr.ts')).makeCsr(options);

/**
 * The robot's identity on disk: `pending/` (`pending-key.ts`), folders of credentials and the links to them
 * (`credential-files.ts`), and `issuers.pem` (`issuers.ts`). Credentials are written completely before a link names them, and
 * removed only when no link names them. So after a crash at any step the credentials behind `current` can connect.
 */
export function createIdentity(parts: IdentityParts): Identity {
  const { files, folder, robot, keys } = parts;
  const { configured = async () => ({ certificates: [] }), makeCsr = loadAndMakeCsr } = parts;
  const credentialFiles = createCredentialFiles({ files, folder, robot, keys });
  const pending = createPendingKey({
    files,
    folder,
    robot,
    keys,
    credentialFiles: credentialFiles,
    makeCsr,
  });
  const issuers = createIssuers({
    ...{ files, folder, configured },
    chains: () =>
      Promise.all(
        usedCredentials.map((credentials) => credentialFiles.chainOf(credentials).catch(() => '')),
      ),
  });

  /** The leaf of a chain that fits the pending key. */
  const readPending = async (chain: string): Promise<X509Certificate> => {
    const key = await pending.open();
    readOwnChain(chain, { others: 'refuse' });
    if (key !== undefined) return readLeaf(chain, robot, key);
    throw new PilotfishError('no-request', 'no key waits for a certificate here', {
      hint: 'pilotfish provision --config FILE makes the key and its request first',
    });
  };

  /** Credentials in use are never overwritten, and the same certificate again would be renewed in a loop. */
  const refuseKnown = async (leaf: X509Certificate): Promise<void> => {
    const known = await Promise.all(usedCredentials.map(credentialFiles.nameOf));
    if (!known.includes(folderName(leaf))) return;
    throw new PilotfishError(
      'certificate-known',
      'the certificate is one that this robot has already, not a new one',
    );
  };

  const factsOfLeaf = async (leaf: X509Certificate): Promise<CertificateFacts> => {
    const facts = certificateFacts(leaf);
    const notAfterMs = Math.min(facts.notAfterMs, await issuers.endMsOf(leaf));
    const isMarked = await credentialFiles.isRenewed(leaf);
    return { ...facts, notAfterMs, ...(isMarked && { isRenewed: true }) };
  };
  /** Facts of the credentials, unless they are the ones in use under another name. */
  const factsOf = async (
    credentials: CredentialsName,
    inUse: string | undefined,
  ): Promise<CertificateFacts | null> => {
    const name = await credentialFiles.nameOf(credentials);
    if (credentials !== 'current' && (name === undefined || name === inUse)) return null;
    return credentialFiles.read(credentials).then(
      ({ leaf }) => factsOfLeaf(leaf),
      () => null,
    );
  };

  const inTurn = createSerialQueue();
  const identity: Identity = {
    request: (which, signal, credentials = 'current') =>
      pending.request(which, credentials, signal),

    async install(chain) {
      const leaf = await readPending(chain);
      const name = await credentialFiles.write({ chain, leaf, keyFolder: pending.folder }, false);
      await issuers.pin(chain);
      await credentialFiles.point('current', name);
      await credentialFiles.unlink(['next', ...previousPlaces]);
      await pending.remove();
      await credentialFiles.sweep();
      return { certificateId: certificateFacts(leaf).certificateId };
    },

    async stage(chain, nowMs) {
      const leaf = await readPending(chain);
      await refuseKnown(leaf);
      const inUse = await orUndefined(credentialFiles.read('current'));
      const path = await issuers.pathOf(readChain(chain) ?? [], inUse?.leaf);
      checkRenewal(leaf, nowMs, endOf(path));
      const name = await credentialFiles.write({ chain, leaf, keyFolder: pending.folder }, true);
      await credentialFiles.point('next', name);
      await pending.remove();
      return factsOfLeaf(leaf);
    },

    async promote() {
      const next = await credentialFiles.nameOf('next');
      if (next !== undefined) {
        await credentialFiles.read('next');
        await credentialFiles.keepCurrent();
        await credentialFiles.point('current', next);
        // Done: the remains are removed by the next change at the latest.
        await orUndefined(credentialFiles.unlink(['next']).then(credentialFiles.sweep));
      }
      return factsOfLeaf((await credentialFiles.read('current')).leaf);
    },

    async forget(forgotten) {
      await credentialFiles.unlink(forgotten);
      await credentialFiles.sweep();
    },

    async discard() {
      await credentialFiles.unlink(['next']);
      await pending.remove();
      await credentialFiles.sweep();
    },

    async facts() {
      const inUse = await credentialFiles.nameOf('current');
      const mayExist = await credentialFiles.mayExist();
      const current = await factsOf('current', inUse);
      const next = mayExist('next') ? await factsOf('next', inUse) : null;
      const previous: [PreviousCredentials, CertificateFacts][] = [];
      for (const credentials of previousPlaces.filter(mayExist)) {
        const facts = await factsOf(credentials, inUse);
        if (facts !== null) previous.push([credentials, facts]);
      }
      return { current, next, ...Object.fromEntries(previous) };
    },

    async credentials(credentials) {
      try {
        const { key, chain } = await credentialFiles.read(credentials);
        return { cert: chain, ...key.tls() };
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'key-missing') throw cause;
        throw noIdentity(folder, cause);
      }
    },
  };
  return {
    ...identity,
    request: (which, signal, credentials) =>
      inTurn(() => identity.request(which, signal, credentials)),
    install: (chain) => inTurn(() => identity.install(chain)),
    stage: (chain, nowMs) => inTurn(() => identity.stage(chain, nowMs)),
    promote: () => inTurn(() => identity.promote()),
    forget: (forgotten) => inTurn(() => identity.forget(forgotten)),
    discard: () => inTurn(() => identity.discard()),
    facts: () => inTurn(() => identity.facts()),
  };
}

/** Runs one change after another, however the one before ended: two at once would remove each other's files. */
function createSerialQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work, work);
    last = done.catch(() => {});
    return done;
  };
}
