import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../cloud-stub/http/exchange.ts';
import { getObject } from '../../../cloud-stub/http/object-get.ts';
import { readObjectRequest } from '../../../cloud-stub/http/object-requests.ts';
import type { ObjectStore } from '../../../cloud-stub/http/object-store.ts';
import type { ObjectRow } from '../../../cloud-stub/rows.ts';

const row = (file: string): ObjectRow => ({
  ...{ key: 'a', size: 0, sha256: '', etag: `"${file}"`, type: 'a/b', storedMs: 0, file },
});

/** Reads while the row changes: each look at it gives the next of `rows`. Returns the headers sent, or what was thrown. */
async function readWhile(rows: (ObjectRow | undefined)[], files: string[]) {
  const looks = [...rows];
  const store = {
    cloud: { rows: { get: () => looks.shift() } },
    files: {
      open: (file: string) => Promise.resolve(files.includes(file) ? { close() {} } : undefined),
    },
  } as unknown as ObjectStore;
  let sent: unknown;
  const response = {
    writeHead(_: number, headers: unknown) {
      sent = headers;
    },
    end() {},
  };
  const exchange = { response, request: { method: 'GET' } } as unknown as Exchange;
  const request = readObjectRequest({ method: 'GET', target: '/objects/a', headers: {} });
  await getObject(store, exchange, request);
  return sent;
}

describe('a read between whose look at the row and opening of the file', () => {
  it('the object is replaced gives the new one', async () => {
    const sent = readWhile([row('1'), row('2'), row('2')], ['2']);
    await expect(sent).resolves.toMatchObject({ etag: '"2"' });
  });

  it('the object is deleted finds none', async () => {
    const sent = readWhile([row('1'), undefined, undefined], []);
    await expect(sent).rejects.toMatchObject({ error: { code: 'NoSuchKey' } });
  });

  it('nothing happens fails when the file is lost', async () => {
    await expect(readWhile([row('1'), row('1')], [])).rejects.toThrow('the file of a is lost');
  });
});
