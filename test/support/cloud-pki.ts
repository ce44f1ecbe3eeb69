import { randomBytes } from 'node:crypto';
import { keySigner } from '../../base/x509/algorithms.ts';
import {
  type KeyAndCertificate,
  makeCa,
  makeDeviceCertificate,
  makeServerCertificate,
} from '../../base/x509/authority.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { generateKeys } from '../../base/x509/keys.ts';

/** A robot's key and certificate, minted in memory. */
export interface Identity {
  readonly name: string;
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  readonly certificateId: string;
}

/** A certificate of the robots' CA that is not for clients. */
export async function mintServer(ca: KeyAndCertificate, name: string): Promise<Identity> {
  const { privateKey, certificatePem: cert } = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: [name],
    nowMs: Date.now(),
    random: randomBytes,
  });
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { name, key, cert, certificateId: certificateId(cert) };
}

export const mintCa = (commonName = 'Test robots CA'): Promise<KeyAndCertificate> =>
  makeCa({ commonName, nowMs: Date.now(), random: randomBytes });

/** `nowMs` is when it was made, `lifeMs` how long it is good from then; a day is added before. */
export async function mintRobot(
  ca: KeyAndCertificate,
  name: string,
  { nowMs = Date.now(), ...validity }: { nowMs?: number; lifeMs?: number } = {},
): Promise<Identity> {
  const { privateKey, publicKey } = await generateKeys('ec-p256');
  const cert = await makeDeviceCertificate({
    commonName: name,
    publicKey,
    issuer: ca.certificatePem,
    signer: keySigner(ca.privateKey),
    nowMs,
    ...validity,
    random: randomBytes,
  });
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { name, key, cert, certificateId: certificateId(cert) };
}
