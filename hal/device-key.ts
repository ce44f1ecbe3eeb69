import type { KeyObject } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** The robot's private key, wherever it lives; it never leaves there. */
export interface DeviceKey {
  readonly publicKey: KeyObject;
  /** Signs `data` (hashed with SHA-256): DER ECDSA-Sig-Value or PKCS#1 v1.5 block. Repeating is safe. */
  sign(data: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * What TLS needs to use the key, to be spread beside the certificate: the key itself, or how to reach it. Which options
   * these are, only the board knows; certificates and CAs are never among them.
   */
  tls(): Omit<SecureContextOptions, 'cert' | 'ca'>;
}
