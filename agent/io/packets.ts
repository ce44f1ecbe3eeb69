/** What is looked at, packet by packet, beside what the library does with them. */
export interface PacketSource {
  on(event: 'packetsend' | 'packetreceive', listener: (packet: Packet) => void): unknown;
  sendPing(): void;
}

interface Packet {
  readonly cmd: string;
}

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
