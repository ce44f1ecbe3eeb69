import { randomBytes } from 'node:crypto';
import { cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chainPath } from '../../../factory/chain.ts';
import { changeChain } from '../../support/pki-chain.ts';
import { folders } from '../../support/pki-folder.ts';
import { robotRequest, runFactory } from '../../support/pki-station.ts';

const folder = folders();
const serials = ['robot-1', 'robot-2', 'robot-3'];
let fresh = '';
let ca = '';
let dir = '';

async function sign(serial: string) {
  const { path } = await robotRequest(dir, { serial, file: randomBytes(4).toString('hex') });
  const names = ['--csr', path, '--serial', serial, '--out', join(dir, 'chain.pem')];
  return runFactory('sign', '--dir', ca, ...names);
}
const journal = (...more: string[]) => runFactory('journal', '--dir', ca, ...more);
const entryOf = async (serial: string, part = 'journal') => {
  const name = (await readdir(join(ca, part))).find((one) => one.startsWith(`${serial}.`));
  return join(ca, part, name ?? 'none');
};
const change = (sql: string): void => changeChain(ca, sql);

/** Three robots, the second with a second key in quarantine, the third revoked. */
beforeAll(async () => {
  fresh = await folder();
  [dir, ca] = [fresh, join(fresh, 'ca')];
  await runFactory('init', '--dir', ca);
  for (const serial of serials) expect(await sign(serial)).toMatchObject({ exitCode: 0 });
  expect(await sign('robot-2')).toMatchObject({ exitCode: 1 });
  expect(await runFactory('revoke', '--dir', ca, '--serial', 'robot-3', '--yes')).toMatchObject({
    exitCode: 0,
  });
});
beforeEach(async () => {
  dir = await folder();
  ca = join(dir, 'ca');
  await cp(join(fresh, 'ca'), ca, { recursive: true });
});

describe('a whole journal', () => {
  it('is verified as whole, and prints its head', async () => {
    const verified = await journal('--verify');
    expect(verified).toMatchObject({ exitCode: 0, err: '' });
    expect(verified.out).toMatch(/^journal whole: 5 entries, head 5:[0-9a-f]{64}$/);
  });

  it('continues from a head that was written down', async () => {
    const { out } = await journal('--verify', '--json');
    const { head } = JSON.parse(out) as { head: string };
    await sign('robot-4');
    expect(await journal('--verify', '--head', head)).toMatchObject({ exitCode: 0 });
    const other = `5:${'0'.repeat(64)}`;
    expect((await journal('--verify', '--head', other)).err).toContain('(journal-broken)');
    expect(await journal('--verify', '--head', 'x')).toMatchObject({ exitCode: 2 });
  });

  it('gives only the owner access to its rows and entries', async () => {
    for (const path of [
      chainPath(ca),
      await entryOf('robot-1'),
      await entryOf('robot-3', 'revoked'),
    ]) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });
});

/** What somebody did, and whose name the account of it carries. */
const breaks: [string, string, () => Promise<unknown>][] = [
  ['the first entry was removed', 'robot-1', async () => rm(await entryOf('robot-1'))],
  ['an entry was removed', 'robot-2', async () => rm(await entryOf('robot-2'))],
  ['the last certificate was removed', 'robot-3', async () => rm(await entryOf('robot-3'))],
  ['a revocation was removed', 'robot-3', async () => rm(await entryOf('robot-3', 'revoked'))],
  [
    'a quarantined key was removed',
    'robot-2',
    async () => rm(await entryOf('robot-2', 'quarantine')),
  ],
  [
    'an entry was renamed',
    'robot-1',
    async () => rename(await entryOf('robot-1'), join(ca, 'journal', 'robot-9.0.json')),
  ],
  [
    'an entry was added',
    'robot-8',
    async () => cp(await entryOf('robot-1'), join(ca, 'journal', 'robot-8.0.json')),
  ],
  ['a row was removed', 'robot-2', async () => change('DELETE FROM entries WHERE n = 2')],
  ['the last row was removed', 'robot-3', async () => change('DELETE FROM entries WHERE n = 5')],
  [
    'rows were swapped',
    'robot',
    async () =>
      change(
        'UPDATE entries SET n = -1 WHERE n = 1; UPDATE entries SET n = 1 WHERE n = 2; UPDATE entries SET n = 2 WHERE n = -1',
      ),
  ],
  [
    'a row and its file were removed',
    'from entry 1 to 3',
    async () => {
      change('DELETE FROM entries WHERE n = 2');
      await rm(await entryOf('robot-2'));
    },
  ],
  [
    'the last row and its file were removed',
    '4 entries of 5',
    async () => {
      change('DELETE FROM entries WHERE n = 5');
      await rm(await entryOf('robot-3', 'revoked'));
    },
  ],
  [
    'a row was changed',
    'robot-1',
    async () => change(`UPDATE entries SET sha256 = '${'0'.repeat(64)}' WHERE n = 1`),
  ],
];

describe('a journal of which', () => {
  it.each(breaks)(
    '%s is reported as broken, and no certificate is issued',
    async (_what, name, breakIt) => {
      await breakIt();
      const verified = await journal('--verify');
      expect(verified).toMatchObject({ exitCode: 1, out: '' });
      expect(verified.err).toContain(name);
      expect(verified.err).toContain('(journal-broken)');
      const before = await readdir(join(ca, 'journal'));
      for (const serial of ['robot-2', 'robot-7']) {
        const refused = await sign(serial);
        expect(refused).toMatchObject({ exitCode: 1, out: '' });
        expect(refused.err).toMatch(/\(journal-broken\)\n {2}.*nothing was issued/);
      }
      expect(await readdir(join(ca, 'journal'))).toEqual(before);
    },
  );

  it.each([
    ['a letter', (text: string) => text.replace('"issuedMs": 1', '"issuedMs": 2')],
    ['the key', (text: string) => text.replace(/"keyId": "./, '"keyId": "x')],
    ['white space', (text: string) => `${text} `],
    ['everything', () => ''],
  ])('%s of an entry was changed is reported as changed', async (_what, change) => {
    const path = await entryOf('robot-2');
    await writeFile(path, change(await readFile(path, 'utf8')));
    const verified = await journal('--verify');
    expect(verified).toMatchObject({ exitCode: 1, out: '' });
    expect(verified.err).toContain(`${path} is not entry 2 as it was written (journal-corrupt)`);
    expect((await sign('robot-2')).err).toContain('(journal-corrupt)');
    expect(await sign('robot-1')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('(second-key)'),
    });
  });

  it('the chain was removed issues no certificate', async () => {
    await rm(chainPath(ca));
    for (const ran of [await sign('robot-1'), await sign('robot-7'), await journal('--verify')]) {
      expect(ran).toMatchObject({
        exitCode: 1,
        err: expect.stringContaining('(journal-unchained)'),
      });
    }
    await writeFile(chainPath(ca), '');
    expect((await sign('robot-7')).err).toContain('(journal-unchained)');
  });

  it('a revocation is missing makes no revocation list', async () => {
    await rm(await entryOf('robot-3', 'revoked'));
    const ran = await runFactory('crl', '--dir', ca, '--out', join(dir, 'crl'));
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('(journal-broken)') });
  });
});

describe('a station that was killed before an entry was durable', () => {
  it('leaves a row from which the next process writes the same entry', async () => {
    const path = await entryOf('robot-2');
    const text = await readFile(path, 'utf8');
    await rm(path);
    changeChain(ca, 'UPDATE entries SET body = ? WHERE n = 2', text);
    expect(await journal('--verify')).toMatchObject({ exitCode: 0 });
    expect((await sign('robot-2')).err).toContain('(second-key)');
    expect(await readFile(path, 'utf8')).toBe(text);
    await rm(path);
    expect(await journal('--verify')).toMatchObject({ exitCode: 1 });
  });
});

describe('a journal of an earlier release', () => {
  beforeEach(() => rm(chainPath(ca)));

  it('is adopted once, in the order of its entries, and continues', async () => {
    const adopted = await journal('--adopt');
    expect(adopted).toMatchObject({ exitCode: 0, err: '' });
    expect(adopted.out).toMatch(/^journal adopted: 5 entries, head 5:[0-9a-f]{64}$/);
    expect(await sign('robot-4')).toMatchObject({ exitCode: 0 });
    expect((await sign('robot-1')).err).toContain('(second-key)');
    expect(await journal('--verify')).toMatchObject({ exitCode: 0 });
    expect((await journal('--adopt')).err).toContain('(journal-adopted)');
  });

  it('is not adopted while an entry cannot be read', async () => {
    await writeFile(await entryOf('robot-1'), '{');
    expect((await journal('--adopt')).err).toContain('(journal-corrupt)');
    expect((await sign('robot-4')).err).toContain('(journal-unchained)');
  });
});

it('keeps one order for concurrent entries', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `many-${at}`);
  const ran = await Promise.all(
    names.map(async (serial) => {
      const { path } = await robotRequest(dir, { serial });
      const out = join(dir, `${serial}.pem`);
      return runFactory('sign', '--dir', ca, '--csr', path, '--serial', serial, '--out', out);
    }),
  );
  expect(ran.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
  expect((await journal('--verify')).out).toMatch(/^journal whole: 17 entries/);
});
