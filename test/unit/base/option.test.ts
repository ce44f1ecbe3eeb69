import { describe, expect, it } from 'vitest';
import { expectedOf, type ValueRule } from '../../../base/option.ts';

const rule = (change: Omit<ValueRule, 'describe'>): ValueRule => ({ describe: '', ...change });
const port = rule({ type: 'integer', min: 1, max: 65_535 });
const speed = rule({ type: 'number', min: 0.5 });
const word = rule({ type: 'string', words: ['auto', 'hand'] });
const name = rule({ type: 'string', pattern: /^[a-z]+$/, expected: 'small letters' });

describe('a value', () => {
  it.each<readonly [ValueRule, unknown]>([
    [port, 1],
    [port, 65_535],
    [speed, 0.5],
    [rule({ type: 'number' }), -1e300],
    [word, 'hand'],
    [name, 'robot'],
    [rule({ type: 'string' }), '__proto__'],
    [rule({ type: 'string', default: '' }), ''],
    [rule({ type: 'boolean' }), false],
  ])('satisfies %j: %j', (one, value) => {
    expect(expectedOf(one, value)).toBeUndefined();
  });

  it.each<readonly [ValueRule, unknown, string]>([
    [port, 0, 'a whole number from 1 to 65535'],
    [port, 1.5, 'a whole number from 1 to 65535'],
    [port, '80', 'a whole number from 1 to 65535'],
    [rule({ type: 'integer' }), 2 ** 53, 'a whole number'],
    [speed, Number.NaN, 'a number of at least 0.5'],
    [speed, Number.POSITIVE_INFINITY, 'a number of at least 0.5'],
    [rule({ type: 'number', max: 2 }), 3, 'a number of at most 2'],
    [word, 'Auto', 'one of auto, hand'],
    [word, 'constructor', 'one of auto, hand'],
    [name, 'R1', 'small letters'],
    [rule({ type: 'string' }), '', 'a text that is not empty'],
    [rule({ type: 'string' }), 7, 'a text'],
    [rule({ type: 'boolean' }), 'true', 'true or false'],
  ])('violates %j: %j', (one, value, expected) => {
    expect(expectedOf(one, value)).toBe(expected);
  });
});
