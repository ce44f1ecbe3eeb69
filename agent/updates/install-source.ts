import { codeOf } from '../../base/errors.ts';

/** An image's bytes on their way to the installer, and the errors of their source. */
export interface WatchedSource {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly transfer: { bytes: number; failure: unknown; isWhole: boolean };
}

/**
 * An installer reports that a slot was not written, but not why its source failed: it knows nothing of networks. So
 * this wrapper records the source's error.
 */
export function watchSource(source: AsyncIterable<Uint8Array>): WatchedSource {
  const transfer: WatchedSource['transfer'] = { bytes: 0, failure: undefined, isWhole: false };
  async function* watch() {
    try {
      for await (const chunk of source) {
        transfer.bytes += chunk.byteLength;
        yield chunk;
      }
      transfer.isWhole = true;
    } catch (error) {
      transfer.failure = error;
      throw error;
    }
  }
  return { chunks: watch(), transfer };
}

/** Why an image was not installed: because of its transfer, its bytes, or the slot. */
export function installCode(error: unknown, { transfer }: WatchedSource, length: number): string {
  if (transfer.failure !== undefined) return codeOf(transfer.failure);
  const code = codeOf(error);
  if (code === 'mismatch') {
    return transfer.isWhole && transfer.bytes === length ? 'wrong-digest' : 'wrong-length';
  }
  const cause = (error as { cause?: unknown }).cause;
  return [code, codeOf(cause)].includes('ENOSPC') ? 'no-space' : code;
}
