import { createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { readTrustedKeys, type TrustedKey } from '../../../agent/io/trust.ts';
import { firmwarePayloadType, preAuthEncoding } from '../../../protocol/firmware.ts';
import type { FirmwareManifest, SignedManifest } from '../../../protocol/schemas/firmware.ts';

/**
 * What is wrong with an image, if anything. Of the trusted ones, `crashes` ends at once, `hangs` sends no keep-alive to
 * the watchdog, `deaf` runs but never reaches its cloud. The next four carry a manifest that must not be trusted;
 * `damaged` does not match its manifest, and `missing` has no file.
 */
export const imageKinds = [
  ...['good', 'crashes', 'hangs', 'deaf'],
  ...['unsigned', 'wrong-hardware', 'rollback', 'expired', 'damaged', 'missing'],
] as const;
export type ImageKind =
  | 'good'
  | 'crashes'
  | 'hangs'
  | 'deaf'
  | 'unsigned'
  | 'wrong-hardware'
  | 'rollback'
  | 'expired'
  | 'damaged'
  | 'missing';

/** The contents of an image: what the slot does when it is started. */
export interface Image {
  readonly version: string;
  readonly counter: number;
  readonly kind: ImageKind;
}

export const factoryImage: Image = { version: '1.0.0', counter: 1, kind: 'good' };

export const bytesOf = (image: Image): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(image)}${' '.repeat(600)}`);

/** The image that a slot holds; undefined when it is not complete. */
export function imageIn(bytes: Uint8Array | undefined): Image | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Image;
  } catch {
    return undefined;
  }
}

export const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

const farMs = Date.UTC(2030, 0, 1);
const pastMs = Date.UTC(2026, 2, 1);

/**
 * The offer of an honest or dishonest publisher: the manifest in its envelope. Ed25519 signatures are deterministic.
 */
export function offerOf(image: Image, hardwareId: string): SignedManifest {
  const bytes = bytesOf(image);
  const manifest: FirmwareManifest = {
    v: 1,
    hardwareId: image.kind === 'wrong-hardware' ? 'another-board' : hardwareId,
    version: image.version,
    securityCounter: image.counter,
    length: bytes.byteLength,
    sha256: sha256Of(bytes),
    expiresMs: image.kind === 'expired' ? pastMs : farMs,
  };
  const payload = new TextEncoder().encode(JSON.stringify(manifest));
  const key = image.kind === 'unsigned' ? strangersKey : makersKey;
  const signature = sign(null, preAuthEncoding(firmwarePayloadType, payload), key);
  const [maker] = makersKeys;
  return {
    payloadType: firmwarePayloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: maker?.keyid ?? '', sig: signature.toString('base64') }],
  };
}

/** An Ed25519 key whose seed is one repeated byte (with its RFC 8410 prefix): anybody has it. */
function keyOf(seed: number): KeyObject {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = Buffer.concat([head, Buffer.alloc(32, seed)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

const makersKey = keyOf(1);
const strangersKey = keyOf(2);

/** The publisher's public keys that the robot trusts. */
export const makersKeys: readonly TrustedKey[] = readTrustedKeys(
  String(createPublicKey(makersKey).export({ type: 'spki', format: 'pem' })),
);
