import { createPublicKey, type KeyObject } from 'node:crypto';
import { codeOf, explain, PilotfishError } from '../errors.ts';
import { isSignedBy } from './algorithms.ts';
import { csrLabel } from './csr.ts';
import { checkAttributes, readAlgorithm, readCommonName, readKeyInfo } from './csr-parts.ts';
import { type DerNode, decode, encode, tags } from './der.ts';
import { keyKindOf } from './keys.ts';
import { decodePem } from './pem.ts';
import { inContext, inSequence, octets, wholeBits } from './shape.ts';

export interface Csr {
  /** The request's own name: to be compared with the expected one, never trusted. */
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly spkiDer: Uint8Array;
}

export type CsrReading =
  | { readonly ok: true; readonly csr: Csr }
  | { readonly ok: false; readonly code: CsrRefusal; readonly message: string };

/** Why a request was rejected. */
export const csrRefusals = {
  'csr-too-large': 'it is longer than any normal request',
  'csr-pem': 'it is not exactly one PEM block with a certificate request',
  'csr-shape': 'it is not DER, or its parts are not those of a request',
  'csr-subject': 'it does not name exactly one common name that can be read',
  'csr-algorithm': 'the signature algorithm is unknown or does not go with the key',
  'csr-key': 'the key is weak, of a kind not in use, or encoded in an unusual way',
  'csr-signature': 'it is not signed by its own key',
  'csr-ca-requested': 'it requests to become a CA',
  'csr-duplicate-extension': 'it requests the same extension twice',
} as const satisfies Record<string, string>;

export type CsrRefusal = keyof typeof csrRefusals;

const charsMax = 8192;

/**
 * Reads a certificate signing request from an untrusted source, as PEM. Never throws.
 *
 * Accepts it only when it is small, canonical PEM and DER, has the right tag at every node, a known algorithm, a sound
 * key (P-256, or RSA of 2048 to 4096 bits) and a signature by that key. Requested extensions are ignored, except two
 * that show bad intent; an issuer never copies any.
 */
export function readCsr(pem: string): CsrReading {
  try {
    return { ok: true, csr: read(pem) };
  } catch (error) {
    const code = codeOf(error);
    const isNamed = Object.hasOwn(csrRefusals, code);
    return {
      ok: false,
      code: isNamed ? (code as CsrRefusal) : 'csr-shape',
      message: explain(error),
    };
  }
}

function read(pem: string): Csr {
  if (pem.length > charsMax) {
    throw refusedError('csr-too-large', `${pem.length} characters, at most ${charsMax} are read`);
  }
  const der = decodePem(csrLabel, pem);
  if (der === undefined) throw refusedError('csr-pem', `expected one PEM block "${csrLabel}" only`);
  const [info, algorithmNode, signatureNode] = inSequence(decode(der), 'request', 3);
  const [version, subject, keyInfo, attributes] = inSequence(info, 'request information', 4);
  if (!octets(version, 'version', tags.integer).equals(Buffer.of(0))) {
    throw refusedError('csr-shape', 'version: expected 0');
  }
  const commonName = readCommonName(subject);
  const { publicKey, spkiDer } = readKey(keyInfo);
  const algorithm = readAlgorithm(algorithmNode);
  checkAttributes(inContext(attributes, 'attributes', 0));
  const signature = wholeBits(signatureNode, 'signature');
  const data = encode(info as DerNode);
  // RFC 2986 section 3: the signature proves possession of the key.
  if (!isSignedBy(publicKey, { algorithm, data, signature })) {
    throw refusedError('csr-signature', `the signature (${algorithm}) is not by the request's key`);
  }
  return { commonName, publicKey, spkiDer };
}

function readKey(node: DerNode | undefined): { publicKey: KeyObject; spkiDer: Uint8Array } {
  const spkiDer = readKeyInfo(node);
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey({ key: spkiDer, format: 'der', type: 'spki' });
  } catch {
    throw refusedError('csr-key', 'the public key cannot be read');
  }
  const kind = keyKindOf(publicKey);
  if (kind !== 'ec-p256' && kind !== 'rsa') {
    throw refusedError('csr-key', 'expected a P-256 key, or RSA of 2048 to 4096 bits');
  }
  if (!publicKey.export({ format: 'der', type: 'spki' }).equals(spkiDer)) {
    throw refusedError('csr-key', 'the public key is encoded in an unusual way');
  }
  return { publicKey, spkiDer };
}

const refusedError = (code: CsrRefusal, message: string): PilotfishError<CsrRefusal> =>
  new PilotfishError(code, message);
