import { isForeignLevel } from './connect.ts';
import { bodyFault, headerFault, nameOf, packetType, type Reading } from './packets.ts';
import { readField, topicFault } from './strings.ts';

/**
 * Theory of operation. Bytes of one connection go in as they arrive; complete packets that follow the rules of MQTT
 * 3.1.1 come out, one for each call. A violation is a fault, and nothing comes after it [MQTT-4.8.0-1].
 *
 *     push(bytes) ... next() -> packet | skipped | fault | undefined: needs more bytes
 *
 * The fixed header gives type and length before the rest arrives, so an invalid packet is rejected by its first bytes.
 * A packet's buffer grows as its bytes arrive, so neither a large announced length nor a trickle of single bytes costs
 * more memory than was sent.
 *
 * A PUBLISH at QoS 0 that is larger than `bytesMax` is discarded as it arrives, and reported as `skipped`. One that is
 * larger than `skippedBytesMax`, or any other packet that is too large, is a fault.
 */
export interface ReaderOptions extends Reading {
  /** The largest packet to return, counted without its fixed header. */
  readonly bytesMax: number;
  /** The largest packet to skip instead of ending the connection; 0: none. */
  readonly skippedBytesMax: number;
}

export type Read =
  | { readonly kind: 'packet'; readonly bytes: Uint8Array }
  | { readonly kind: 'skipped'; readonly topic: string; readonly byteCount: number }
  | {
      readonly kind: 'fault';
      readonly code: 'malformed' | 'too-large';
      readonly detail: string;
      /** The topic of a PUBLISH that is too large. */
      readonly topic?: string;
    }
  | {
      readonly kind: 'fault';
      /** A CONNECT of MQTT 5 or another version, which a server answers as that version demands. */
      readonly code: 'other-level';
      readonly detail: string;
      readonly level: number;
    };

/** The fixed header: type and flags, and the remaining length in one to four bytes. */
interface Header {
  readonly first: number;
  readonly size: number;
  readonly length: number;
}

export class PacketReader {
  readonly #options: ReaderOptions;
  readonly #pending = new Pending();
  #fault: Read | undefined;
  #skipLeft = 0;
  /** The first packet is CONNECT or CONNACK, and there is no second one. */
  #expects: 'first' | 'more' | 'nothing' = 'first';

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  push(bytes: Uint8Array): void {
    if (this.#fault !== undefined) return;
    const skipped = Math.min(this.#skipLeft, bytes.length);
    this.#skipLeft -= skipped;
    this.#pending.push(bytes.subarray(skipped));
  }

  /** The next packet, a skipped one or a fault; undefined until more bytes have been pushed. */
  next(): Read | undefined {
    if (this.#fault !== undefined) return this.#fault;
    const read = this.#read();
    if (read?.kind === 'fault') {
      this.#fault = read;
      this.#pending.take(this.#pending.length);
    }
    return read;
  }

  #read(): Read | undefined {
    const header = this.#readHeader();
    if (header === undefined || 'kind' in header) return header;
    const { first, size, length } = header;
    const wrong = headerFault(first, length, this.#options) ?? this.#orderFault(first >> 4);
    if (wrong !== undefined) return malformedFault(wrong);
    if (length > this.#options.bytesMax) return this.#readTooLarge(header);
    const packet = this.#pending.take(size + length);
    if (packet === undefined) return undefined;
    const body = packet.subarray(size);
    const fault = bodyFault(first, body, this.#options);
    if (fault !== undefined) return malformedFault(fault);
    if (first >> 4 === packetType.connect && isForeignLevel(body)) {
      const level = body[6] ?? 0;
      return { kind: 'fault', code: 'other-level', detail: `CONNECT of level ${level}`, level };
    }
    // [MQTT-3.14.4-2]
    this.#expects = first >> 4 === packetType.disconnect ? 'nothing' : 'more';
    return { kind: 'packet', bytes: packet };
  }

  #readHeader(): Header | Read | undefined {
    const bytes = this.#pending.peek();
    let length = 0;
    // Section 2.2.3: four bytes at most. A length in more bytes than it needs is allowed before MQTT 5.
    for (let at = 1; at <= 4; at++) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      length += (byte & 0x7f) * 128 ** (at - 1);
      if (byte < 0x80) return { first: bytes[0] ?? 0, size: at + 1, length };
    }
    return malformedFault('a remaining length of more than four bytes (section 2.2.3)');
  }

  #orderFault(type: number): string | undefined {
    const isFirst = type === packetType.connect || type === packetType.connack;
    if (this.#expects === 'nothing') return `${nameOf(type)} behind DISCONNECT [MQTT-3.14.4-2]`;
    // [MQTT-3.1.0-2], section 3.2
    if (this.#expects === 'more' && isFirst) return `a second ${nameOf(type)} on one connection`;
    // [MQTT-3.1.0-1], [MQTT-3.2.0-1]
    if (this.#expects === 'first' && !isFirst) return `${nameOf(type)} before anything else`;
    return undefined;
  }

  /** A packet that ends the connection is reported at once; a skipped one as soon as its topic has arrived. */
  #readTooLarge({ first, size, length }: Header): Read | undefined {
    const { bytesMax, skippedBytesMax, role } = this.#options;
    const type = first >> 4;
    const detail = `${nameOf(type)} of ${length} bytes, at most ${bytesMax} are taken`;
    const tooLarge = { kind: 'fault', code: 'too-large', detail } as const;
    // A PUBLISH above QoS 0 needs a response, which needs its packet identifier.
    const isMessage = type === packetType.publish && (first & 0x06) === 0;
    const isSkipped = isMessage && length <= skippedBytesMax;
    const name = type === packetType.publish ? readField(this.#pending.peek(), size) : undefined;
    if (name === undefined) return isSkipped ? undefined : tooLarge;
    const fault = topicFault(name.bytes, role === 'server');
    if (fault !== undefined) return malformedFault(`${nameOf(type)}: ${fault}`);
    const topic = new TextDecoder().decode(name.bytes);
    if (!isSkipped) return { ...tooLarge, topic };
    const here = Math.min(size + length, this.#pending.length);
    this.#pending.take(here);
    this.#skipLeft = size + length - here;
    return { kind: 'skipped', topic, byteCount: length };
  }
}

const malformedFault = (detail: string): Read => ({ kind: 'fault', code: 'malformed', detail });

/** Bytes of an incomplete packet: the newest chunk as it is, or a growing copy. */
class Pending {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #isOurs = false;

  get length(): number {
    return this.#end - this.#start;
  }

  peek(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.length === 0) {
      this.#hold(chunk, chunk.length, false);
      return;
    }
    const needed = this.length + chunk.length;
    if (!this.#isOurs || this.#end + chunk.length > this.#bytes.length) {
      const copy = new Uint8Array(Math.max(2 * this.length, needed, 256));
      const { length } = this;
      copy.set(this.peek());
      this.#hold(copy, length, true);
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The first `count` bytes; undefined until they have arrived. They are not overwritten later. */
  take(count: number): Uint8Array | undefined {
    if (this.length < count) return undefined;
    const taken = this.#bytes.subarray(this.#start, this.#start + count);
    this.#start += count;
    if (this.length === 0) this.#hold(new Uint8Array(0), 0, false);
    return taken;
  }

  #hold(bytes: Uint8Array, end: number, isOurs: boolean): void {
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = end;
    this.#isOurs = isOurs;
  }
}
