import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { createFileDurable, makeFolder, readTextIfThere } from '../base/files.ts';
import { makeCaCertificate } from '../base/x509/authority.ts';
import { certificateId } from '../base/x509/certificates.ts';
import type { Entropy } from '../base/x509/fields.ts';
import { createKeyFile, readKeyFile } from '../base/x509/key-file.ts';
import { type CaSigner, softwareSigner } from './ca-signer.ts';

/** The maker's CA as a station uses it. */
export interface Ca {
  readonly certificatePem: string;
  /** SHA-256 of the certificate. */
  readonly id: string;
  readonly signer: CaSigner;
}

/** What the station takes from outside. */
export interface StationTools {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly random: Entropy;
}

export const caPaths = (folder: string) => ({
  certificate: join(folder, 'ca.crt'),
  private: join(folder, 'private'),
  key: join(folder, 'private', 'ca.key'),
});

/** The CA's certificate, for what needs no key. Throws `ca-missing` and `ca-unreadable`. */
export async function readCaCertificate(folder: string): Promise<X509Certificate> {
  const path = caPaths(folder).certificate;
  const pem = await readTextIfThere(path);
  if (pem === undefined) {
    throw new PilotfishError('ca-missing', `${folder}: there is no CA here`, {
      hint: `factory init --dir ${folder} makes one`,
    });
  }
  try {
    return new X509Certificate(pem);
  } catch {
    throw new PilotfishError('ca-unreadable', `${path} is not a certificate in PEM`);
  }
}

/**
 * Opens the CA in `folder`. Throws as `readCaCertificate` and `readKeyFile` do, and `ca-mismatch` when key and certificate
 * are not a pair.
 */
export async function openCa(folder: string): Promise<Ca> {
  const paths = caPaths(folder);
  const certificate = await readCaCertificate(folder);
  const privateKey = await readKeyFile(paths.key);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new PilotfishError('ca-mismatch', `${paths.key} is not the key of ${paths.certificate}`);
  }
  return {
    certificatePem: certificate.toString(),
    id: certificateId(certificate),
    signer: softwareSigner(privateKey, paths.key),
  };
}

/**
 * Makes a software CA in `folder`, or opens the one that is there. The key is durable before its certificate: an `init`
 * that was cut off goes on with the same key.
 */
export async function initCa(
  folder: string,
  options: { commonName: string } & StationTools,
): Promise<Ca & { isNew: boolean }> {
  const paths = caPaths(folder);
  await makeFolder(folder);
  await makeFolder(paths.private, 0o700);
  if ((await readTextIfThere(paths.certificate)) !== undefined) {
    return { ...(await openCa(folder)), isNew: false };
  }
  try {
    await createKeyFile(paths.key, 'ec-p256');
  } catch (error) {
    if (codeOf(error) !== 'key-exists') throw error;
  }
  const signer = softwareSigner(await readKeyFile(paths.key), paths.key);
  const certificatePem = await makeCaCertificate({
    commonName: options.commonName,
    publicKey: signer.publicKey,
    signer,
    nowMs: options.clock.wallMs(),
    random: options.random,
  });
  await createFileDurable(paths.certificate, certificatePem);
  return { ...(await openCa(folder)), isNew: true };
}
