import { chmod, copyFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StationAccess } from '../../../agent/cli/provision.ts';
import { callStation } from '../../../agent/io/station.ts';
import { removeFixture } from '../../../factory/line/fixtures.ts';
import { startHttps, type TestHttps } from '../../support/agent-https.ts';
import { folders } from '../../support/pki-folder.ts';
import { startLine, type TestLine } from '../../support/pki-line.ts';
import { robotRequest } from '../../support/pki-station.ts';

const folder = folders();
let dir = '';
let line: TestLine;
beforeEach(async () => {
  dir = await folder();
  line = await startLine(dir);
});
afterEach(() => line[Symbol.asyncDispose]());

const { signal } = new AbortController();
const access = (change: Partial<StationAccess> = {}): StationAccess => ({
  url: `https://localhost:${line.port}`,
  caFile: join(dir, 'jig-1', 'line-ca.crt'),
  certificateFile: join(dir, 'jig-1', 'fixture.crt'),
  keyFile: join(dir, 'jig-1', 'fixture.key'),
  ...change,
});
const call = async (change: Partial<StationAccess> = {}, serial = 'R1') => {
  const { csrPem: csr } = await robotRequest(dir, { serial: 'R1' });
  return callStation(access(change), { serial, csr }, { signal, deadlineMs: 10_000 });
};

describe('a call of the factory station', () => {
  it('returns a chain, and the same one for the same key', async () => {
    const { csrPem: csr } = await robotRequest(dir, { serial: 'R1' });
    const request = { serial: 'R1', csr };
    const url = `https://127.0.0.1:${line.port}/`;
    const first = await callStation(access(), request, { signal });
    expect(first).toMatchObject({ isNew: true, chain: expect.stringContaining('BEGIN CERT') });
    expect(await callStation(access({ url }), request, { signal })).toEqual({
      ...first,
      isNew: false,
    });
  });

  it('reports a rejection with the station’s message and code', async () => {
    await call();
    await expect(call()).rejects.toMatchObject({
      code: 'station-second-key',
      message: expect.stringMatching(/^the station at localhost:\d+ refuses: .*quarantine$/),
    });
    await expect(call({}, 'R2')).rejects.toMatchObject({ code: 'station-serial-mismatch' });
    await removeFixture(line.folder, 'jig-1');
    await expect(call()).rejects.toMatchObject({ code: 'station-fixture-unknown' });
  });

  it.each([
    'http://localhost:1',
    'localhost:8444',
    'https://me:secret@localhost:1',
    'https://localhost:1/?a=b',
    '',
  ])('rejects the URL %j', async (url) => {
    await expect(call({ url })).rejects.toMatchObject({ code: 'usage' });
  });

  it('checks the files of the fixture before it connects', async () => {
    const { certificateFile, keyFile } = access();
    await line.makeFixture('jig-2');
    const none = join(dir, 'none');
    const open = join(dir, 'open.key');
    await copyFile(keyFile, open);
    await chmod(open, 0o644);
    const cases: [Partial<StationAccess>, string, RegExp][] = [
      [{ caFile: none }, 'usage', /^--station-ca .*none cannot be used: no such file/],
      [{ certificateFile: keyFile }, 'usage', /^--fixture-cert .*: line 1: this is a block/],
      [{ keyFile: join(dir, 'jig-2', 'fixture.key') }, 'usage', /^--fixture-key .* is not the key/],
      [{ keyFile: none }, 'key-missing', /none/],
      [{ keyFile: certificateFile }, 'key-permissions', /fixture\.crt/],
      [{ keyFile: open }, 'key-permissions', /open\.key: mode is 0644/],
      [{ caFile: keyFile }, 'usage', /^--station-ca/],
    ];
    for (const [change, code, message] of cases) {
      await expect(call(change)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
    expect(line.lines).toEqual([]);
  });

  it('trusts only the CA of the line, and shows others no certificate', async () => {
    const caFile = join(line.folder, 'ca.crt');
    await expect(call({ caFile })).rejects.toMatchObject({ code: 'station-untrusted' });
    expect(line.lines.filter(({ level }) => level !== 'warn')).toEqual([]);
  });

  it("fails with `station-closed` when the station rejects the fixture's certificate", async () => {
    const other = await startLine(join(dir, 'other'));
    await using _ = other;
    const jig = join(dir, 'other', 'jig-1');
    const keyFile = join(jig, 'fixture.key');
    const certificateFile = join(jig, 'fixture.crt');
    await expect(call({ keyFile, certificateFile })).rejects.toMatchObject({
      code: 'station-closed',
    });
  });

  it('fails with `station-unreachable` when no server listens', async () => {
    const url = access().url;
    await line.running.close();
    await expect(call({ url })).rejects.toMatchObject({ code: 'station-unreachable' });
    line = await startLine(await folder());
  });
});

describe('a faulty station', () => {
  let server: TestHttps;
  beforeEach(async () => {
    server = await startHttps(dir);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const callWithAnswer = async (
    handle: (response: ServerResponse) => unknown,
    deadlineMs = 10_000,
  ) => {
    server.handle = (_request, response) => handle(response);
    const there = access({ url: server.origin, caFile: server.caFile });
    return callStation(there, { serial: 'R1', csr: 'request' }, { signal, deadlineMs });
  };
  const validAnswer = JSON.stringify({ certificateId: 'a', chain: 'b', isNew: true });

  it.each<[string, number, string]>([
    ['nothing', 200, ''],
    ['text that is not JSON', 200, '<html>'],
    ['a list', 200, '[]'],
    ['null', 200, 'null'],
    ['half of the fields', 200, '{"certificateId":"a"}'],
    ['fields of other types', 200, '{"certificateId":1,"chain":[]}'],
    ['another success status', 202, validAnswer],
    ['a rejection without a code', 400, '{"message":"no"}'],
    ['a rejection with an invalid code', 400, '{"code":"a b\\n","message":"no"}'],
  ])('is reported as `station-answer` when it answers with %s', async (_name, status, text) => {
    await expect(
      callWithAnswer((response) => response.writeHead(status).end(text)),
    ).rejects.toMatchObject({ code: 'station-answer' });
  });

  it.each([301, 302, 307, 308])('is not followed by a redirect (%d)', async (status) => {
    const location = `https://localhost:${line.port}/v1/certificates`;
    await expect(
      callWithAnswer((response) => response.writeHead(status, { location }).end(validAnswer)),
    ).rejects.toMatchObject({ code: 'station-answer' });
    expect([server.requests.length, line.lines]).toEqual([1, []]);
  });

  it('is cut off when its answer is too long', async () => {
    const tooMuch = (response: ServerResponse) => {
      response.on('error', () => {});
      const more = () => void (response.destroyed || response.write('x'.repeat(10_000), more));
      more();
    };
    await expect(callWithAnswer(tooMuch)).rejects.toMatchObject({
      code: 'station-answer',
      message: expect.stringContaining('more than 65536 bytes'),
    });
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['does not answer', () => {}],
    ['does not end', (response) => response.writeHead(200).write('{')],
  ])('is abandoned when it %s', async (_name, handle) => {
    await expect(callWithAnswer(handle, 300)).rejects.toMatchObject({
      code: 'station-timeout',
      message: expect.stringContaining('no answer in 0.3 s'),
    });
  });

  it('can neither control the terminal nor choose our error code', async () => {
    const body = { code: 'config-key', message: 'red \u001b[31m\nlines' };
    const refusing = callWithAnswer((response) =>
      response.writeHead(503).end(JSON.stringify(body)),
    );
    await expect(refusing).rejects.toMatchObject({
      code: 'station-config-key',
      message: expect.stringMatching(/has trouble: red {2}\[31m lines$/),
      hint: expect.stringContaining('try again'),
    });
  });

  it('is abandoned when the caller aborts', async () => {
    const stop = new AbortController();
    server.handle = () => stop.abort(new Error('stop'));
    const there = access({ url: server.origin, caFile: server.caFile });
    const calling = callStation(there, { serial: 'R1', csr: '' }, { signal: stop.signal });
    await expect(calling).rejects.toThrow('stop');
  });

  it('is reported as `station-closed` when it closes the connection', async () => {
    await expect(callWithAnswer((response) => response.destroy())).rejects.toMatchObject({
      code: 'station-closed',
    });
  });
});
