import type { Duplex } from 'node:stream';
import { limits } from '../../protocol/limits.ts';

/** What is looked at, packet by packet, beside what the library does with them. */
export interface PacketSource {
  readonly stream: Pick<Duplex, 'on'>;
  on(event: 'packetsend' | 'packetreceive', listener: (packet: Packet) => void): unknown;
  sendPing(): void;
}

interface Packet {
  readonly cmd: string;
  readonly qos?: number | undefined;
}

/** One packet with topic and header, and what the socket reads ahead. */
const unreadBytesMax = limits.messageBytesMax + 128 * 1024;

export interface Pings {
  /** Sends PINGREQ. */
  ask(): void;
}

/**
 * What was published before a PINGREQ has been read when its PINGRESP comes: the broker reads in order. The library pings by
 * itself as well, so the answers are counted: an earlier one's proves nothing.
 */
export function countPings(client: PacketSource, proved: () => void): Pings {
  let sent = 0;
  let answered = 0;
  let asked = 0;
  client.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') sent += 1;
  });
  client.on('packetreceive', ({ cmd }) => {
    if (cmd !== 'pingresp') return;
    answered = Math.min(answered + 1, sent);
    if (asked === 0 || answered < asked) return;
    asked = 0;
    proved();
  });
  return {
    ask() {
      client.sendPing();
      asked = sent;
    },
  };
}

/**
 * The library gathers packets of up to 256 MB, and keeps what comes at QoS 2 until it is released. We subscribe at
 * QoS 0 and take messages of the protocol's size: whoever sends more ends the connection.
 */
export function limitPackets(client: PacketSource, tooMuch: (detail: string) => void): void {
  let unread = 0;
  client.stream.on('data', (chunk: Uint8Array) => {
    unread += chunk.byteLength;
    if (unread > unreadBytesMax) tooMuch('a packet larger than the protocol allows');
  });
  client.on('packetreceive', (packet) => {
    unread = 0;
    if (packet.cmd === 'publish' && packet.qos !== 0) tooMuch('a message above QoS 0');
  });
}
