import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRuntime } from '../../../agent/io/runtime.ts';
import { nodeTransientFiles } from '../../../base/transient-files.ts';
import { folders } from '../../support/pki-folder.ts';

const newFolder = folders();
const inFolder = async (act: (folder: string) => void) => act(await newFolder());
const memory = { bootId: 'b', failures: 3, openedMs: 1.5, untilMs: 20 };

it('is restored by the next process', () =>
  inFolder((folder) => {
    expect(createRuntime(folder, nodeTransientFiles).recall()).toBeNull();
    createRuntime(folder, nodeTransientFiles).remember(memory);
    createRuntime(folder, nodeTransientFiles).remember({ ...memory, failures: 4 });
    expect(createRuntime(folder, nodeTransientFiles).recall()).toEqual({ ...memory, failures: 4 });
    expect(statSync(join(folder, 'link.json')).mode & 0o777).toBe(0o600);
  }));

it.each([
  ['nothing', ''],
  ['a half', '{"bootId":"b","fail'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a negative count', JSON.stringify({ ...memory, failures: -1 })],
  ['a count out of range', JSON.stringify({ ...memory, failures: 1e300 })],
  ['an invalid time', JSON.stringify({ ...memory, untilMs: 'soon' })],
  ['a missing time', JSON.stringify({ ...memory, openedMs: null })],
  ['an invalid boot', JSON.stringify({ ...memory, bootId: 7 })],
])('is ignored and replaced when the file holds %s', (_name, text) =>
  inFolder((folder) => {
    writeFileSync(join(folder, 'link.json'), text);
    const runtime = createRuntime(folder, nodeTransientFiles);
    expect(runtime.recall()).toBeNull();
    runtime.endBackoff();
    runtime.remember(memory);
    expect(runtime.recall()).toEqual(memory);
  }),
);

it('has no delay, and the time of the last attempt, after a requested end', () =>
  inFolder((folder) => {
    const runtime = createRuntime(folder, nodeTransientFiles);
    runtime.endBackoff();
    expect(runtime.recall()).toBeNull();
    runtime.remember(memory);
    runtime.endBackoff();
    expect(runtime.recall()).toEqual({ ...memory, failures: 0, untilMs: 0 });
  }));

it('rejects with its code when the folder rejects writes', () =>
  inFolder((folder) => {
    const runtime = createRuntime(folder, nodeTransientFiles);
    runtime.remember(memory);
    const before = readFileSync(join(folder, 'link.json'), 'utf8');
    mkdirSync(join(folder, 'link.json.new'));
    expect(() => runtime.remember({ ...memory, failures: 9 })).toThrow(/EISDIR/);
    runtime.endBackoff();
    expect(readFileSync(join(folder, 'link.json'), 'utf8')).toBe(before);
  }));
