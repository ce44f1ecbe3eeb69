import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../cloud-stub/store/sqlite.ts';
import {
  connectObjects,
  elementIn,
  type ObjectClient,
  outcomeOf,
} from '../support/cloud-object-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';

let world: TestStub;
let objects: ObjectClient;
beforeAll(async () => {
  world = await startTestStub();
  objects = await connectObjects(world.stub.ready);
});
afterAll(async () => {
  objects[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

const folder = () => join(world.folder, 'cloud', 'objects');
const put = (key: string, text: string) =>
  objects.presigned('PUT', { key, body: Buffer.from(text) });
const textOf = async (key: string) => (await objects.presigned('GET', { key })).body.toString();

describe('a key', () => {
  const keys = [
    ...['a', 'a/b', 'a/b/c', 'a/', 'a//b', '/a', 'A'],
    ...['a b', 'a+b', 'a%20b', 'a&b=c', 'a?b', 'a#b', "it's(1)!*~", 'a\\b', '100%', '"<>'],
    ...['ä/ö ü', 'a\u0308', '\u{1f600}', '日本.png', 'a\nb', 'a\u0000b', '\u007f'],
    ...['.', '..', '../operator.json', 'a/../../operator.json', './a', '.incoming', '.incoming/x'],
    ...['__proto__', 'constructor', 'x'.repeat(1024), 'ä'.repeat(512), 'y/'.repeat(512)],
  ];

  it('may have any characters, names its object alone, and stays in the folder', async () => {
    const outside = async () => [
      (await readdir(join(world.folder, 'cloud'))).sort(),
      await readFile(world.stub.ready.operator, 'utf8'),
    ];
    const before = await outside();
    for (const key of keys) {
      expect([key, outcomeOf(await put(key, `bytes of ${key}`))]).toEqual([key, [200]]);
    }
    for (const key of keys) expect(await textOf(key)).toBe(`bytes of ${key}`);
    expect(await outside()).toEqual(before);
  });

  it('is refused above 1024 bytes of UTF-8', async () => {
    for (const key of ['x'.repeat(1025), 'ä'.repeat(513)]) {
      for (const method of ['PUT', 'GET']) {
        const answer = await objects.presigned(method, { key });
        expect(outcomeOf(answer)).toEqual([400, 'KeyTooLongError']);
        expect(elementIn(answer, 'Size')).toBe(String(Buffer.byteLength(key)));
      }
    }
  });
});

describe('an object that is replaced', () => {
  it('leaves one file', async () => {
    await put('twice', 'first');
    const before = await readdir(folder());
    await put('twice', 'second');
    expect(await textOf('twice')).toBe('second');
    expect((await readdir(folder())).length).toBe(before.length);
  });
});

describe('after a restart', () => {
  it('a file that no object has is put aside, and one of an earlier build is served', async () => {
    await put('kept', 'kept');
    const orphan = `${'0'.repeat(24)}-orphan.png`;
    objects[Symbol.dispose]();
    await world.restart(async () => {
      await writeFile(join(folder(), orphan), 'left by a crash');
      await mkdir(join(folder(), 'maps'), { recursive: true });
      await writeFile(join(folder(), 'maps', 'old.bin'), 'old');
      const store = openSqliteStore(join(world.folder, 'cloud', 'cloud.db'));
      const row = { size: 3, sha256: '', etag: '"o"', type: 'a/b', storedMs: 1 };
      store.commit([
        { table: 'objects', key: 'maps/old.bin', value: { key: 'maps/old.bin', ...row } },
      ]);
      store.close();
    });
    objects = await connectObjects(world.stub.ready);
    expect(await readdir(folder())).not.toContain(orphan);
    expect(await readdir(join(folder(), '.lost'))).toEqual([orphan]);
    expect([await textOf('kept'), await textOf('maps/old.bin')]).toEqual(['kept', 'old']);
    await put('maps/old.bin', 'new');
    expect(await textOf('maps/old.bin')).toBe('new');
    expect(await readdir(join(folder(), 'maps'))).toEqual([]);
  });
});
