import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { PilotfishError } from '../../base/errors.ts';
import { readPem } from '../../base/x509/pem.ts';
import { check } from '../../protocol/codec.ts';
import { firmwarePayloadType, preAuthEncoding } from '../../protocol/firmware.ts';
import { type Result, refuse } from '../../protocol/result.ts';
import type { FirmwareManifest, SignedManifest } from '../../protocol/schemas/firmware.ts';

/** The criteria for a manifest. */
export interface TrustContext {
  readonly keys: readonly TrustedKey[];
  readonly hardwareId: string;
  /** Images below this security counter are never installed (rollback attack). */
  readonly floor: number;
  /** Cloud time. */
  readonly nowMs: number;
}

export interface TrustedKey {
  readonly keyid: string;
  readonly key: KeyObject;
}

/**
 * Reads the public keys of a PEM file. `keyid` is the SHA-256 of the key's SPKI in DER, hex. Throws an error that names
 * the line and its fault.
 */
export function readTrustedKeys(pem: string): TrustedKey[] {
  const read = readPem(pem);
  if (!read.ok) throw new PilotfishError('pem', read.problem);
  return read.blocks.map(({ label, der, line }) => {
    const key = label === 'PUBLIC KEY' ? decodePublicKey(der) : undefined;
    if (key === undefined) {
      const message = `line ${line}: this is a block "${label}", expected a readable "PUBLIC KEY"`;
      throw new PilotfishError('pem', message);
    }
    const spki = key.export({ type: 'spki', format: 'der' });
    return { keyid: createHash('sha256').update(spki).digest('hex'), key };
  });
}

function decodePublicKey(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/**
 * Whether an envelope's manifest may be installed here. The signature comes first: the payload is not read before it is
 * verified. Source: DSSE v1 (verification), and the attack list of the TUF specification, section 1.5.
 */
export function checkManifest(
  envelope: SignedManifest,
  context: TrustContext,
): Result<FirmwareManifest> {
  if (envelope.payloadType !== firmwarePayloadType) {
    return refuse('untrusted', 'the envelope holds another kind of document');
  }
  const payload = Buffer.from(envelope.payload, 'base64');
  const signed = preAuthEncoding(envelope.payloadType, payload);
  const trusted = envelope.signatures.some(({ keyid, sig }) => {
    const known = context.keys.find((key) => key.keyid === keyid);
    return known !== undefined && verifySignature(signed, known.key, sig);
  });
  if (!trusted) return refuse('untrusted', 'no signature by a trusted key holds');
  const manifest = parsePayload(payload);
  if (!manifest.ok) return manifest;
  const { hardwareId, securityCounter, expiresMs } = manifest.value;
  if (hardwareId !== context.hardwareId) {
    return refuse('wrong-hardware', `made for ${hardwareId}, this is ${context.hardwareId}`);
  }
  if (securityCounter < context.floor) {
    return refuse('rollback', `security counter ${securityCounter} is below ${context.floor}`);
  }
  if (context.nowMs >= expiresMs) return refuse('expired', 'the manifest may not be used any more');
  return manifest;
}

function verifySignature(signed: Uint8Array, key: KeyObject, sig: string): boolean {
  return (
    key.asymmetricKeyType === 'ed25519' && verify(null, signed, key, Buffer.from(sig, 'base64'))
  );
}

function parsePayload(payload: Uint8Array): Result<FirmwareManifest> {
  try {
    return check('FirmwareManifest', JSON.parse(new TextDecoder().decode(payload)));
  } catch {
    return refuse('not-json', 'the signed payload is not JSON');
  }
}
