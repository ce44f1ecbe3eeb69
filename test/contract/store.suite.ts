import { describe, expect, it } from 'vitest';
import type { Store, Write } from '../../agent/kernel/ports.ts';

/** A medium with a store on it. */
export interface StoreSubject extends AsyncDisposable {
  /** The store as the running process has it. */
  readonly store: Store;
  /** Ends the process and opens the store again. */
  reopen(): void;
  /** From now on the medium rejects every write. */
  fill(): void;
}

/** What a full medium does to a commit: it throws, or the values are kept in memory. */
export type WhenFull = 'throws' | 'keeps in memory';

const put = (key: string, data: unknown = key, machine = 'm'): Write => ({
  machine,
  key,
  value: { v: 1, minReader: 1, data: data as object },
});
const remove = (key: string): Write => ({ machine: 'm', key, value: null });

/** What the agent's loop expects of a store, on whatever medium. `open` gives an empty one each time. */
export function storeContract(
  name: string,
  whenFull: WhenFull,
  open: () => Promise<StoreSubject>,
): void {
  describe(`store contract: ${name}`, () => {
    const names = ({ store }: StoreSubject) =>
      store.load().map(({ machine, key }) => `${machine}/${key}`);

    it('is empty at first', async () => {
      await using subject = await open();
      expect(subject.store.load()).toEqual([]);
    });

    it('returns committed values, at once and after it is opened again', async () => {
      await using subject = await open();
      const value = { v: 1, minReader: 1, data: { text: 'ä"\n\u0000', list: [1, null, 0.5] } };
      const stored = [{ machine: 'm', key: '', value }];
      subject.store.commit(stored);
      expect(subject.store.load()).toEqual(stored);
      subject.reopen();
      expect(subject.store.load()).toEqual(stored);
    });

    it('keeps the order of first writes, whatever is written later', async () => {
      await using subject = await open();
      subject.store.commit(['c', 'a', 'b'].map((key) => put(key)));
      subject.store.commit([put('c', 'changed'), put('d'), remove('a')]);
      expect(names(subject)).toEqual(['m/c', 'm/b', 'm/d']);
      subject.reopen();
      subject.store.commit([put('a')]);
      expect(names(subject)).toEqual(['m/c', 'm/b', 'm/d', 'm/a']);
    });

    it('applies the writes of a commit in their order', async () => {
      await using subject = await open();
      subject.store.commit([put('a', 1), put('b', 1)]);
      subject.store.commit([put('a', 2), put('a', 3), remove('b'), put('b', 4), remove('none')]);
      const values = subject.store.load().map(({ key, value }) => [key, value]);
      expect(values).toEqual([
        ['a', put('a', 3).value],
        ['b', put('b', 4).value],
      ]);
    });

    it('separates equal keys of two machines', async () => {
      await using subject = await open();
      subject.store.commit([put('k', 1, 'one'), put('k', 2, 'two')]);
      subject.store.commit([{ machine: 'one', key: 'k', value: null }]);
      expect(names(subject)).toEqual(['two/k']);
    });

    it('returns new copies at each load', async () => {
      await using subject = await open();
      subject.store.commit([put('a', { list: [1] })]);
      for (const { value } of subject.store.load()) {
        (value as { data: { list: number[] } }).data.list.push(2);
      }
      expect(subject.store.load()).toEqual([put('a', { list: [1] })]);
    });

    if (whenFull === 'throws') {
      it('stores no part of a commit when one value is not JSON', async () => {
        await using subject = await open();
        subject.store.commit([put('before')]);
        const circle: { self?: object } = {};
        circle.self = circle;
        const half = [put('before', 'changed'), put('half'), put('bad', circle)];
        expect(() => subject.store.commit(half)).toThrow();
        expect(subject.store.load()).toEqual([put('before')]);
        subject.reopen();
        expect(subject.store.load()).toEqual([put('before')]);
      });

      it('throws store-full when the medium is full, and stores no part of the commit', async () => {
        await using subject = await open();
        subject.store.commit([put('a', 1)]);
        subject.fill();
        const large = [put('a', 2), put('b', 'x'.repeat(100_000))];
        expect(() => subject.store.commit(large)).toThrow(
          expect.objectContaining({ code: 'store-full' }),
        );
        expect(subject.store.load()).toEqual([put('a', 1)]);
        subject.reopen();
        expect(subject.store.load()).toEqual([put('a', 1)]);
      });
    } else {
      it('keeps values in memory when the medium is full', async () => {
        await using subject = await open();
        subject.store.commit([put('a', 1)]);
        subject.fill();
        subject.store.commit([put('a', 2), put('b', 'x'.repeat(100_000))]);
        expect(names(subject)).toEqual(['m/a', 'm/b']);
        expect(subject.store.load()[0]).toEqual(put('a', 2));
        subject.reopen();
        expect(subject.store.load()).toEqual([put('a', 1)]);
      });
    }
  });
}
