import { limits } from '../protocol/limits.ts';

/**
 * What the broker library offers only in private. Its version is pinned; the integration tests fail when a part is gone.
 */

/** Topic and header beside the largest payload. */
const packetBytesMax = limits.messageBytesMax + 8 * 1024;

interface Parser {
  packet: { length: number };
  _parseLength(): boolean;
  emit(event: 'error', error: Error): boolean;
}

/** Without this the parser gathers packets of up to 256 MB before anybody is asked. */
export function limitPackets(client: object): void {
  const parser = (client as { _parser: Parser })._parser;
  const original = parser._parseLength;
  parser._parseLength = function (this: Parser) {
    const complete = original.call(this);
    if (!complete || this.packet.length <= packetBytesMax) return complete;
    this.emit('error', new Error('packet too large'));
    return false;
  };
}

/** Whether the client sent DISCONNECT. */
export const saidGoodbye = (client: object): boolean =>
  (client as { _disconnected: boolean })._disconnected;

/** Whether the library has ended a connection because its CONNECT was not there in time. It says so in words only. */
export const isConnectTimeout = (error: Error): boolean =>
  error.message === 'connect did not arrive in time';

/** Hears what goes wrong in the library's own housekeeping; unheard it would end the process. */
export function onFault(broker: object, hear: (error: Error) => void): void {
  (broker as { on(event: 'error', hear: (error: Error) => void): void }).on('error', hear);
}
