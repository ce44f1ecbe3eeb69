import { randomBytes } from 'node:crypto';
import { keySigner } from '../../base/x509/algorithms.ts';
import {
  type KeyAndCertificate,
  makeCa,
  makeDeviceCertificate,
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

export const mintCa = (commonName = 'Test robots CA'): Promise<KeyAndCertificate> =>
  makeCa({ commonName, nowMs: Date.now(), random: randomBytes });

export async function mintRobot(ca: KeyAndCertificate, name: string): Promise<Identity> {
  const { privateKey, publicKey } = await generateKeys('ec-p256');
  const cert = await makeDeviceCertificate({
    commonName: name,
    publicKey,
    issuer: ca.certificatePem,
    signer: keySigner(ca.privateKey),
    nowMs: Date.now(),
    random: randomBytes,
  });
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { name, key, cert, certificateId: certificateId(cert) };
}
