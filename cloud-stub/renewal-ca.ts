import { createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { makeFolder, readTextIfThere, writeFileDurable } from '../base/files.ts';
import { publicMode } from '../base/output-file.ts';
import { keySigner, type Signer } from '../base/x509/algorithms.ts';
import { makeCaCertificate, makeDeviceCertificate } from '../base/x509/authority.ts';
import { certificatePem, readCertificates } from '../base/x509/certificate-file.ts';
import { certificateId } from '../base/x509/certificates.ts';
import type { Entropy } from '../base/x509/fields.ts';
import { createKeyFile, readKeyFile } from '../base/x509/key-file.ts';
import type { SigningTask } from './core/messages.ts';

/** The CA that signs renewed robot certificates. */
export interface RenewalCa {
  readonly certificate: X509Certificate;
  readonly certificateId: string;
  /** Returns the robot's certificate as PEM. */
  sign(task: SigningTask, nowMs: number): Promise<string>;
}

/** A renewal CA over a certificate (PEM) and its key's signer. */
export function renewalCa(parts: {
  certificatePem: string;
  signer: Signer;
  random: Entropy;
}): RenewalCa {
  const { certificatePem: issuer, signer, random } = parts;
  return {
    certificate: new X509Certificate(issuer),
    certificateId: certificateId(issuer),
    sign: ({ robot: commonName, publicKey, lifeMs, notBeforeMs }, nowMs) =>
      makeDeviceCertificate({
        ...{ commonName, publicKey, issuer, signer, random, nowMs, lifeMs, notBeforeMs },
      }),
  };
}

/**
 * Opens the renewal CA of `folder`, or makes it the first time: `ca.crt`, and `private/ca.key` of mode 0600. Throws
 * `config-renewal-ca` when its files do not match. A CA that robots' certificates depend on is never replaced.
 */
export async function openRenewalCa(
  folder: string,
  nowMs: number,
): Promise<RenewalCa & { readonly path: string }> {
  await makeFolder(join(folder, 'private'), 0o700);
  const path = join(folder, 'ca.crt');
  const keyPath = join(folder, 'private', 'ca.key');
  const found = await readTextIfThere(path);
  const key = await readKey(keyPath, found === undefined);
  const read = readCertificates(found ?? (await makeCertificate(path, key, nowMs)));
  if (!read.ok) throw renewalCaError(`${path} cannot be read: ${read.problem}`);
  const [certificate] = read.certificates;
  if (certificate === undefined || !certificate.ca || !certificate.checkPrivateKey(key)) {
    throw renewalCaError(`${path} is not the certificate of the CA key ${keyPath}`);
  }
  const signer = keySigner(key);
  return {
    ...renewalCa({ certificatePem: certificatePem(certificate), signer, random: randomBytes }),
    path,
  };
}

/** A key without a certificate was left by a start that was interrupted. */
async function readKey(path: string, mayMake: boolean): Promise<KeyObject> {
  try {
    return await readKeyFile(path);
  } catch (error) {
    if (mayMake && codeOf(error) === 'key-missing') return createKeyFile(path, 'ec-p256');
    throw renewalCaError('the key of the renewal CA is not usable', error);
  }
}

async function makeCertificate(path: string, key: KeyObject, nowMs: number): Promise<string> {
  const commonName = `Pilotfish renewal ${randomBytes(4).toString('hex')}`;
  const publicKey = createPublicKey(key);
  const made = { commonName, publicKey, signer: keySigner(key), nowMs, random: randomBytes };
  const pem = await makeCaCertificate(made);
  await writeFileDurable(path, pem, publicMode);
  return pem;
}

const renewalCaError = (message: string, cause?: unknown): PilotfishError =>
  new PilotfishError('config-renewal-ca', message, {
    cause,
    hint: 'restore both files of the renewal CA: robots hold certificates of it',
  });
