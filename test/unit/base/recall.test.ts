import { expect, it } from 'vitest';
import { recalling, recallingOf } from '../../../base/recall.ts';

const counted = <K>() => {
  const worked: K[] = [];
  return { worked, work: (key: K) => ({ n: worked.push(key) }) };
};

it('computes a result once while it is among the recently used ones', () => {
  const { worked, work } = counted<string>();
  const read = recalling(2, work);
  expect(read('a')).toBe(read('a'));
  read('b');
  read('a');
  read('c');
  expect(worked).toEqual(['a', 'b', 'c']);
  read('a');
  read('b');
  expect(worked).toEqual(['a', 'b', 'c', 'b']);
});

it('remembers a result that is undefined', () => {
  let works = 0;
  const read = recalling(2, () => void works++);
  read('a');
  read('a');
  expect(works).toBe(1);
});

it('does not keep a text above the bound', () => {
  const { worked, work } = counted<string>();
  const read = recalling(2, work);
  const long = 'x'.repeat(64 * 1024 + 1);
  read(long);
  read(long);
  expect(worked).toHaveLength(2);
});

it('computes the result of an object once, and of an equal other object again', () => {
  const { worked, work } = counted<object>();
  const read = recallingOf(work);
  const [one, other] = [{}, {}];
  expect(read(one)).toBe(read(one));
  read(other);
  expect(worked).toHaveLength(2);
});
