import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PacketStream, type Packets } from '../../../base/packet-stream.ts';

/** Every byte is a packet; 0 is a fault. */
function bytewise(): Packets {
  let waiting: number[] = [];
  return {
    push(bytes) {
      waiting = [...waiting, ...bytes];
    },
    next() {
      const byte = waiting.shift();
      if (byte === undefined) return undefined;
      return byte === 0 ? { detail: 'a zero' } : Uint8Array.of(byte);
    },
  };
}

/** A socket whose peer sends more bytes than a reader should buffer, and that accepts `writesMax` writes. */
function endlessSocket(writesMax = 0) {
  let reads = 0;
  let writes = 0;
  const socket = new Duplex({
    writableHighWaterMark: 10,
    read() {
      reads += 1;
      this.push(reads > 100 ? null : Buffer.alloc(1000, 1));
    },
    write(_chunk, _encoding, done) {
      writes += 1;
      if (writes <= writesMax) done();
    },
  });
  return { socket, reads: () => reads };
}

describe('a stream of packets', () => {
  it('passes the bytes on one packet at a time, and ends with its socket', async () => {
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const stream = new PacketStream(socket, bytewise());
    const got: string[] = [];
    stream.on('data', (packet: Buffer) => got.push(packet.toString('hex')));
    const closed = once(stream, 'close');
    socket.push(Buffer.from([1, 2]));
    socket.push(Buffer.from([3]));
    socket.push(null);
    await closed;
    expect(got).toEqual(['01', '02', '03']);
    expect(socket.destroyed).toBe(true);
  });

  it('does not read ahead of a slow consumer', async () => {
    const { socket, reads } = endlessSocket();
    const stream = new PacketStream(socket, bytewise());
    stream.on('readable', () => {});
    await once(stream, 'readable');
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(stream.readableLength).toBeLessThanOrEqual(16 * 1024);
    const before = reads();
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(reads()).toBe(before);
    stream.destroy();
  });

  it.each<readonly [string, number[], (packet: Buffer) => void]>([
    ['a fault in the bytes', [1, 0, 2], () => {}],
    [
      'what its reader throws',
      [1, 2],
      () => {
        throw new RangeError('a bug of the library');
      },
    ],
  ])('ends with the code "protocol" for %s', async (_name, bytes, read) => {
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const stream = new PacketStream(socket, bytewise());
    stream.on('data', read);
    const failed = once(stream, 'error');
    socket.push(Buffer.from(bytes));
    expect(await failed).toMatchObject([{ code: 'protocol' }]);
    expect(socket.destroyed).toBe(true);
  });

  it.each([
    ['before', true],
    ['behind', false],
  ])(
    'closes when it writes %s the end of its socket and the write is never done',
    async (_name, isBefore) => {
      const { socket } = endlessSocket(isBefore ? 0 : 9);
      socket.pause();
      const stream = new PacketStream(socket, bytewise());
      stream.on('data', () => {});
      const closed = once(stream, 'close');
      if (isBefore) stream.write(Buffer.alloc(100));
      socket.emit('end');
      socket.destroy();
      if (!isBefore) stream.write(Buffer.alloc(100));
      await closed;
    },
  );
});
