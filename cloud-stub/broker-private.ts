import { writeToStream } from 'mqtt-packet';
import { explain } from '../base/errors.ts';
import { limits } from '../protocol/limits.ts';
import { subscribesAtQos2 } from '../protocol/mqtt/packets.ts';
import { PacketReader, type Read } from '../protocol/mqtt/reader.ts';

/**
 * Private parts of the broker library that we need. Its version is pinned; the integration tests fail when a part is
 * missing.
 */

/** The library would keep a buffer for each of the 65,536 packet identifiers: 10 MB for what a robot never sends. */
writeToStream.cacheNumbers = false;

interface Parser {
  parse(bytes: Buffer): number;
}

/**
 * Lets the library read only whole packets that follow the rules. By itself the library would buffer up to 256 MB
 * before it calls a hook, and accept strings that MQTT forbids. `fault` gets the first problem; nothing is read after
 * it.
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
      // The packet is well formed, but the library cannot read it. Only its sender's connection is closed.
      isOver = true;
      fault({ kind: 'fault', code: 'malformed', detail: explain(error) });
    }
  };
  parser.parse = (bytes) => {
    reader.push(bytes);
    for (let read = reader.next(); read !== undefined && !isOver; read = reader.next()) {
      if (read.kind === 'packet') {
        // AWS IoT Core does not answer such a SUBSCRIBE; the library would grant QoS 2.
        if (!subscribesAtQos2(read.bytes)) parse(read.bytes);
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

/** Whether the library closed a connection because CONNECT did not arrive in time. Only the error's text says so. */
export const isConnectTimeout = (error: Error): boolean =>
  error.message === 'connect did not arrive in time';

/** Subscribes to errors of the library's own housekeeping; an unhandled one would end the process. */
export function onFault(broker: object, report: (error: Error) => void): void {
  (broker as { on(event: 'error', report: (error: Error) => void): void }).on('error', report);
}
