import { describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../../base/log.ts';
import { createChanges } from '../../../cloud-stub/core/changes.ts';
import {
  createRefusalBook,
  refusalRowsMax,
} from '../../../cloud-stub/services/connection-refusals.ts';
import { createCloudWorld, robot } from '../../support/cloud-world.ts';

function openBook() {
  const logged: Record<string, unknown>[] = [];
  const log: Log = { ...silentLog, warn: (fields) => void logged.push(fields) };
  const world = createCloudWorld();
  world.enter(robot);
  const [known] = world.store.list('certificates');
  return {
    book: createRefusalBook(log),
    logged,
    store: createChanges(world.store),
    id: known?.key ?? '',
  };
}

describe('rejected connections', () => {
  it('are counted by certificate where it is known, else by cause and address', () => {
    const { book, store, id } = openBook();
    for (const ms of [1, 2, 3]) book.note({ code: 'unknown-ca', address: '192.0.2.1' }, ms);
    book.note({ code: 'unknown-ca', address: '192.0.2.2' }, 4);
    book.note({ code: 'unknown-ca', address: '192.0.2.1', certificateId: 'e'.repeat(64) }, 5);
    for (const ms of [6, 7]) book.note({ code: 'inactive', certificateId: id }, ms);
    book.flush(store)();
    book.flush(store)();
    expect(store.list('connection_refusals').map(({ value }) => value)).toMatchObject([
      { code: 'unknown-ca', address: '192.0.2.1', count: 4, firstMs: 1, lastMs: 5 },
      { code: 'unknown-ca', address: '192.0.2.2', count: 1, firstMs: 4, lastMs: 4 },
    ]);
    const lastRefusal = () => store.get('certificates', id)?.lastRefusal;
    expect(lastRefusal()).toEqual({ code: 'inactive', atMs: 7, count: 2 });
    book.note({ code: 'inactive', certificateId: id }, 8);
    book.flush(store)();
    expect(lastRefusal()).toEqual({ code: 'inactive', atMs: 8, count: 3 });
    book.note({ code: 'revoked', certificateId: id }, 9);
    book.flush(store)();
    expect(lastRefusal()).toEqual({ code: 'revoked', atMs: 9, count: 1 });
  });

  it('are bounded in memory and in the table for any number of addresses', () => {
    const { book, store } = openBook();
    for (let n = 0; n < 3 * refusalRowsMax; n++) {
      book.note({ code: 'tls-failed', address: `a${n}` }, n);
      if (n % 700 === 0) book.flush(store)();
    }
    book.flush(store)();
    const rows = store.list('connection_refusals').map(({ value }) => value);
    expect(rows).toHaveLength(refusalRowsMax);
    expect(Math.min(...rows.map(({ lastMs }) => lastMs))).toBe(2 * refusalRowsMax);
  });

  it('are logged at the first, second, fourth, eighth... time', () => {
    const { book, logged } = openBook();
    for (let n = 1; n <= 100; n++) book.note({ code: 'expired', address: '192.0.2.1' }, n);
    expect(logged.map(({ count }) => count)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });

  it('are logged in at most 30 lines a minute for any number of addresses', () => {
    const { book, logged } = openBook();
    for (let n = 0; n < 1000; n++) book.note({ code: 'not-signed', address: `a${n}` }, n);
    expect(logged).toHaveLength(30);
    book.note({ code: 'not-signed', address: 'b' }, 60_000);
    expect(logged.at(-1)).toMatchObject({ count: 1, withheld: 970 });
  });

  it('are logged and stored without control characters and shortened', () => {
    const { book, logged, store } = openBook();
    const commonName = `\u001b[2J${'x'.repeat(500)}`;
    book.note({ code: 'unknown-ca', address: '192.0.2.1', commonName }, 1);
    book.flush(store)();
    const seen = JSON.stringify([logged, store.list('connection_refusals')]);
    expect(seen).not.toMatch(/u001b/);
    expect(seen).not.toContain('x'.repeat(128));
  });
});
