import type { X509Certificate } from 'node:crypto';
import { readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { makeFolder, readTextIfThere, syncFolder, writeFileDurable } from '../../base/files.ts';
import { certificateId, commonName, readChain } from '../../base/x509/certificates.ts';
import type { DeviceKey } from '../../hal/device-key.ts';
import type { Identity } from '../ports.ts';

/** How keys are made and opened, so that a token can take the file's place. */
export interface Keys {
  create(path: string): Promise<DeviceKey>;
  open(path: string): Promise<DeviceKey>;
}

/**
 * The robot's identity on disk:
 *
 *     identity/pending/key.pem, robot.csr      made here; the key never leaves
 *     identity/pair-{id}/key.pem, chain.pem    a key and the certificate that fits it, always together
 *     identity/current -> pair-{id}            changed by one rename
 */
export function createIdentity(folder: string, robot: string, keys: Keys): Identity {
  const pending = join(folder, 'pending');
  const pendingKey = join(pending, 'key.pem');
  const current = join(folder, 'current');
  const openPending = async () =>
    (await readTextIfThere(pendingKey)) === undefined ? undefined : await keys.open(pendingKey);

  return {
    async request(signal) {
      await makeFolder(folder, 0o700);
      await makeFolder(pending, 0o700);
      const key = (await openPending()) ?? (await keys.create(pendingKey));
      // Needed once in a robot's life: the codec is not loaded before.
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
      const key = await openPending();
      if (key === undefined) {
        throw new PilotfishError('no-request', 'no key waits for a certificate here', {
          hint: 'pilotfish provision --config FILE makes the key and its request first',
        });
      }
      const leaf = readLeaf(chain, robot, key);
      const id = certificateId(leaf);
      const pair = join(folder, `pair-${id.slice(0, 16)}`);
      await makeFolder(pair, 0o700);
      await writeFileDurable(join(pair, 'chain.pem'), chain);
      await writeFileDurable(join(pair, 'key.pem'), await readFile(pendingKey), 0o600);
      await pointTo(current, `pair-${id.slice(0, 16)}`, folder);
      await rm(pending, { recursive: true });
      return { certificateId: id };
    },

    async credentials() {
      try {
        const key = await keys.open(join(current, 'key.pem'));
        const cert = await readFile(join(current, 'chain.pem'), 'utf8');
        readLeaf(cert, robot, key);
        return { cert, ...key.tls() };
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'key-missing') throw cause;
        throw new PilotfishError('no-identity', `${folder} holds no certificate`, {
          cause,
          hint: 'pilotfish provision gives this robot its identity',
        });
      }
    },
  };
}

function readLeaf(chain: string, robot: string, key: DeviceKey): X509Certificate {
  const leaf = readChain(chain)?.[0];
  if (leaf === undefined) {
    throw new PilotfishError(
      'certificate-unreadable',
      'the file holds no readable PEM certificate',
    );
  }
  const name = commonName(leaf);
  if (name !== robot) {
    throw new PilotfishError(
      'certificate-foreign',
      `the certificate is for ${name}, this is ${robot}`,
    );
  }
  if (!key.publicKey.equals(leaf.publicKey)) {
    throw new PilotfishError(
      'certificate-mismatch',
      "the certificate is not for this robot's key",
      {
        hint: 'sign the request that lies in identity/pending',
      },
    );
  }
  return leaf;
}

/** Changes a symbolic link in one step, durably. */
async function pointTo(link: string, target: string, folder: string): Promise<void> {
  const temporary = `${link}.new`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, link);
  await syncFolder(folder);
}
