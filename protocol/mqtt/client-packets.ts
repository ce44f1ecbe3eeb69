import { limits } from '../limits.ts';
import { PacketReader } from './reader.ts';

/** The packets of one connection. */
export interface ClientPackets {
  push(bytes: Uint8Array): void;
  /** The next whole packet, undefined until more bytes have been pushed, or why there will be none any more. */
  next(): Uint8Array | { readonly detail: string } | undefined;
}

/**
 * What a broker sends to a client that does everything at QoS 0, as the agent and the bridge do, packet by packet and judged
 * before a library sees it. A message that is larger than any of the protocol is thrown away and told to `skipped`.
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
