import { randomBytes } from 'node:crypto';
import { createIdentity } from '../../agent/io/identity.ts';
import { readIssuers } from '../../agent/io/issuers.ts';
import type { Identity } from '../../agent/ports.ts';
import { nodeFiles } from '../../base/files.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import {
  type KeyAndCertificate,
  makeCa,
  makeDeviceCertificate,
} from '../../base/x509/authority.ts';
import { readCsr } from '../../base/x509/read-csr.ts';
import { fileKeys } from '../../hal/linux/file-key.ts';

/** A robot's identity in a folder, and a factory that signs its requests. */

export const identityIn = (folder: string, robot = 'R1', renewalIssuers = ''): Identity =>
  createIdentity({
    ...{ files: nodeFiles, folder, robot, keys: fileKeys('ec-p256') },
    configured: () => readIssuers(renewalIssuers),
  });

export const testCa = (): Promise<KeyAndCertificate> =>
  makeCa({ commonName: 'Maker CA', nowMs: Date.now(), random: randomBytes });

/** The chain for a request, for the name that the factory chooses. */
export async function signCsr(ca: KeyAndCertificate, csr: string, name = 'R1'): Promise<string> {
  const read = readCsr(csr);
  if (!read.ok) throw new Error(read.message);
  const leaf = await makeDeviceCertificate({
    commonName: name,
    publicKey: read.csr.publicKey,
    issuer: ca.certificatePem,
    signer: keySigner(ca.privateKey),
    nowMs: Date.now(),
    random: randomBytes,
  });
  return leaf + ca.certificatePem;
}
