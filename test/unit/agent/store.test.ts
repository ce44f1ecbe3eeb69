import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../agent/io/store.ts';
import type { Write } from '../../../agent/kernel/ports.ts';
import { lockStore, spoilValue } from '../../support/agent-sqlite.ts';
import { runProgram } from '../../support/child.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
let dir = '';
let path = '';
beforeEach(async () => {
  dir = await folder();
  path = join(dir, 'store.db');
});

const put = (key: string, data: unknown = key, machine = 'm'): Write => ({
  machine,
  key,
  value: { v: 1, minReader: 1, data: data as object },
});
const remove = (key: string): Write => ({ machine: 'm', key, value: null });

/** Opens the store, does something, closes it; answers what is in it then. */
function session(work: (store: ReturnType<typeof openStore>) => void, bytesMax?: number): string[] {
  using store = openStore(path, bytesMax);
  work(store);
  return store.load().map(({ machine, key }) => `${machine}/${key}`);
}
const nothing = () => {};

describe('the store', () => {
  it('is private, with its log beside it', async () => {
    await writeFile(path, '', { mode: 0o644 });
    using store = openStore(path);
    store.commit([put('k')]);
    const modes = await Promise.all(
      (await readdir(dir)).map(async (name) => (await stat(join(dir, name))).mode & 0o777),
    );
    expect(modes.length).toBeGreaterThan(1);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  it('returns what was stored after it was opened again', () => {
    const value = { v: 1, minReader: 1, data: { text: 'ä"\n', list: [1, null] } };
    session((store) => store.commit([{ machine: 'm', key: 'k', value }]));
    using store = openStore(path);
    expect(store.load()).toEqual([{ machine: 'm', key: 'k', value }]);
  });

  it('keeps the order of insertion, whatever changes later', () => {
    session((store) => {
      store.commit(['c', 'a', 'b'].map((key) => put(key)));
      store.commit([put('c', 'changed'), put('d'), remove('a')]);
    });
    expect(session(nothing)).toEqual(['m/c', 'm/b', 'm/d']);
    expect(session((store) => store.commit([put('a')]))).toEqual(['m/c', 'm/b', 'm/d', 'm/a']);
  });

  it('keeps machines apart', () => {
    const both = session((store) => {
      store.commit([put('k', 1, 'one'), put('k', 2, 'two')]);
      store.commit([{ machine: 'one', key: 'k', value: null }]);
    });
    expect(both).toEqual(['two/k']);
  });

  it('commits all of a transaction or nothing', () => {
    const circle: { self?: object } = {};
    circle.self = circle;
    const left = session((store) => {
      store.commit([put('before')]);
      expect(() => store.commit([put('half'), put('bad', circle)])).toThrow();
    });
    expect(left).toEqual(['m/before']);
    expect(session((store) => store.commit([put('after')]))).toEqual(['m/before', 'm/after']);
  });

  it('keeps committed values when its process is killed', async () => {
    const { signal } = await runProgram({
      source: `
        import { openStore } from './agent/io/store.ts';
        const store = openStore(${JSON.stringify(path)});
        const write = (key) => ({ machine: 'm', key, value: { v: 1, minReader: 1, data: key } });
        for (let i = 0; i < 100; i++) store.commit([write('a' + i), write('b' + i)]);
        process.kill(process.pid, 'SIGKILL');`,
    });
    expect(signal).toBe('SIGKILL');
    const left = session(nothing);
    expect(left).toHaveLength(200);
    expect(left.at(-1)).toBe('m/b99');
  });

  it('is readable by its owner alone', async () => {
    session((store) => store.commit([put('k')]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is small on the medium', async () => {
    session((store) => store.commit([put('k')]));
    expect((await stat(path)).size).toBeLessThan(16 * 1024);
  });
});

describe('a full store', () => {
  const kilobyte = 'x'.repeat(1024);
  const fill = (store: ReturnType<typeof openStore>) => {
    for (let i = 0; i < 1000; i++) store.commit([put(`k${i}`, kilobyte)]);
  };

  it('rejects with store-full, and works again when there is room', () => {
    const left = session((store) => {
      expect(() => fill(store)).toThrow(expect.objectContaining({ code: 'store-full' }));
      const [first] = store.load();
      store.commit([remove(first?.key ?? '')]);
      store.commit([put('small')]);
    }, 64 * 1024);
    expect(left.length).toBeGreaterThan(20);
    expect(left).not.toContain('m/k0');
    expect(left).toContain('m/small');
    expect(session(nothing)).toEqual(left);
  });
});

describe('an open store', () => {
  it('is exclusive: no other program reads or writes it', () => {
    const left = session((store) => {
      store.commit([put('before')]);
      expect(() => lockStore(path)).toThrow('locked');
      expect(() => session(nothing)).toThrow(expect.objectContaining({ code: 'store-locked' }));
      store.commit([put('after')]);
    });
    expect(left).toEqual(['m/before', 'm/after']);
  });

  it('has no index file, which would be written as often as the store', async () => {
    using store = openStore(path);
    store.commit([put('k')]);
    expect((await readdir(dir)).sort()).toEqual(['store.db', 'store.db-wal']);
  });

  it('keeps the order of its values when a transaction fails', () => {
    const circle: { self?: object } = {};
    circle.self = circle;
    const left = session((store) => {
      store.commit([put('a'), put('b')]);
      expect(() => store.commit([remove('a'), put('c'), put('bad', circle)])).toThrow();
      store.commit([put('a', 'changed'), put('c')]);
      store.commit([remove('b'), put('b'), remove('none')]);
    });
    expect(left).toEqual(['m/a', 'm/c', 'm/b']);
    expect(session(nothing)).toEqual(left);
  });
});

describe('a damaged store', () => {
  const corrupt = async () => (await readdir(dir)).filter((name) => name.endsWith('.corrupt'));

  it.each([
    ['that is not a database', async () => writeFile(path, 'x'.repeat(5000))],
    [
      'with a damaged header',
      async () => {
        session((store) => store.commit([put('k')]));
        const file = await open(path, 'r+');
        await file.write(Buffer.alloc(100), 0, 100, 0);
        await file.close();
      },
    ],
    [
      'with a damaged page',
      async () => {
        session((store) => {
          for (let i = 0; i < 200; i++) store.commit([put(`k${i}`, 'x'.repeat(500))]);
        });
        const bytes = await readFile(path);
        await writeFile(path, bytes.fill(0x5a, 20 * 1024, 60 * 1024));
      },
    ],
  ])('is quarantined %s, and a new one is created', async (_name, damage) => {
    await damage();
    expect(session((store) => store.commit([put('new')]))).toEqual(['m/new']);
    expect(await corrupt()).toEqual(['store.db.corrupt']);
    expect(session(nothing)).toEqual(['m/new']);
  });

  it('replaces the one in quarantine', async () => {
    for (const text of ['first', 'second']) {
      await writeFile(path, text.repeat(1000));
      session(nothing);
    }
    expect(await readFile(`${path}.corrupt`, 'utf8')).toContain('second');
    expect(await corrupt()).toHaveLength(1);
  });

  it('is not an empty file, which is a new store', async () => {
    await writeFile(path, '');
    expect(session((store) => store.commit([put('k')]))).toEqual(['m/k']);
    expect(await corrupt()).toEqual([]);
  });

  it('is not one with a value that is not JSON, which the reader handles', () => {
    session((store) => store.commit([put('k')]));
    spoilValue(path, 'k', '{');
    using store = openStore(path);
    expect(store.load()).toEqual([{ machine: 'm', key: 'k', value: undefined }]);
  });
});

describe('a store that is out of reach', () => {
  it('is not quarantined when its folder is missing', async () => {
    expect(() => openStore(join(dir, 'none', 'store.db'))).toThrow();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is not quarantined when a folder is in its place', async () => {
    expect(() => openStore(dir)).toThrow();
    expect((await stat(dir)).isDirectory()).toBe(true);
  });

  it('is not quarantined when another program has locked it', async () => {
    session((store) => store.commit([put('k')]));
    {
      using _lock = lockStore(path);
      expect(() => session(nothing)).toThrow(expect.objectContaining({ code: 'store-locked' }));
    }
    expect(session(nothing)).toEqual(['m/k']);
  });

  it('is not quarantined when the medium has no room', () => {
    session((store) => store.commit([put('k')]));
    session(nothing, 1024);
    expect(session(nothing)).toEqual(['m/k']);
  });
});
