import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { folders } from '../../support/pki-folder.ts';
import {
  robotRequest,
  runFactory,
  runFactoryAsking,
  runFactoryAt,
} from '../../support/pki-station.ts';

const folder = folders();
let dir = '';
let ca = '';
let csr = '';
const sign = (path = csr, serial = 'robot-1') =>
  runFactory(
    ...['sign', '--dir', ca, '--csr', path, '--serial', serial],
    ...['--out', join(dir, 'chain')],
  );
const revoke = (...more: string[]) =>
  runFactory('revoke', '--dir', ca, '--serial', 'robot-1', '--yes', ...more);
const crl = (...more: string[]) =>
  runFactory('crl', '--dir', ca, '--out', join(dir, 'crl.pem'), ...more);

beforeEach(async () => {
  dir = await folder();
  ca = join(dir, 'ca');
  await runFactory('init', '--dir', ca);
  csr = (await robotRequest(dir, { serial: 'robot-1' })).path;
  await sign();
});

describe('factory revoke', () => {
  it('is final: the robot gets no new certificate, with the old key or a new one', async () => {
    expect(await revoke('--reason', 'keyCompromise')).toMatchObject({ exitCode: 0 });
    expect((await sign()).err).toMatch(/revoked \(keyCompromise\).*\(revoked\)$/);
    const other = await robotRequest(dir, { serial: 'robot-1', file: 'other.csr' });
    expect((await sign(other.path)).err).toContain('(revoked)');
    expect(await readdir(join(ca, 'quarantine'))).toEqual([]);
    const list = await runFactory('journal', '--dir', ca);
    expect(list.out).toMatch(/issued +robot-1 .*\n.*REVOKED +robot-1 +keyCompromise/);
  });

  it('may be repeated and keeps the first reason and time', async () => {
    await revoke('--reason', 'keyCompromise');
    const [name = ''] = await readdir(join(ca, 'revoked'));
    const before = await readFile(join(ca, 'revoked', name), 'utf8');
    const again = await revoke('--reason', 'superseded');
    expect(again).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^already revoked: robot-1 \(keyCompromise\)/),
    });
    expect(await readFile(join(ca, 'revoked', name), 'utf8')).toBe(before);
  });

  it('prompts for the serial on a terminal, and not when it is already revoked', async () => {
    const questions: string[] = [];
    const answering = (answer: string) =>
      runFactoryAsking(
        async (question) => {
          questions.push(question);
          return answer;
        },
        ...['revoke', '--dir', ca, '--serial', 'robot-1'],
      );
    expect(await answering('yes')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('(not-confirmed)'),
    });
    expect(await readdir(join(ca, 'revoked'))).toEqual([]);
    expect(await answering(' robot-1')).toMatchObject({ exitCode: 0 });
    expect(await answering('')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^already revoked: robot-1 /),
    });
    expect(questions).toHaveLength(2);
    expect(questions[0]).toMatch(/robot-1 forever, .*\nType robot-1 to go on: $/);
  });

  it('does nothing without --yes when there is no terminal, and reports what is missing', async () => {
    expect(await runFactory('revoke', '--dir', ca, '--serial', 'robot-1')).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(
        /--yes is missing \(usage\)\n.*give --yes, or run it on a terminal/,
      ),
    });
    expect(await readdir(join(ca, 'revoked'))).toEqual([]);
  });

  it.each<[string, string[], number, string]>([
    ['a serial without certificate', ['--serial', 'robot-2'], 1, 'not-issued'],
    ['an invalid serial', ['--serial', '../robot-1'], 2, 'usage'],
    ['an invalid reason', ['--reason', 'removeFromCRL'], 2, 'usage'],
  ])('rejects %s', async (_, more, exitCode, code) => {
    expect(await revoke(...more)).toMatchObject({
      exitCode,
      err: expect.stringContaining(`(${code})`),
    });
    expect(await readdir(join(ca, 'revoked'))).toEqual([]);
  });
});

describe('factory crl', () => {
  const numberOf = async () => BigInt(/^CRL (\d+):/.exec((await crl()).out)?.[1] ?? '0');

  it('warns of the day on which it expires', async () => {
    const ran = await crl('--days', '7');
    const end = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    expect(ran).toMatchObject({ exitCode: 0, err: expect.stringContaining(end) });
    expect((await crl('--days', '0')).exitCode).toBe(2);
  });

  it('has an increasing number, even for concurrent lists and after a copy was restored', async () => {
    const numbers: bigint[] = [];
    for (let time = 0; time < 20; time++) numbers.push(await numberOf());
    const atOnce = await Promise.all([numberOf(), numberOf(), numberOf()]);
    expect(new Set(atOnce).size).toBe(3);
    const all = [...numbers, ...atOnce.sort((a, b) => (a < b ? -1 : 1))];
    expect(all.every((number, at) => at === 0 || number > (all[at - 1] ?? 0n))).toBe(true);
    const kept = await readdir(join(ca, 'crls'));
    expect(kept.length).toBeLessThan(20);
    expect(all[0]).toBeGreaterThan(1_700_000_000n);
    const ahead = 10n ** 12n;
    await writeFile(join(ca, 'crls', `${ahead}`), '');
    expect(await numberOf()).toBe(ahead + 1n);
  });

  it('is not made when a revocation cannot be read, nor over a file of the station', async () => {
    await revoke();
    const [name = ''] = await readdir(join(ca, 'revoked'));
    await writeFile(join(ca, 'revoked', name), '{"v":1}');
    expect(await crl()).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('(journal-corrupt)'),
    });
    expect((await sign()).err).toContain('(journal-corrupt)');
    expect((await runFactory('journal', '--dir', ca)).exitCode).toBe(1);
    for (const own of ['ca.crt', 'ca.json', 'revoked/x', 'crls/1', 'line/ca.crt']) {
      expect((await crl('--out', join(ca, own))).exitCode).toBe(2);
    }
  });
});

it("neither signs nor lists outside the dates of the CA's certificate", async () => {
  const request = await robotRequest(dir, { serial: 'robot-9' });
  for (const at of [Date.UTC(1970), Date.now() - 2 * 86_400_000, Date.UTC(2099)]) {
    const names = ['--csr', request.path, '--serial', 'robot-9', '--out', join(dir, 'nine')];
    const ran = await runFactoryAt(at, 'sign', '--dir', ca, ...names);
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('(clock-wrong)') });
    const list = await runFactoryAt(at, 'crl', '--dir', ca, '--out', join(dir, 'crl'));
    expect(list).toMatchObject({ exitCode: 1, err: expect.stringContaining('(clock-wrong)') });
  }
  expect(await readdir(join(ca, 'journal'))).toHaveLength(1);
});

it('does not return a certificate that was issued by a clock years ahead, and reports what to do', async () => {
  const request = await robotRequest(dir, { serial: 'robot-8' });
  const names = ['--csr', request.path, '--serial', 'robot-8', '--out', join(dir, 'eight')];
  const sign = (at: number) => runFactoryAt(at, 'sign', '--dir', ca, ...names);
  const ahead = Date.now() + 3 * 365 * 86_400_000;
  expect(await sign(ahead)).toMatchObject({ exitCode: 0 });
  const again = await sign(Date.now());
  expect(again).toMatchObject({ exitCode: 1, err: expect.stringContaining('(clock-wrong)') });
  expect(again.err).toContain('factory revoke');
  expect(await sign(ahead - 23 * 3_600_000)).toMatchObject({ exitCode: 0 });
});
