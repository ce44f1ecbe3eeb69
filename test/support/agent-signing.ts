import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { FirmwareManifest, SignedManifest } from '../../protocol/schemas/firmware.ts';

/** A publisher of firmware that shares nothing with ours: the envelope is written out here as the standard says. */

export const payloadType = 'application/vnd.pilotfish.firmware+json';

export interface Publisher {
  readonly keyid: string;
  /** PEM. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function newPublisher(kind: 'ed25519' | 'ed448' | 'ec' = 'ed25519'): Publisher {
  const { privateKey, publicKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : kind === 'ed448'
        ? generateKeyPairSync('ed448')
        : generateKeyPairSync('ed25519');
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return {
    keyid: createHash('sha256').update(der).digest('hex'),
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
    privateKey,
  };
}

/** DSSE v1 protocol.md: PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body. */
const preAuth = (type: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body]);

/** Signs what is given, honestly, whatever it is. */
export function signed(
  content: FirmwareManifest | object | string,
  publishers: readonly Publisher[],
  type: string = payloadType,
): SignedManifest {
  const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return {
    payloadType: type as SignedManifest['payloadType'],
    payload: body.toString('base64'),
    signatures: publishers.map(({ keyid, privateKey }) => ({
      keyid,
      sig: sign(null, preAuth(type, body), privateKey).toString('base64'),
    })),
  };
}
