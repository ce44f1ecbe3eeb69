import { limits } from '../limits.ts';
import { Count, Sha256, type Static, Text, Type, Url, Version, WallMs } from './kit.ts';

/** The signed content: everything that decides whether an image may be installed. */
export const FirmwareManifest = Type.Object({
  v: Version,
  /** The board that it is made for; must equal the board's own hardware id. */
  hardwareId: Text(64),
  version: Type.String({ pattern: '^[0-9A-Za-z.+_-]{1,64}$' }),
  /** Never decreases on a robot: an image with a lower one is rejected (rollback attack). */
  securityCounter: Count,
  length: Type.Integer({ minimum: 1, maximum: limits.firmwareBytesMax }),
  sha256: Sha256,
  /** The manifest may not be used for a new installation after this moment. */
  expiresMs: WallMs,
});
export type FirmwareManifest = Static<typeof FirmwareManifest>;

/** A manifest in its envelope: DSSE v1, payload and signatures in base64, Ed25519. */
export const SignedManifest = Type.Object({
  payloadType: Type.Literal('application/vnd.pilotfish.firmware+json'),
  payload: Text(8192),
  signatures: Type.Array(Type.Object({ keyid: Text(64), sig: Text(128) }), {
    minItems: 1,
    maxItems: 8,
  }),
});
export type SignedManifest = Static<typeof SignedManifest>;

/** The job document of a firmware update. Only `manifest` is trusted, and only as far as its signature is valid. */
export const FirmwareJob = Type.Object({
  v: Version,
  operation: Type.Literal('firmware-update'),
  manifest: SignedManifest,
  imageUrl: Url,
});
export type FirmwareJob = Static<typeof FirmwareJob>;
