import type { MqttClient } from 'mqtt';

/**
 * Messages that wait to be written to the broker. The library's QoS 0 publish waits for 'drain' without a bound and
 * forgets its callback when the connection closes. So the library gets nothing while the socket has enough to write.
 */
export interface Outbox {
  /** False when there is no room: the message is dropped. */
  push(topic: string, payload: Uint8Array): boolean;
}

const waitingMax = 10_000;
const waitingBytesMax = 16 * 1024 * 1024;

/** The outbox of one connection. What still waits when the connection closes is dropped. */
export function createOutbox(client: Pick<MqttClient, 'connected' | 'publish' | 'stream'>): Outbox {
  const waiting: { topic: string; payload: Buffer }[] = [];
  let bytes = 0;
  const { stream } = client;
  const hasRoom = () => client.connected && !stream.writableNeedDrain;
  const write = ({ topic, payload }: { topic: string; payload: Buffer }) =>
    void client.publish(topic, payload, { qos: 0 });
  stream.on('drain', () => {
    while (hasRoom()) {
      const next = waiting.shift();
      if (next === undefined) return;
      bytes -= next.payload.byteLength;
      write(next);
    }
  });
  return {
    push(topic, content) {
      if (!client.connected) return false;
      const message = { topic, payload: bytesOf(content) };
      if (waiting.length === 0 && hasRoom()) {
        write(message);
        return true;
      }
      const isFull = waiting.length >= waitingMax;
      if (isFull || bytes + message.payload.byteLength > waitingBytesMax) return false;
      waiting.push(message);
      bytes += message.payload.byteLength;
      return true;
    },
  };
}

/** The same bytes, not copied. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
