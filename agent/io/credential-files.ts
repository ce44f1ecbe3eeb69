import type { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { codeOf } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import { certificateFacts } from '../../base/x509/certificates.ts';
import type { DeviceKey } from '../../hal/device-key.ts';
import type { CredentialsName, PreviousCredentials } from '../events.ts';
import { checkLeaf, readOwnChain } from './leaf.ts';
import { placeFor, previousPlaces } from './previous-places.ts';

/** Where keys are: in a file of each folder of credentials, or in a token that serves them all. */
export interface Keys {
  /** Makes a new key for `folder`. Throws `key-rotation` where there can be only one key. */
  create(folder: string): Promise<DeviceKey>;
  /** Throws `key-missing` when `folder` has none. */
  open(folder: string): Promise<DeviceKey>;
  /** Gives the folder `to` the key of `from`, durably. */
  copy(from: string, to: string): Promise<void>;
}

/** Credentials as they were read: their chain is the text to show the cloud. */
export interface ReadCredentials {
  readonly key: DeviceKey;
  readonly chain: string;
  readonly leaf: X509Certificate;
}

/**
 * The credentials of one robot as folders, and the links that name them:
 *
 *     pair-{id}/      key and chain.pem: a key and the certificate that fits it, always together
 *     current, next   links to such folders, each changed by one rename
 *     previous-{n}    links to folders that were current: the way back
 *
 * INVARIANT: a folder with its content and its name is durable before a link names it. A removed link is durably gone
 * before its folder is removed. So no power cut leaves a link to incomplete credentials.
 */
export interface CredentialFiles {
  /** The folder that this link names. */
  pathOf(credentials: CredentialsName): string;
  /** The name of the folder that the link names, if the link exists. */
  nameOf(credentials: CredentialsName): Promise<string | undefined>;
  /** Whether a link may exist, by one list of the folder: most usually do not. True where it cannot be listed. */
  mayExist(): Promise<(credentials: CredentialsName) => boolean>;
  /** The stored chain, unparsed. */
  chainOf(credentials: CredentialsName): Promise<string>;
  read(credentials: CredentialsName): Promise<ReadCredentials>;
  /**
   * Writes credentials: the key in `keyFolder` and this chain; `isRenewed` marks a cloud's certificate. Returns their
   * name.
   */
  write(
    made: { readonly chain: string; readonly leaf: X509Certificate; readonly keyFolder: string },
    isRenewed: boolean,
  ): Promise<string>;
  /** Whether a cloud issued this certificate, and not the line. */
  isRenewed(leaf: X509Certificate): Promise<boolean>;
  point(credentials: CredentialsName, name: string): Promise<void>;
  unlink(names: readonly CredentialsName[]): Promise<void>;
  /** Keeps the credentials in use as previous ones. */
  keepCurrent(): Promise<void>;
  /** Removes the credentials that no link names any more. */
  sweep(): Promise<void>;
}

/** Credentials that are or were in use. */
export const usedCredentials = ['current', ...previousPlaces] as const;

export const folderName = (leaf: X509Certificate): string =>
  `pair-${certificateFacts(leaf).certificateId.slice(0, 16)}`;

const renewedFile = 'renewed';

export function createCredentialFiles(parts: {
  files: Files;
  folder: string;
  robot: string;
  keys: Keys;
}): CredentialFiles {
  const { files, folder, robot, keys } = parts;
  const pathOf = (credentials: CredentialsName) => join(folder, credentials);
  const nameOf = (credentials: CredentialsName) =>
    orUndefined(files.readLink(pathOf(credentials)), 'ENOENT', 'EINVAL');
  const chainOf = async (credentials: CredentialsName) =>
    Buffer.from(await files.read(join(pathOf(credentials), 'chain.pem'))).toString('utf8');
  const point = (credentials: CredentialsName, name: string) =>
    files.pointDurable(pathOf(credentials), name);
  return {
    pathOf,
    nameOf,
    async mayExist() {
      const names = await orUndefined(files.list(folder));
      return (credentials) => names?.includes(credentials) ?? true;
    },
    chainOf,
    point,

    async read(credentials) {
      const key = await keys.open(pathOf(credentials));
      const { certificates, pem } = readOwnChain(await chainOf(credentials));
      return { key, chain: pem, leaf: checkLeaf(certificates[0], robot, key) };
    },

    async write({ chain, leaf, keyFolder }, isRenewed) {
      const name = folderName(leaf);
      const credentials = join(folder, name);
      await files.makeFolder(credentials, 0o700);
      await files.writeDurable(join(credentials, 'chain.pem'), readOwnChain(chain).pem);
      await keys.copy(keyFolder, credentials);
      if (isRenewed) await files.writeDurable(join(credentials, renewedFile), '');
      return name;
    },

    isRenewed: (leaf) =>
      files.size(join(folder, folderName(leaf), renewedFile)).then(
        () => true,
        () => false,
      ),

    async unlink(names) {
      for (const credentials of names) await files.remove(pathOf(credentials));
      await files.syncFolder(folder);
    },

    async keepCurrent() {
      const inUse = await nameOf('current');
      if (inUse === undefined) return;
      const kept: Partial<Record<PreviousCredentials, string>> = {};
      for (const place of previousPlaces) {
        const name = await nameOf(place);
        if (name !== undefined) kept[place] = name;
      }
      const place = placeFor(inUse, kept);
      if (place !== undefined) await point(place, inUse);
    },

    async sweep() {
      const used = await Promise.all((['next', ...usedCredentials] as const).map(nameOf));
      const names = (await files.list(folder)).filter((name) => name.startsWith('pair-'));
      for (const name of names.filter((known) => !used.includes(known))) {
        await files.removeFolder(join(folder, name));
      }
    },
  };
}

/** The promise's value, or undefined when it failed for one of these reasons (without any: for every reason). */
export async function orUndefined<T>(
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
