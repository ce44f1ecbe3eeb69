/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4) and CRC-64/NVME (NVM Express, NVM Command Set Specification, "64b CRC"),
 * which `node:zlib` does not have. Both are bit-reflected, begin with all ones and end inverted. Eight tables, one for
 * each byte of a step, take eight bytes at a time.
 */

/** A CRC of bytes that arrive one after another. */
export interface RunningCrc {
  update(chunk: Uint8Array): void;
  /** Of all bytes so far, the most significant byte first. */
  digest(): Uint8Array;
}

const crc32cPolynomial = { low: 0x82f63b78, high: 0 };
const crc64NvmePolynomial = { low: 0xac4bc9b5, high: 0x9a6c9329 };

export function startCrc32c(): RunningCrc {
  const { low } = makeTables(crc32cPolynomial);
  let crc = -1;
  return {
    update(chunk) {
      crc = crc32After(low, crc, chunk);
    },
    digest: () => bytesOf([~crc]),
  };
}

export function startCrc64Nvme(): RunningCrc {
  const tables = makeTables(crc64NvmePolynomial);
  const crc = { low: -1, high: -1 };
  return {
    update: (chunk) => updateCrc64(tables, crc, chunk),
    digest: () => bytesOf([~crc.high, ~crc.low]),
  };
}

interface Tables {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Every index is within its table. */
const at = (words: Int32Array, index: number): number => words[index] as number;

function crc32After(t: Int32Array, before: number, chunk: Uint8Array): number {
  const whole = chunk.length & ~7;
  let crc = before;
  for (let i = 0; i < whole; i += 8) {
    const a = crc ^ wordAt(chunk, i);
    const b = wordAt(chunk, i + 4);
    crc =
      at(t, 1792 + (a & 255)) ^
      at(t, 1536 + ((a >>> 8) & 255)) ^
      at(t, 1280 + ((a >>> 16) & 255)) ^
      at(t, 1024 + (a >>> 24)) ^
      at(t, 768 + (b & 255)) ^
      at(t, 512 + ((b >>> 8) & 255)) ^
      at(t, 256 + ((b >>> 16) & 255)) ^
      at(t, b >>> 24);
  }
  for (let i = whole; i < chunk.length; i += 1) {
    crc = (crc >>> 8) ^ at(t, (crc ^ (chunk[i] as number)) & 255);
  }
  return crc;
}

function updateCrc64(
  { low: t, high: u }: Tables,
  crc: { low: number; high: number },
  chunk: Uint8Array,
): void {
  const whole = chunk.length & ~7;
  let { low, high } = crc;
  for (let i = 0; i < whole; i += 8) {
    const a = low ^ wordAt(chunk, i);
    const b = high ^ wordAt(chunk, i + 4);
    const i0 = 1792 + (a & 255);
    const i1 = 1536 + ((a >>> 8) & 255);
    const i2 = 1280 + ((a >>> 16) & 255);
    const i3 = 1024 + (a >>> 24);
    const i4 = 768 + (b & 255);
    const i5 = 512 + ((b >>> 8) & 255);
    const i6 = 256 + ((b >>> 16) & 255);
    const i7 = b >>> 24;
    low =
      at(t, i0) ^ at(t, i1) ^ at(t, i2) ^ at(t, i3) ^ at(t, i4) ^ at(t, i5) ^ at(t, i6) ^ at(t, i7);
    high =
      at(u, i0) ^ at(u, i1) ^ at(u, i2) ^ at(u, i3) ^ at(u, i4) ^ at(u, i5) ^ at(u, i6) ^ at(u, i7);
  }
  for (let i = whole; i < chunk.length; i += 1) {
    const index = (low ^ (chunk[i] as number)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ at(t, index);
    high = (high >>> 8) ^ at(u, index);
  }
  crc.low = low;
  crc.high = high;
}

/** Four bytes, the least significant first. */
const wordAt = (chunk: Uint8Array, i: number): number =>
  (chunk[i] as number) |
  ((chunk[i + 1] as number) << 8) |
  ((chunk[i + 2] as number) << 16) |
  ((chunk[i + 3] as number) << 24);

/** Table `n` has, at `256 * n + byte`, what a byte becomes that `n` further bytes follow. */
function makeTables(polynomial: { low: number; high: number }): Tables {
  const low = new Int32Array(8 * 256);
  const high = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let l = byte;
    let h = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (l & 1) === 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (isOdd) {
        l ^= polynomial.low;
        h ^= polynomial.high;
      }
    }
    low[byte] = l;
    high[byte] = h;
  }
  for (let i = 256; i < 8 * 256; i += 1) {
    const l = low[i - 256] as number;
    const h = high[i - 256] as number;
    low[i] = ((l >>> 8) | (h << 24)) ^ (low[l & 255] as number);
    high[i] = (h >>> 8) ^ (high[l & 255] as number);
  }
  return { low, high };
}

function bytesOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setInt32(4 * i, word);
  return bytes;
}
