import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import { keySigner } from '../../../base/x509/algorithms.ts';
import { makeCa, makeDeviceCertificate } from '../../../base/x509/authority.ts';
import { issuerId, readChain } from '../../../base/x509/certificates.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { openJournal } from '../../../factory/journal.ts';
import { removeFixture } from '../../../factory/line/fixtures.ts';
import { openLineCa } from '../../../factory/line/line-ca.ts';
import { sweepUnfinished } from '../../../factory/line/sweep.ts';
import { openRevocations, revocationOf } from '../../../factory/revocations.ts';
import { folders } from '../../support/pki-folder.ts';
import {
  type Credentials,
  call,
  requestCertificate,
  startLine,
  type TestLine,
} from '../../support/pki-line.ts';
import { robotRequest } from '../../support/pki-station.ts';

const folder = folders();
let dir = '';
let line: TestLine;
beforeEach(async () => {
  dir = await folder();
  line = await startLine(dir);
});
afterEach(() => line[Symbol.asyncDispose]());

const pem = { type: 'pkcs8', format: 'pem' } as const;
const request = (serial: string) => robotRequest(dir, { serial });

describe('the station', () => {
  it('returns a certificate, the same one on a repeat, and writes one log line for each', async () => {
    const robot = await request('robot-1');
    const body = { serial: 'robot-1', csr: robot.csrPem };
    const first = await requestCertificate(line.port, line.fixture, body);
    expect(first).toMatchObject({ status: 200, body: { isNew: true } });
    const [leaf, ca] = readChain(String(first.body['chain'])) ?? [];
    expect(leaf?.subject).toBe('CN=robot-1');
    expect(leaf?.checkPrivateKey(robot.privateKey)).toBe(true);
    expect(ca?.toString()).toBe(await readFile(join(line.folder, 'ca.crt'), 'utf8'));
    const again = await requestCertificate(line.port, line.fixture, body);
    expect(again).toEqual({ status: 200, body: { ...first.body, isNew: false } });
    const about = { fixture: 'jig-1', robotId: 'robot-1', certificateId: first.body.certificateId };
    expect(line.lines).toMatchObject([
      { ...about, code: 'issued', status: 200, issued: 1, level: 'info' },
      { ...about, code: 'same-again', status: 200, issued: 1, level: 'info' },
    ]);
    const entry = await (await openJournal(line.folder)).issued('robot-1');
    expect(entry?.fixture).toBe('jig-1');
  });

  it('reports its health', async () => {
    expect(await call(line.port, line.fixture)).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
  });

  it('reports why it rejects, and issues nothing', async () => {
    const one = await request('robot-1');
    const two = await request('robot-1');
    const three = await request('robot-3');
    await requestCertificate(line.port, line.fixture, { serial: 'robot-1', csr: one.csrPem });
    await requestCertificate(line.port, line.fixture, { serial: 'robot-3', csr: three.csrPem });
    const issued = await (await openJournal(line.folder)).issued('robot-3');
    if (issued === undefined) throw new Error('not issued');
    const revocation = revocationOf(issued, { reason: 'superseded', nowMs: Date.now() });
    await (await openRevocations(line.folder)).add(revocation);
    const csr = one.csrPem;
    const cases: [body: unknown, status: number, code: string][] = [
      [{ serial: 'robot-1', csr: two.csrPem }, 409, 'second-key'],
      [{ serial: 'robot-3', csr: three.csrPem }, 403, 'revoked'],
      [{ serial: 'robot-2', csr }, 422, 'serial-mismatch'],
      [{ serial: '../../ca', csr }, 400, 'serial'],
      [{ serial: '..%2f', csr }, 400, 'serial'],
      [{ serial: 'robot-1', csr: csr.replace('MI', 'MH') }, 422, 'csr-shape'],
      [{ serial: 'robot-1' }, 400, 'request-shape'],
      [{ serial: 7, csr }, 400, 'request-shape'],
      ['[]', 400, 'request-shape'],
      ['null', 400, 'request-shape'],
      ['{', 400, 'request-shape'],
      ['', 400, 'request-shape'],
      ['x'.repeat(20_000), 413, 'body-too-large'],
    ];
    for (const [body, status, code] of cases) {
      const reply = await requestCertificate(line.port, line.fixture, body);
      expect(reply).toMatchObject({ status, body: { code, message: expect.any(String) } });
      expect(line.lines.at(-1)).toMatchObject({ code, status, level: 'warn', fixture: 'jig-1' });
    }
    expect(await readdir(join(line.folder, 'journal'))).toHaveLength(2);
  });

  it.each<[string, string, number]>([
    ['GET', '/v1/certificates', 405],
    ['POST', '/v1/health', 405],
    ['GET', '/', 404],
    ['GET', '/v1/health?x=1', 404],
    ['GET', '/v1/../../etc/passwd', 404],
  ])('%s %s is %d', async (method, path, status) => {
    expect((await call(line.port, line.fixture, { method, path })).status).toBe(status);
  });

  it('serves concurrent requests, with one certificate per robot', async () => {
    const robots = await Promise.all(Array.from({ length: 12 }, (_, at) => request(`robot-${at}`)));
    const twice = [...robots, ...robots];
    const replies = await Promise.all(
      twice.map(({ csrPem }, at) =>
        requestCertificate(line.port, line.fixture, { serial: `robot-${at % 12}`, csr: csrPem }),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(twice.map(() => 200));
    expect(new Set(replies.map(({ body }) => body.certificateId)).size).toBe(12);
    expect(replies.filter(({ body }) => body.isNew)).toHaveLength(12);
  });
});

describe('the station rejects a caller', () => {
  it("without a certificate, with a robot's, or with one of another CA", async () => {
    const { ca } = line.fixture;
    const robot = await request('robot-1');
    const reply = await requestCertificate(line.port, line.fixture, {
      serial: 'robot-1',
      csr: robot.csrPem,
    });
    const cert = String(reply.body['chain']);
    const others: Partial<Credentials>[] = [
      { ca },
      { ca, cert, key: String(robot.privateKey.export(pem)) },
      { ca, ...(await otherNamed('jig-1')) },
    ];
    for (const other of others) {
      await expect(call(line.port, other)).rejects.toThrow();
    }
    expect(await call(line.port, line.fixture)).toMatchObject({ status: 200 });
  });

  it("with a removed fixture's certificate, or one of the line that is not on record", async () => {
    const jig = await line.makeFixture('jig-2');
    expect((await call(line.port, jig)).status).toBe(200);
    expect(await removeFixture(line.folder, 'jig-2')).toBe(true);
    expect(await removeFixture(line.folder, 'jig-2')).toBe(false);
    const refused = { status: 403, body: { code: 'fixture-unknown' } };
    expect(await call(line.port, jig)).toMatchObject(refused);
    const { privateKey, certificatePem } = await openLineCa(line.folder, {
      clock: systemClock,
      random: randomBytes,
    });
    for (const name of ['jig-1', '../jig-1', '../../ca']) {
      const other = await ofCa({ key: privateKey, cert: certificatePem }, name);
      expect(await call(line.port, { ca: certificatePem, ...other })).toMatchObject(refused);
    }
  });

  it('whose fixture was removed during its request', async () => {
    const jig = await line.makeFixture('jig-2');
    const { csrPem: csr } = await request('robot-1');
    const body = JSON.stringify({ serial: 'robot-1', csr });
    const { ca, cert, key } = jig;
    const socket = connect({ host: 'localhost', port: line.port, ca, cert, key });
    const head = ['POST /v1/certificates HTTP/1.1', 'Host: x', 'Expect: 100-continue'];
    socket.write(
      [...head, `Content-Length: ${body.length}`, 'Connection: close', '', ''].join('\r\n'),
    );
    expect(String((await once(socket, 'data'))[0])).toContain('100 Continue');
    // When this one is answered, the fixture of the other has been checked.
    await call(line.port, line.fixture);
    await removeFixture(line.folder, 'jig-2');
    socket.write(body);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 .*"fixture-unknown"/s);
    expect(await readdir(join(line.folder, 'journal'))).toEqual([]);
  });

  it("with a fixture's certificate where a robot's is expected", async () => {
    const robotsCa = readChain(await readFile(join(line.folder, 'ca.crt'), 'utf8')) ?? [];
    expect(issuerId(new X509Certificate(line.fixture.cert), robotsCa)).toBeUndefined();
  });

  async function ofCa(
    ca: { key: Parameters<typeof keySigner>[0]; cert: string },
    commonName: string,
  ) {
    const keys = await generateKeys('ec-p256');
    const cert = await makeDeviceCertificate({
      commonName,
      publicKey: keys.publicKey,
      issuer: ca.cert,
      signer: keySigner(ca.key),
      nowMs: Date.now(),
      random: randomBytes,
    });
    return { cert, key: String(keys.privateKey.export(pem)) };
  }

  async function otherNamed(name: string) {
    const nowMs = Date.now();
    const other = await makeCa({ commonName: 'Pilotfish Line CA', nowMs, random: randomBytes });
    return ofCa({ key: other.privateKey, cert: other.certificatePem }, name);
  }
});

/** Short enough to be waited for, and long enough for an honest caller's handshake on a busy machine. */
const strictMs = 3000;

describe('a caller that misbehaves', () => {
  /** Sends octets as they are, and returns all that it receives until the station closes. */
  const raw = async (octets: string, to = line): Promise<string> => {
    const socket = connect({ port: to.port, host: '127.0.0.1', ...to.fixture });
    await once(socket, 'secureConnect');
    socket.write(octets);
    return text(socket).catch(() => 'reset');
  };
  const head = 'POST /v1/certificates HTTP/1.1\r\nhost: x\r\n';

  it.each<[string, string]>([
    ['two lengths', `${head}content-length: 2\r\ncontent-length: 50\r\n\r\n{}`],
    [
      'length and chunks',
      `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a folded header', `${head}x: a\r\n transfer-encoding: chunked\r\n\r\n`],
    ['headers that are too long', `${head}x: ${'a'.repeat(9000)}\r\n\r\n`],
    ['no HTTP', 'HELO\r\n\r\n'],
  ])('gets 4xx and is disconnected: %s', async (_, octets) => {
    expect(await raw(octets)).toMatch(/^HTTP\/1\.1 4\d\d |^reset$|^$/);
    expect(await call(line.port, line.fixture)).toMatchObject({ status: 200 });
    expect(await readdir(join(line.folder, 'journal'))).toEqual([]);
  });

  it.each<[string, string]>([
    ['headers that never end', head],
    ['a body that never comes', `${head}content-length: 100\r\n\r\n{`],
  ])('is disconnected when its time is over: %s', async (_, octets) => {
    await using strict = await startLine(await folder(), strictMs);
    expect(await raw(octets, strict)).toMatch(/^HTTP\/1\.1 4\d\d |^reset$|^$/);
    expect(await call(strict.port, strict.fixture)).toMatchObject({ status: 200 });
    expect(await readdir(join(strict.folder, 'journal'))).toEqual([]);
  });

  it('gets an error for a body that is too long and has no length header', async () => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const said = await raw(`${head}transfer-encoding: chunked\r\n\r\n${chunk}4\r\nxxxx\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 413 .*"body-too-large"/s);
  });

  it('is disconnected when its handshake or a request arrives byte by byte', async () => {
    await using strict = await startLine(await folder(), strictMs);
    const drip = (socket: Socket, bytes: string) =>
      new Promise<void>((resolve) => {
        let at = 0;
        const timer = setInterval(
          () => socket.writable && socket.write(bytes[at++ % bytes.length] ?? '', 'latin1'),
          20,
        );
        socket.on('error', () => {}).resume();
        socket.once('close', () => {
          clearInterval(timer);
          resolve();
        });
      });
    // A record of 16 KB is announced, so that no byte is wrong.
    await drip(
      connectPlain(strict.port, '127.0.0.1'),
      '\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03',
    );
    const socket = connect({ port: strict.port, host: '127.0.0.1', ...strict.fixture });
    await once(socket, 'secureConnect');
    socket.write('POST /v1/certificates HTTP/1.1\r\nx: ');
    await drip(socket, 'a');
    expect((await call(strict.port, strict.fixture)).body).toMatchObject({
      connections: { proven: 1, refused: { 'handshake-timeout': 1, 'too-slow': 1 } },
    });
  });

  it('never gets an answer to a smuggled second request', async () => {
    const inner = 'GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n';
    const said = await raw(
      `${head}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n${inner}`,
    );
    expect(said).not.toContain('"ok"');
  });
});

it('gets a busy answer when 32 requests are pending, and is served afterwards', async () => {
  await using slowLine = await startLine(await folder(), 20_000);
  const waiting = await Promise.all(
    Array.from({ length: 32 }, async () => {
      const socket = connect({ port: slowLine.port, host: '127.0.0.1', ...slowLine.fixture });
      await once(socket, 'secureConnect');
      socket.write('POST /v1/certificates HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n');
      return socket;
    }),
  );
  const robot = await request('robot-1');
  const body = { serial: 'robot-1', csr: robot.csrPem };
  // The station has its own pace in looking at the 32.
  let reply = await requestCertificate(slowLine.port, slowLine.fixture, body);
  while (reply.status !== 503)
    reply = await requestCertificate(slowLine.port, slowLine.fixture, body);
  expect(reply.body).toMatchObject({ code: 'busy' });
  expect(await call(slowLine.port, slowLine.fixture)).toMatchObject({ status: 503 });
  const answers = waiting.map((socket) => once(socket, 'data'));
  for (const socket of waiting) socket.write('{}');
  await Promise.all(answers);
  for (const socket of waiting) socket.destroy();
  expect(await requestCertificate(slowLine.port, slowLine.fixture, body)).toMatchObject({
    status: 200,
  });
});

describe('a station that fails', () => {
  it('returns 5xx to the caller, logs the reason, reports it as health, and recovers by itself', async () => {
    const robot = await request('robot-1');
    const body = { serial: 'robot-1', csr: robot.csrPem };
    await rename(join(line.folder, 'journal'), join(line.folder, 'away'));
    const failed = await requestCertificate(line.port, line.fixture, body);
    expect(failed).toMatchObject({ status: 500, body: { code: 'station-failed' } });
    expect(String(failed.body['message'])).not.toContain(dir);
    expect(line.lines.at(-1)).toMatchObject({ code: 'ENOENT', robotId: 'robot-1', level: 'error' });
    expect(await call(line.port, line.fixture)).toMatchObject({ status: 503 });
    await rename(join(line.folder, 'away'), join(line.folder, 'journal'));
    expect(await requestCertificate(line.port, line.fixture, body)).toMatchObject({ status: 200 });
    expect(await call(line.port, line.fixture)).toMatchObject({ status: 200 });
  });

  it('removes old unfinished files and keeps recent ones', async () => {
    const names = ['.a.json.0123456789ab.tmp', '.b.json.0123456789ab.tmp', 'c.json', '.d.tmp'];
    const paths = names.map((name) => join(line.folder, 'journal', name));
    for (const path of paths) await writeFile(path, '');
    const old = new Date(Date.now() - 2 * 3_600_000);
    for (const at of [0, 2, 3]) await utimes(paths[at] ?? '', old, old);
    expect(await sweepUnfinished(line.folder, Date.now())).toBe(1);
    expect((await readdir(join(line.folder, 'journal'))).sort()).toEqual(names.slice(1).sort());
  });
});
