import type { Socket } from 'node:net';

/** What a TLS client offers in its first message, RFC 8446 section 4.1.2. */
export interface ClientHello {
  readonly cipherSuites: readonly number[];
  /** Server names as they stand in the extension of RFC 6066 section 3; none: it is not sent. */
  readonly serverNames: readonly string[];
  /** Names of the protocol, RFC 7301. */
  readonly protocols: readonly string[];
}

/** Reads the hello of a client that has just connected; nothing is answered. */
export async function readClientHello(socket: Socket): Promise<ClientHello> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3)) break;
  }
  // Record (5), handshake header (4), version (2), random (32).
  let at = 43;
  const take = (lengthBytes: number): Buffer => {
    const start = at + lengthBytes;
    at = start + bytes.readUIntBE(at, lengthBytes);
    return bytes.subarray(start, at);
  };
  take(1);
  const suites = take(2);
  take(1);
  const extensions = take(2);
  const found = new Map<number, Buffer>();
  for (let i = 0; i < extensions.length; ) {
    const length = extensions.readUInt16BE(i + 2);
    found.set(extensions.readUInt16BE(i), extensions.subarray(i + 4, i + 4 + length));
    i += 4 + length;
  }
  return {
    cipherSuites: Array.from({ length: suites.length / 2 }, (_, i) => suites.readUInt16BE(2 * i)),
    serverNames: list(found.get(0), 1, 2),
    protocols: list(found.get(16), 0, 1),
  };
}

/** Strings behind the length of their list, each behind `skipped` bytes and its own length. */
function list(extension: Buffer | undefined, skipped: number, lengthBytes: 1 | 2): string[] {
  const names: string[] = [];
  for (let at = 2; extension !== undefined && at < extension.length; ) {
    const start = at + skipped + lengthBytes;
    at = start + extension.readUIntBE(at + skipped, lengthBytes);
    names.push(String(extension.subarray(start, at)));
  }
  return names;
}
