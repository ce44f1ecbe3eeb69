import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { posix } from 'node:path';
import type { Keys } from '../../../agent/io/credential-files.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { Files } from '../../../base/files.ts';
import type { DeviceKey } from '../../../hal/device-key.ts';

/** Real keys, made when first needed and shared by later worlds: no outcome depends on their bits. */
const made: DeviceKey[] = [];

/** The text of a key file. Half of it names no key. */
const textOf = (n: number): string => `key ${String(n).padStart(6, '0')}.`;

/** The robot's keys in the world: a credentials file names one of the keys that were made. */
export function worldKeys(files: Files, nextKey: () => number): Keys {
  const fileIn = (folder: string) => posix.join(folder, 'key.pem');
  return {
    async create(folder) {
      const n = nextKey();
      if (await files.createDurable(fileIn(folder), textOf(n))) return keyOf(n);
      throw new PilotfishError('key-exists', `${folder}: there is a key already`);
    },
    async open(folder) {
      const text = await files.readText(fileIn(folder));
      if (text === undefined) throw new PilotfishError('key-missing', `${folder} has no key`);
      const key = keyNamed(text);
      if (key === undefined) throw new PilotfishError('key-unreadable', `${folder}: no key`);
      return key;
    },
    copy: async (from, to) => files.writeDurable(fileIn(to), await files.read(fileIn(from))),
  };
}

/** The key that a key file names. */
export function keyNamed(text: string): DeviceKey | undefined {
  const n = /^key (\d{6})\.$/.exec(text)?.[1];
  return n === undefined ? undefined : keyOf(Number(n));
}

function keyOf(n: number): DeviceKey {
  const known = made[n];
  if (known !== undefined) return known;
  const key = deviceKey(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
  made[n] = key;
  return key;
}

const deviceKey = (credentials: { publicKey: KeyObject; privateKey: KeyObject }): DeviceKey => ({
  publicKey: credentials.publicKey,
  sign: async (data) => sign('sha256', data, credentials.privateKey),
  tls: () => ({ key: credentials.privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
});
