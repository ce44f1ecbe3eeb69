import { S3Refusal } from '../s3-errors.ts';

/**
 * A body as AWS's clients frame it (`aws-chunked`) when they calculate its checksum while they send it: chunks, then a
 * trailer. `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: neither is signed, TLS protects both.
 *
 *     1000\r\n <4096 bytes> \r\n … 0\r\n x-amz-checksum-crc32:AAAAAA==\r\n \r\n
 */

/** The longest line: a size in hexadecimal, or the trailer. */
const lineBytesMax = 256;

export interface ChunkedBody {
  /** The bytes without their frame; throws S3's error for a malformed one. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The trailer's value, once all bytes have been read. */
  trailer(): string | undefined;
}

/** `size`: of the bytes without their frame; `trailerName`: the only trailer, which must be there. */
export function readChunked(
  body: AsyncIterable<Uint8Array>,
  { size, trailerName }: { size: number; trailerName: string },
): ChunkedBody {
  let trailer: string | undefined;
  async function* decode(): AsyncGenerator<Uint8Array> {
    const source = createSource(body);
    let left = size;
    for (;;) {
      const chunk = sizeIn(await source.line());
      if (chunk === 0) break;
      left -= chunk;
      if (left < 0) throw malformed();
      yield* source.take(chunk);
      if ((await source.line()) !== '') throw malformed();
    }
    if (left > 0) throw malformed();
    const [, name = '', value] =
      /^([!-9;-~]+):[ \t]*([!-~]+)[ \t]*$/.exec(await source.line()) ?? [];
    if (name.toLowerCase() !== trailerName || (await source.line()) !== '') {
      throw new S3Refusal('MalformedTrailerError');
    }
    await source.end();
    trailer = value;
  }
  return { bytes: decode(), trailer: () => trailer };
}

/** A chunk may have no extension: that would be its signature. */
function sizeIn(line: string): number {
  if (!/^[0-9a-fA-F]{1,8}$/.test(line)) throw malformed();
  return Number.parseInt(line, 16);
}

function createSource(body: AsyncIterable<Uint8Array>) {
  const iterator = body[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const fill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return false;
      rest = next.value;
    }
    return true;
  };
  const cut = (bytes: number): Uint8Array => {
    const taken = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return taken;
  };
  return {
    async line(): Promise<string> {
      let text = '';
      while (!text.endsWith('\r\n')) {
        if (text.length > lineBytesMax || !(await fill())) throw malformed();
        const end = rest.indexOf(0x0a);
        text += Buffer.from(cut(end < 0 ? rest.length : end + 1)).toString(
          'latin1',
          0,
          lineBytesMax,
        );
        if (text.endsWith('\n') && !text.endsWith('\r\n')) throw malformed();
      }
      return text.slice(0, -2);
    },
    async *take(size: number): AsyncGenerator<Uint8Array> {
      for (let left = size; left > 0; ) {
        if (!(await fill())) throw new S3Refusal('IncompleteBody');
        const taken = cut(left);
        left -= taken.length;
        yield taken;
      }
    },
    async end(): Promise<void> {
      if (await fill()) throw malformed();
    },
  };
}

const malformed = () =>
  new S3Refusal('IncompleteBody', {}, 'The request body is not framed as announced');
