import { type KeyObject, sign } from 'node:crypto';
import {
  around,
  bitString,
  type DerNode,
  encode,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tags,
  text,
  truth,
} from '../../base/x509/der.ts';
import { publicKeyInfo } from '../../base/x509/fields.ts';
import type { KeyPair } from '../../base/x509/keys.ts';
import { encodePem } from '../../base/x509/pem.ts';

/** Certificate requests from given parts, correctly signed, whatever their content is. */

export interface CsrParts {
  readonly version: DerNode;
  readonly subject: DerNode;
  readonly keyInfo: DerNode;
  readonly attributes: DerNode;
  readonly algorithm: DerNode;
}

export const csrPem = (der: Uint8Array): string => encodePem('CERTIFICATE REQUEST', der);

export const commonName = (value: string, type: number = tags.utf8String): DerNode =>
  setOf(sequence(oid('2.5.4.3'), text(type, value)));

export const ecdsaSha256 = (): DerNode => sequence(oid('1.2.840.10045.4.3.2'));

/** The parts of a valid P-256 or RSA request, with some replaced. */
export function csrParts(publicKey: KeyObject, changes: Partial<CsrParts> = {}): CsrParts {
  const rsa = sequence(oid('1.2.840.113549.1.1.11'), text(tags.null, ''));
  return {
    version: integer(Uint8Array.of(0)),
    subject: sequence(commonName('robot-1')),
    keyInfo: publicKeyInfo(publicKey),
    attributes: around(0),
    algorithm: publicKey.asymmetricKeyType === 'rsa' ? rsa : ecdsaSha256(),
    ...changes,
  };
}

/** Signs the information with SHA-256 and puts the request together. */
export function signCsr(privateKey: KeyObject, info: DerNode, algorithm: DerNode): Buffer {
  const signature = sign('sha256', encode(info), privateKey);
  return encode(sequence(info, algorithm, bitString(signature)));
}

export function buildCsr(keys: KeyPair, changes: Partial<CsrParts> = {}): string {
  const { version, subject, keyInfo, attributes, algorithm } = csrParts(keys.publicKey, changes);
  const info = sequence(version, subject, keyInfo, attributes);
  return csrPem(signCsr(keys.privateKey, info, algorithm));
}

/** PKCS#9 attribute asking for extensions. */
export const extensionRequest = (...extensions: DerNode[]): DerNode =>
  sequence(oid('1.2.840.113549.1.9.14'), setOf(sequence(...extensions)));

export const extension = (dotted: string, value: DerNode): DerNode =>
  sequence(oid(dotted), octetString(encode(value)));

export const basicConstraints = (isCa: boolean): DerNode =>
  extension('2.5.29.19', isCa ? sequence(truth()) : sequence());
