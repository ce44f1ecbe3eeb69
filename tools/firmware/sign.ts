import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import { createFileDurable, makeFolder } from '../../base/files.ts';
import { checkOutput, checkOutputFolder, writeOutput } from '../../base/output-file.ts';
import { firmwarePayloadType, preAuthEncoding } from '../../protocol/firmware.ts';
import type { FirmwareManifest, SignedManifest } from '../../protocol/schemas/firmware.ts';

export interface KeyFiles {
  /** PKCS#8 PEM, mode 0600. */
  readonly privateKeyFile: string;
  /** SPKI PEM: the key that robots trust. */
  readonly publicKeyFile: string;
  readonly keyid: string;
}

/**
 * Makes an Ed25519 key pair and writes it into `folder` (made private). Throws `key-exists`: robots that trust a lost
 * key can never be updated again.
 */
export async function createSigningKey(folder: string): Promise<KeyFiles> {
  const privateKeyFile = join(folder, 'firmware.key');
  const publicKeyFile = join(folder, 'firmware.pub');
  await checkOutputFolder('--dir', folder);
  await makeFolder(folder, 0o700);
  const publicTarget = await checkOutput('--dir', publicKeyFile);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  if (!(await createFileDurable(privateKeyFile, pem, 0o600))) {
    throw new PilotfishError('key-exists', `${privateKeyFile} already exists and is not replaced`);
  }
  await writeOutput(publicTarget, publicKey.export({ type: 'spki', format: 'pem' }));
  return { privateKeyFile, publicKeyFile, keyid: keyIdOf(publicKey) };
}

/** SHA-256 of the key's SubjectPublicKeyInfo (DER), 64 hex characters. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/**
 * Puts a manifest into its signed envelope: DSSE v1 with one Ed25519 signature. The payload is the manifest's JSON as
 * it stands; receivers verify these bytes and parse only then.
 */
export function signFirmware(options: {
  readonly manifest: FirmwareManifest;
  readonly privateKey: KeyObject;
}): SignedManifest {
  const payload = Buffer.from(JSON.stringify(options.manifest));
  const signature = sign(null, preAuthEncoding(firmwarePayloadType, payload), options.privateKey);
  return {
    payloadType: firmwarePayloadType,
    payload: payload.toString('base64'),
    signatures: [
      {
        keyid: keyIdOf(createPublicKey(options.privateKey)),
        sig: signature.toString('base64'),
      },
    ],
  };
}
