import { Duplex } from 'node:stream';
import { PilotfishError } from './errors.ts';

/** Splits bytes into packets. */
export interface Packets {
  push(bytes: Uint8Array): void;
  /** The next complete packet, undefined until more bytes have been pushed, or why there will be no more. */
  next(): Uint8Array | { readonly detail: string } | undefined;
}

/** The read-ahead for a busy reader. */
const aheadBytesMax = 16 * 1024;

/**
 * A socket's bytes, given to a library in complete packets. The socket is read only as fast as the library accepts
 * them: one chunk and one incomplete packet wait here, whatever the peer sends.
 *
 * Whatever the library throws while it reads ends this connection with the code `protocol`, and nothing else.
 */
export class PacketStream extends Duplex {
  readonly #socket: Duplex;
  readonly #packets: Packets;
  #isPulled = false;
  #isOver = false;
  /** A write waits for room in the socket. */
  #isFull = false;

  constructor(socket: Duplex, packets: Packets) {
    super({
      allowHalfOpen: false,
      readableHighWaterMark: aheadBytesMax,
      writableHighWaterMark: socket.writableHighWaterMark,
    });
    this.#socket = socket;
    this.#packets = packets;
    socket.on('data', (chunk: Uint8Array) => {
      packets.push(chunk);
      this.#fill();
    });
    socket.once('end', () => {
      this.#isOver = true;
      this.#fill();
    });
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => {
      // After the end the library reads what is still here, unless it waits for a write that will never complete.
      if (!this.#isOver || this.#isFull) this.destroy();
    });
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'data' && event !== 'readable') return super.emit(event, ...args);
    try {
      return super.emit(event, ...args);
    } catch (cause) {
      this.destroy(new PilotfishError('protocol', 'a packet could not be read', { cause }));
      return true;
    }
  }

  override _read(): void {
    this.#isPulled = true;
    this.#fill();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#isClosed(done)) return;
    this.#written(this.#socket.write(chunk), done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    if (this.#isClosed(done)) return;
    // One TLS record for a packet that is written in parts.
    this.#socket.cork();
    const hasRoom = chunks.map(({ chunk }) => this.#socket.write(chunk)).at(-1) ?? true;
    this.#socket.uncork();
    this.#written(hasRoom, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  /** Ends this stream, too, as if the peer had closed it, when its socket accepts no more. */
  #isClosed(done: () => void): boolean {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) return false;
    this.destroy();
    done();
    return true;
  }

  #written(hasRoom: boolean, done: (error?: Error | null) => void): void {
    if (hasRoom) {
      done();
      return;
    }
    this.#isFull = true;
    this.#socket.once('drain', () => {
      this.#isFull = false;
      done();
    });
  }

  #fill(): void {
    while (this.#isPulled && !this.destroyed) {
      const packet = this.#packets.next();
      if (packet === undefined) {
        if (this.#isOver) this.#isPulled = this.push(null);
        else if (this.#socket.isPaused()) this.#socket.resume();
        return;
      }
      if ('detail' in packet) {
        this.destroy(new PilotfishError('protocol', packet.detail));
        return;
      }
      this.#isPulled = this.push(packet);
    }
    this.#socket.pause();
  }
}
