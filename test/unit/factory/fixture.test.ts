import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { folders } from '../../support/pki-folder.ts';
import { runFactory } from '../../support/pki-station.ts';

const folder = folders();
let dir = '';
let ca = '';
const fixture = (...more: string[]) => runFactory('fixture', '--dir', ca, ...more);
const make = (out = 'jig', name = 'jig-1') => fixture('--name', name, '--out', join(dir, out));

beforeEach(async () => {
  dir = await folder();
  ca = join(dir, 'ca');
  await runFactory('init', '--dir', ca);
});

it('makes a bundle: a private key, a certificate, and the trusted CA', async () => {
  expect(await make()).toMatchObject({ exitCode: 0, err: '' });
  expect((await readdir(join(dir, 'jig'))).sort()).toEqual([
    'fixture.crt',
    'fixture.key',
    'line-ca.crt',
  ]);
  expect((await stat(join(dir, 'jig/fixture.key'))).mode & 0o777).toBe(0o600);
  expect((await fixture()).out).toBe('jig-1');
});

it('makes the same bundle again in the same folder, and rejects the name elsewhere', async () => {
  await make();
  const before = await readFile(join(dir, 'jig/fixture.crt'), 'utf8');
  await rm(join(dir, 'jig/fixture.crt'));
  expect((await make()).out).toContain('same fixture as before');
  expect(await readFile(join(dir, 'jig/fixture.crt'), 'utf8')).toBe(before);
  expect((await make('elsewhere')).err).toMatch(/\(fixture-exists\)\n .*--remove/);
  expect((await fixture('--name', 'jig-1', '--remove')).out).toBe('removed: jig-1');
  expect((await fixture('--name', 'jig-1', '--remove')).err).toContain('(fixture-unknown)');
  expect((await make('elsewhere')).exitCode).toBe(0);
});

it.each<[string, () => Promise<{ exitCode: number; err: string }>, string]>([
  ['a name with a path in it', () => make('jig', '../jig'), 'usage'],
  ['no folder', () => fixture('--name', 'jig-1'), 'usage'],
  ["the station's own folder", () => make('ca/line'), 'usage'],
  ['a folder without CA', () => runFactory('fixture', '--dir', dir), 'ca-missing'],
])('rejects %s', async (_, run, code) => {
  expect(await run()).toMatchObject({ err: expect.stringContaining(`(${code})`) });
});

it.each<[string, string[], string]>([
  ['an invalid address', ['--listen', 'factory'], '--listen'],
  ['every address without a name', ['--listen', '0.0.0.0'], '--host is missing'],
  ['an invalid port', ['--port', '1.5'], '--port'],
  ['an invalid host name', ['--host', 'a b'], 'x509-host-name'],
  ['an address of another machine', ['--listen', '203.0.113.7', '--port', '0'], 'config-listen'],
])('the station rejects %s', async (_, more, word) => {
  const ran = await runFactory('station', '--dir', ca, ...more);
  expect(ran.exitCode).not.toBe(0);
  expect(ran.err).toContain(word);
});
