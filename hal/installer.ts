/**
 * Writes an image into a slot that is not running.
 *
 * INVARIANT: the slot is made `empty` (unbootable, digest cleared) before its first byte changes, and `complete` only
 * after the last byte is on the medium and length and SHA-256 match. A power cut at any instant leaves it `empty`.
 * Rejects with `code` `refused` (booted slot, image larger than the slot), `mismatch` (length or hash), `io`, or the
 * signal's reason; the slot is then `empty`, and installing again is safe.
 */
export interface Installer {
  install(image: ImageSource, signal: AbortSignal): Promise<void>;
}

export interface ImageSource {
  readonly slot: string;
  readonly length: number;
  /** Hex. */
  readonly sha256: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Called from time to time with the number of bytes on the medium. */
  onProgress?(bytes: number): void;
}
