import { randomBytes, X509Certificate } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dayMs, yearMs } from '../../../base/x509/authority.ts';
import { readChain } from '../../../base/x509/certificates.ts';
import { initCa } from '../../../factory/ca.ts';
import { issue, type Station } from '../../../factory/issue.ts';
import { openJournal } from '../../../factory/journal.ts';
import { openRevocations } from '../../../factory/revocations.ts';
import { folders } from '../../support/pki-folder.ts';
import { robotRequest } from '../../support/pki-station.ts';

const folder = folders();
const nowMs = Date.UTC(2026, 10, 21, 12);

async function station(dir: string): Promise<Station> {
  const tools = { clock: { wallMs: () => nowMs }, random: randomBytes };
  const ca = await initCa(dir, { ...tools, commonName: 'Test CA' });
  const [journal, revocations] = [await openJournal(dir), await openRevocations(dir)];
  return { ca, journal, revocations, ...tools };
}

it('a certificate begins a day ago and lasts ten years, by the given clock', async () => {
  const dir = await folder();
  const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
  const outcome = await issue(await station(dir), { serial: 'robot-1', csrPem });
  if (!outcome.ok) throw new Error(outcome.message);
  const leaf = new X509Certificate(outcome.chainPem);
  expect(leaf.validFromDate.getTime()).toBe(nowMs - dayMs);
  expect(leaf.validToDate.getTime()).toBe(nowMs + 10 * yearMs);
});

it('a certificate is in the journal before it is returned', async () => {
  const dir = await folder();
  const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
  const own = await station(dir);
  const outcome = await issue(own, { serial: 'robot-1', csrPem });
  if (!outcome.ok) throw new Error(outcome.message);
  const entry = await own.journal.issued('robot-1');
  expect(entry?.certificateId).toBe(outcome.certificateId);
  expect(readChain(outcome.chainPem)?.[0]?.toString()).toBe(entry?.certificatePem);
});

it('no certificate is returned when the journal cannot be written', async () => {
  const dir = await folder();
  const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
  const own = await station(dir);
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const journal = { ...own.journal, add: () => Promise.reject(full) };
  const issued = issue({ ...own, journal }, { serial: 'robot-1', csrPem });
  await expect(issued).rejects.toMatchObject({ code: 'ENOSPC' });
});

describe('concurrent stations on one journal', () => {
  it('give one key one certificate', async () => {
    const dir = await folder();
    const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
    const own = await station(dir);
    const issued = Array.from({ length: 8 }, () => issue(own, { serial: 'robot-1', csrPem }));
    const outcomes = await Promise.all(issued);
    const ids = new Set(outcomes.map((each) => (each.ok ? each.certificateId : each.code)));
    expect(ids.size).toBe(1);
    expect(outcomes.filter((each) => each.ok && each.isNew)).toHaveLength(1);
    expect(await readdir(join(dir, 'journal'))).toHaveLength(1);
  });

  it('issue for one of two keys, and reject the other', async () => {
    const dir = await folder();
    const own = await station(dir);
    const one = await robotRequest(dir, { serial: 'robot-1' });
    const two = await robotRequest(dir, { serial: 'robot-1' });
    const issued = [one, two].map(({ csrPem }) => issue(own, { serial: 'robot-1', csrPem }));
    const outcomes = await Promise.all(issued);
    const words = outcomes.map((each) => (each.ok ? 'ok' : each.code));
    expect(words.sort()).toEqual(['ok', 'second-key']);
  });
});

it('serials that differ only in case have separate entries', async () => {
  const dir = await folder();
  const own = await station(dir);
  for (const serial of ['robot-a', 'ROBOT-A']) {
    const { csrPem } = await robotRequest(dir, { serial });
    expect(await issue(own, { serial, csrPem })).toMatchObject({ ok: true, isNew: true });
  }
  const names = await readdir(join(dir, 'journal'));
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(2);
});

it('at most 16 second keys of a serial are kept, and the bound is reported', async () => {
  const dir = await folder();
  const own = await station(dir);
  const issueAnother = async () => {
    const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
    return issue(own, { serial: 'robot-1', csrPem });
  };
  await issueAnother();
  for (let time = 0; time < 16; time++)
    expect(await issueAnother()).toMatchObject({ code: 'second-key' });
  const last = await issueAnother();
  expect(last.ok ? '' : last.message).toContain('quarantine is full');
  expect(await readdir(join(dir, 'quarantine'))).toHaveLength(16);
});

describe('a journal that cannot be trusted stops the station', () => {
  it('when an entry is incomplete', async () => {
    const dir = await folder();
    const own = await station(dir);
    const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
    await issue(own, { serial: 'robot-1', csrPem });
    const [name = ''] = await readdir(join(dir, 'journal'));
    for (const content of ['', '{}', '{"v":1,"serial":"robot-1"}']) {
      await writeFile(join(dir, 'journal', name), content);
      await expect(issue(own, { serial: 'robot-1', csrPem })).rejects.toMatchObject({
        code: 'journal-corrupt',
      });
    }
  });

  it('when an entry is by another CA', async () => {
    const dir = await folder();
    const other = await station(await folder());
    const own = await station(dir);
    const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
    await issue(own, { serial: 'robot-1', csrPem });
    const issued = issue({ ...own, ca: other.ca }, { serial: 'robot-1', csrPem });
    await expect(issued).rejects.toMatchObject({ code: 'journal-other-ca' });
  });
});

it.each(['', 'robot 1', 'robot/1', '..', 'r'.repeat(65), 'r\n'])(
  'the station rejects the serial %j',
  async (serial) => {
    const dir = await folder();
    const { csrPem } = await robotRequest(dir, { serial: 'robot-1', file: 'a.csr' });
    const own = await station(dir);
    expect(await issue(own, { serial, csrPem })).toMatchObject({ ok: false, code: 'serial' });
  },
);
