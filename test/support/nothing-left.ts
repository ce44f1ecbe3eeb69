import { afterAll, expect } from 'vitest';

// Unit tests share their workers, which saves each file loading everything again. In return no file may
// leave anything behind for the next: a fake `process.nextTick` that stays, for one, and no message from the main process
// arrives any more. This runs beside every file and fails the one that left something, not the one that stumbles on it.

/** What one file could replace for the next. A fake equals what it replaces, so they are compared by identity. */
const functions = (): Readonly<Record<string, unknown>> => ({
  ...{ Date, performance, fetch, queueMicrotask },
  ...{ setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate },
  'process.nextTick': process.nextTick,
  'process.hrtime': process.hrtime,
  'process.stdout.write': process.stdout.write,
  'process.stderr.write': process.stderr.write,
});

/** What one file could change for the next. */
const values = (): Readonly<Record<string, unknown>> => ({
  'process.cwd()': process.cwd(),
  'process.exitCode': process.exitCode,
  ...process.env,
  ...Object.fromEntries(
    process.eventNames().map((name) => [`on ${String(name)}`, process.listenerCount(name)]),
  ),
});

const before = { ...functions(), ...values() };

afterAll(() => {
  const after = { ...functions(), ...values() };
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => before[name] !== after[name]);
  expect(changed, 'left behind by this file for the next').toEqual([]);
});
