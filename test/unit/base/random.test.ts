import { describe, expect, it } from 'vitest';
import { randomStream, seededRandom } from '../../../base/random.ts';

/** The first two numbers of a stream, as the 32 bits that they are made of. */
const bitsOf = (stream: () => number) => [stream() * 2 ** 32, stream() * 2 ** 32];

// Literal: found scenarios and measured figures name their seeds, and must not change.
describe('a stream of random numbers', () => {
  it.each([
    ['a state', randomStream(1), [2_693_262_067, 11_749_833]],
    ['seeds', seededRandom(1, 2), [3_674_048_811, 2_344_013_085]],
    ['the same seeds in another order', seededRandom(2, 1), [1_757_329_157, 1_573_480_639]],
  ])('is always the same for the seed %s', (_name, stream, bits) => {
    expect(bitsOf(stream)).toEqual(bits);
  });
});
