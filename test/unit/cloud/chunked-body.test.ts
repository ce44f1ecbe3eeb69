import { describe, expect, it } from 'vitest';
import { readChunked } from '../../../cloud-stub/http/chunked-body.ts';

const trailerName = 'x-amz-checksum-crc32';
const trailer = `${trailerName}:AAAAAA==\r\n\r\n`;

/** The bytes and the trailer of a body that comes in pieces of so many bytes. */
async function read(text: string, { size = 5, piece = text.length || 1 } = {}) {
  const pieces = async function* () {
    for (let at = 0; at < text.length; at += piece) {
      yield Buffer.from(text.slice(at, at + piece), 'latin1');
    }
  };
  const body = readChunked(pieces(), { size, trailerName });
  let bytes = '';
  for await (const chunk of body.bytes) bytes += Buffer.from(chunk).toString('latin1');
  return [bytes, body.trailer()];
}

describe('a body in chunks', () => {
  const whole = `3\r\nab\n\r\n2\r\n\r\n\r\n0\r\n${trailer}`;

  it('is the same however it is cut', async () => {
    for (let piece = 1; piece <= whole.length; piece += 1) {
      expect(await read(whole, { piece })).toEqual(['ab\n\r\n', 'AAAAAA==']);
    }
  });

  it('may have no bytes, capitals in its sizes and blanks in its trailer', async () => {
    expect(await read(`0\r\n${trailer}`, { size: 0 })).toEqual(['', 'AAAAAA==']);
    const spaced = `A\r\n0123456789\r\n0\r\nX-Amz-Checksum-CRC32: AA== \r\n\r\n`;
    expect(await read(spaced, { size: 10 })).toEqual(['0123456789', 'AA==']);
  });

  it.each([
    ['ends at once', ''],
    ['ends in a size', '5'],
    ['ends in a chunk', '5\r\nabc'],
    ['ends after a chunk', '5\r\nabcde\r\n'],
    ['ends before its trailer', '5\r\nabcde\r\n0\r\n'],
    ['ends in its trailer', `5\r\nabcde\r\n0\r\n${trailer.slice(0, -2)}`],
    ['goes on after its trailer', `5\r\nabcde\r\n0\r\n${trailer}x`],
    ['is shorter than announced', `4\r\nabcd\r\n0\r\n${trailer}`],
    ['is longer than announced', `6\r\nabcdef\r\n0\r\n${trailer}`],
    ['is longer than announced in all', `5\r\nabcde\r\n1\r\nf\r\n0\r\n${trailer}`],
    ['has a longer chunk than its size', `5\r\nabcdef\r\n0\r\n${trailer}`],
    ['has a size that is none', `5g\r\nabcde\r\n0\r\n${trailer}`],
    ['has a negative size', `-5\r\nabcde\r\n0\r\n${trailer}`],
    ['has a huge size', `fffffffff\r\nabcde\r\n0\r\n${trailer}`],
    ['has signed chunks', `5;chunk-signature=${'0'.repeat(64)}\r\nabcde\r\n0\r\n${trailer}`],
    ['has other line ends', `5\nabcde\n0\n${trailer}`],
    ['has a line without end', '1'.repeat(10_000)],
    ['has no trailer', '5\r\nabcde\r\n0\r\n\r\n'],
    ['has another trailer', '5\r\nabcde\r\n0\r\nx-amz-checksum-sha1:AA==\r\n\r\n'],
    ['has two trailers', `5\r\nabcde\r\n0\r\n${trailer.slice(0, -2)}${trailer}`],
    ['has an empty trailer', `5\r\nabcde\r\n0\r\n${trailerName}:\r\n\r\n`],
  ])('is refused when it %s', async (_name, text) => {
    const code = expect.stringMatching(/^(IncompleteBody|MalformedTrailerError)$/);
    for (const piece of [1, 7, 10_000]) {
      await expect(read(text, { piece })).rejects.toMatchObject({ error: { status: 400, code } });
    }
  });
});
