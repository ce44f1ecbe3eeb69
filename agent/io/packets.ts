/** Observes each packet beside the library's own handling. */
export interface PacketSource {
  on(event: 'packetsend' | 'packetreceive', listener: (packet: Packet) => void): unknown;
  sendPing(): void;
}

interface Packet {
  readonly cmd: string;
}

export interface Pings {
  /** Sends PINGREQ. */
  request(): void;
}

/**
 * When a PINGRESP arrives, the broker has read everything published before the PINGREQ: it reads in order. The library
 * sends pings as well, so the answers are counted: the answer to an earlier ping proves nothing.
 */
export function countPings(client: PacketSource, proved: () => void): Pings {
  let sent = 0;
  let answered = 0;
  let requested = 0;
  client.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') sent += 1;
  });
  client.on('packetreceive', ({ cmd }) => {
    if (cmd !== 'pingresp') return;
    answered = Math.min(answered + 1, sent);
    if (requested === 0 || answered < requested) return;
    requested = 0;
    proved();
  });
  return {
    request() {
      client.sendPing();
      requested = sent;
    },
  };
}
