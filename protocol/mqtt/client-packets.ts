import { limits } from '../limits.ts';
import { PacketReader } from './reader.ts';

/** The packets of one connection. */
export interface ClientPackets {
  push(bytes: Uint8Array): void;
  /** The next complete packet, undefined until more bytes have been pushed, or why there will be no more. */
  next(): Uint8Array | { readonly detail: string } | undefined;
}

/**
 * The packets from a broker to a client that uses QoS 0 only, as the agent and the bridge do, each checked before a
 * library reads it. A message larger than any in the protocol is skipped and reported to `skipped`.
 */
export function createClientPackets(
  skipped: (topic: string, byteCount: number) => void,
): ClientPackets {
  const { packetBytesMax: bytesMax, skippedBytesMax } = limits;
  const reader = new PacketReader({ role: 'client', qosMax: 0, bytesMax, skippedBytesMax });
  return {
    push: (bytes) => reader.push(bytes),
    next() {
      for (;;) {
        const read = reader.next();
        if (read === undefined) return undefined;
        if (read.kind === 'packet') return read.bytes;
        if (read.kind === 'fault') return read;
        skipped(read.topic, read.byteCount);
      }
    },
  };
}
