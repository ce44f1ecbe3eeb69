import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import type { makeCsr } from '../../base/x509/csr.ts';
import type { DeviceKey } from '../../hal/device-key.ts';
import type { CredentialsName } from '../events.ts';
import { type CredentialFiles, type Keys, orUndefined } from './credential-files.ts';

export type MakeCsr = typeof makeCsr;

/** The key that waits for its certificate: `pending/`, with `robot.csr` beside it. The key never leaves the robot. */
export interface PendingKey {
  readonly folder: string;
  /** Undefined when no key waits. */
  open(): Promise<DeviceKey | undefined>;
  /**
   * Makes the request for the key of `credentials`, or for a new one. Throws `no-identity` when those credentials have no key.
   */
  request(
    key: 'same' | 'new',
    credentials: CredentialsName,
    signal: AbortSignal,
  ): Promise<{ csr: string; file: string }>;
  remove(): Promise<void>;
}

export function createPendingKey(parts: {
  files: Files;
  /** Of the robot's identity. */
  folder: string;
  robot: string;
  keys: Keys;
  credentialFiles: CredentialFiles;
  makeCsr: MakeCsr;
}): PendingKey {
  const { files, robot, keys, credentialFiles } = parts;
  const folder = join(parts.folder, 'pending');
  const open = () => orUndefined(keys.open(folder), 'key-missing');
  const remove = () => files.removeFolder(folder);

  const makeKey = async (key: 'same' | 'new', credentials: CredentialsName): Promise<DeviceKey> => {
    const inUse = await orUndefined(keys.open(credentialFiles.pathOf(credentials)), 'key-missing');
    const waiting = await open();
    const wasNew = waiting !== undefined && !(inUse && waiting.publicKey.equals(inUse.publicKey));
    if (wasNew === (key === 'new') && waiting !== undefined) return waiting;
    if (key === 'same' && inUse === undefined) throw noIdentity(parts.folder);
    await remove();
    await files.makeFolder(folder, 0o700);
    if (key === 'new') return keys.create(folder);
    await keys.copy(credentialFiles.pathOf(credentials), folder);
    return keys.open(folder);
  };

  return {
    folder,
    open,
    remove,
    async request(which, credentials, signal) {
      await files.makeFolder(parts.folder, 0o700);
      await files.makeFolder(folder, 0o700);
      const key = await makeKey(which, credentials);
      const csr = await parts.makeCsr({
        subjectCommonName: robot,
        publicKey: key.publicKey,
        sign: (data) => key.sign(data, signal),
      });
      const file = join(folder, 'robot.csr');
      await files.writeDurable(file, csr);
      return { csr, file };
    },
  };
}

export const noIdentity = (folder: string, cause?: unknown): PilotfishError =>
  new PilotfishError('no-identity', `${folder} holds no certificate`, {
    cause,
    hint: 'pilotfish provision gives this robot its identity',
  });
