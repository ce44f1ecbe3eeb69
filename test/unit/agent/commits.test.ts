import { expect, it } from 'vitest';
import { createCommits } from '../../../agent/kernel/commits.ts';
import type { Store, Write } from '../../../agent/kernel/ports.ts';

const write = (key: string, data: number): Write => ({
  machine: 'm',
  key,
  value: { v: 1, minReader: 1, data },
});

/** A store that records each commit as `key=data`, and fails while the test says so. */
function noting() {
  const commits: string[][] = [];
  const state = { isFull: false };
  const store: Store = {
    load: () => [],
    commit(writes) {
      if (state.isFull) throw new Error('full');
      commits.push(writes.map(({ key, value }) => `${key}=${JSON.stringify(value?.data)}`));
    },
  };
  return { commits, state, taker: createCommits(store) };
}

it('commits at once what is not deferrable, and nothing without a change', () => {
  const { commits, taker } = noting();
  taker.take({ writes: [], isDeferrable: true });
  taker.take({ writes: [write('a', 1)], isDeferrable: false });
  taker.flush();
  expect(commits).toEqual([['a=1']]);
});

it('commits deferrable writes before the next others, the newest of each', () => {
  const { commits, taker } = noting();
  taker.take({ writes: [write('a', 1), write('b', 1)], isDeferrable: true });
  taker.take({ writes: [write('b', 2)], isDeferrable: true });
  expect(commits).toEqual([]);
  taker.take({ writes: [write('c', 1)], isDeferrable: false });
  taker.take({ writes: [write('d', 1)], isDeferrable: false });
  expect(commits).toEqual([['a=1', 'b=2', 'c=1'], ['d=1']]);
});

it('replaces a deferred write by a newer one that is not deferrable', () => {
  const { commits, taker } = noting();
  taker.take({ writes: [write('a', 1)], isDeferrable: true });
  taker.take({ writes: [{ machine: 'm', key: 'a', value: null }], isDeferrable: false });
  taker.flush();
  expect(commits).toEqual([['a=undefined']]);
});

it('keeps deferred writes when the store rejects them', () => {
  const { commits, state, taker } = noting();
  taker.take({ writes: [write('a', 1)], isDeferrable: true });
  state.isFull = true;
  expect(() => taker.take({ writes: [write('b', 1)], isDeferrable: false })).toThrow('full');
  expect(() => taker.flush()).toThrow('full');
  state.isFull = false;
  taker.flush();
  expect(commits).toEqual([['a=1']]);
});
