import { explain } from '../base/errors.ts';
import { limits } from '../protocol/limits.ts';
import { PacketReader, type Read } from '../protocol/mqtt/reader.ts';

/**
 * What the broker library offers only in private. Its version is pinned; the integration tests fail when a part is gone.
 */

interface Parser {
  parse(bytes: Buffer): number;
}

/**
 * Lets the library read whole packets only, and only those that keep the rules: it would gather up to 256 MB before it asks
 * anybody, and take strings that MQTT forbids. `fault` hears the first thing that is wrong; nothing is read after it.
 */
export function guardParser(
  client: object,
  fault: (fault: Extract<Read, { kind: 'fault' }>) => void,
): void {
  const parser = (client as { _parser: Parser })._parser;
  const original = parser.parse;
  const reader = new PacketReader({
    role: 'server',
    qosMax: 2,
    bytesMax: limits.packetBytesMax,
    skippedBytesMax: 0,
  });
  let isOver = false;
  const parse = (bytes: Uint8Array) => {
    try {
      original.call(parser, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    } catch (error) {
      // Well formed as it is, the library cannot read it: its sender's connection ends, and no other.
      isOver = true;
      fault({ kind: 'fault', code: 'malformed', detail: explain(error) });
    }
  };
  parser.parse = (bytes) => {
    reader.push(bytes);
    for (let read = reader.next(); read !== undefined && !isOver; read = reader.next()) {
      if (read.kind === 'packet') {
        parse(read.bytes);
        continue;
      }
      isOver = true;
      if (read.kind === 'fault') fault(read);
    }
    return 0;
  };
}

/** Whether the client sent DISCONNECT. */
export const hasSentDisconnect = (client: object): boolean =>
  (client as { _disconnected: boolean })._disconnected;

/** Whether the library has ended a connection because its CONNECT was not there in time. It says so in words only. */
export const isConnectTimeout = (error: Error): boolean =>
  error.message === 'connect did not arrive in time';

/** Hears what goes wrong in the library's own housekeeping; unheard it would end the process. */
export function onFault(broker: object, hear: (error: Error) => void): void {
  (broker as { on(event: 'error', hear: (error: Error) => void): void }).on('error', hear);
}
