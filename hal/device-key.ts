import type { KeyObject } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** The robot's private key, wherever it is stored; it never leaves there. */
export interface DeviceKey {
  readonly publicKey: KeyObject;
  /** Signs `data` (hashed with SHA-256): DER ECDSA-Sig-Value or PKCS#1 v1.5 block. Repeating is safe. */
  sign(data: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * What TLS needs to use the key, to be spread beside the certificate: the key itself, or a reference to it. Only the
   * board determines these options; certificates and CAs are never among them.
   */
  tls(): Omit<SecureContextOptions, 'cert' | 'ca'>;
}
