import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../base/log.ts';
import type { CertificateView } from '../../cloud-stub/http/certificates.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { type Identity, mintCa, mintRobot, mintServer } from '../support/cloud-pki.ts';
import { openRaw } from '../support/cloud-raw.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

const dayMs = 24 * 3_600_000;
const logged: Record<string, unknown>[] = [];
const log: Log = { ...silentLog, warn: (fields) => void logged.push(fields) };

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub({ log });
});
afterAll(() => world[Symbol.asyncDispose]());

const nobody: Identity = { name: 'R', cert: '', key: '', certificateId: '' };

/** Certificates that TLS refuses, and the cause that the registry is to show. */
const refused: [string, string, () => Promise<Identity>][] = [
  ['a CA that nobody knows', 'unknown-ca', async () => mintRobot(await mintCa('Nobody'), 'R')],
  ['a CA that only calls itself ours', 'unknown-ca', async () => mintRobot(await mintCa(), 'R')],
  [
    "another CA's expired certificate",
    'unknown-ca',
    async () =>
      mintRobot(await mintCa('Nobody'), 'R', { nowMs: Date.now() - 9 * dayMs, lifeMs: dayMs }),
  ],
  ['itself', 'unknown-ca', async () => selfSigned(await mintCa('R'))],
  [
    'an end that is past',
    'expired',
    () => mintRobot(world.ca, 'R', { nowMs: Date.now() - 9 * dayMs, lifeMs: dayMs }),
  ],
  [
    'a beginning that is to come',
    'not-yet-valid',
    () => mintRobot(world.ca, 'R', { nowMs: Date.now() + 9 * dayMs }),
  ],
  ["a server's purpose", 'wrong-purpose', () => mintServer(world.ca, 'R')],
  ['nothing', 'no-certificate', async () => nobody],
];

const selfSigned = ({ privateKey, certificatePem: cert }: Awaited<ReturnType<typeof mintCa>>) => {
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { name: 'R', cert, key, certificateId: '' };
};

/** The row of the table for a cause. */
const refusalsOf = async (code: string) =>
  (await world.operator.connectionRefusals()).find((row) => row.code === code);

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('over %s, a client with', (version) => {
  it.each(refused)('%s is rejected as %s', async (_name, code, mint) => {
    const identity = await mint();
    const before = (await refusalsOf(code))?.count ?? 0;
    const options = { clientId: 'R', minVersion: version, maxVersion: version };
    expect((await connectRobot(world.stub.ready, identity, options)).attempt).toBe('closed');
    await until(async () => ((await refusalsOf(code))?.count ?? 0) > before);
    const row = await refusalsOf(code);
    expect(row).toMatchObject({ code, address: '127.0.0.1', count: before + 1 });
    if (identity.cert !== '') expect(row).toMatchObject({ commonName: 'R' });
    // The first is logged; a client in a loop does not fill the log.
    if (before === 0)
      expect(logged).toContainEqual(expect.objectContaining({ code, ipAddress: '127.0.0.1' }));
  });
});

it('no TLS is counted as such', async () => {
  const socket = connectPlain(world.stub.ready.mqtt.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.end('GET / HTTP/1.1\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  await until(async () => (await refusalsOf('tls-failed')) !== undefined);
  expect(await refusalsOf('tls-failed')).toMatchObject({ address: '127.0.0.1' });
});

describe('the registry shows of a certificate', () => {
  const shown = async (robot: string): Promise<CertificateView | undefined> =>
    (await world.operator.certificates({ robot })).at(-1);
  const refusal = async (robot: string) => (await shown(robot))?.lastRefusal;
  const attempt = async (identity: Identity, options = {}) => {
    await using client = await connectRobot(world.stub.ready, identity, options);
    return client.attempt;
  };

  it('its first contact, and how often it connected', async () => {
    const identity = await world.mint('SHOW-1');
    expect(await attempt(identity)).toBe('closed');
    expect(await refusal('SHOW-1')).toMatchObject({ code: 'pending', count: 1 });
    expect(await attempt(identity)).toBe('connected');
    expect(await shown('SHOW-1')).toMatchObject({ status: 'ACTIVE', issuer: 'Test robots CA' });
  });

  it.each([
    ['INACTIVE', 'inactive'],
    ['REVOKED', 'revoked'],
  ] as const)('that it was rejected as %s', async (status, code) => {
    const { identity } = await world.enter(`SHOW-${status}`);
    await world.operator.updateCertificate(identity.certificateId, status);
    const before = Date.now();
    for (const count of [1, 2, 3]) {
      expect(await attempt(identity)).toBe('closed');
      expect(await refusal(identity.name)).toMatchObject({ code, count });
    }
    expect((await refusal(identity.name))?.atMs).toBeGreaterThanOrEqual(before);
    const { certificateId, name: robotId } = identity;
    expect(logged).toContainEqual(expect.objectContaining({ code, certificateId, robotId }));
  });

  it('that it used another client id', async () => {
    const { identity, robot } = await world.enter('SHOW-ID');
    await using _ = robot;
    expect(await attempt(identity, { clientId: 'OTHER' })).toBe('refused 2');
    expect(await refusal('SHOW-ID')).toMatchObject({ code: 'wrong-client-id', count: 1 });
    expect(logged).toContainEqual(
      expect.objectContaining({ code: 'wrong-client-id', detail: 'OTHER' }),
    );
  });

  it('that its last will is not allowed', async () => {
    const { identity } = await world.enter('SHOW-WILL');
    const will = {
      topic: 'robots/OTHER/up/time',
      payload: Buffer.from('x'),
      qos: 0,
      retain: false,
    };
    expect(await attempt(identity, { will })).toBe('closed');
    expect(await refusal('SHOW-WILL')).toMatchObject({ code: 'last-will' });
  });

  it('that its name is no robot id, also after an operator activates it', async () => {
    const identity = await world.mint('+');
    expect(await attempt(identity)).toBe('closed');
    expect(await refusal('+')).toMatchObject({ code: 'wrong-name' });
    await world.operator.updateCertificate(identity.certificateId, 'ACTIVE');
    expect(await attempt(identity)).toBe('closed');
    expect(await refusal('+')).toMatchObject({ code: 'wrong-name', count: 2 });
  });

  it('that it has expired, also when the client resumes an earlier session', async () => {
    const identity = await mintRobot(world.ca, 'SHOW-END', { lifeMs: 3000 });
    await openRaw(world.stub.ready, identity).then((first) => first.mqtt('SHOW-END'));
    const good = await openRaw(world.stub.ready, identity);
    expect(await good.mqtt('SHOW-END')).toBe(0);
    const session = good.session();
    await until(async () => Date.now() > ((await shown('SHOW-END'))?.notAfterMs ?? 0) + 1000);
    const resumed = await openRaw(world.stub.ready, identity, { session });
    expect(resumed.reused).toBe(true);
    expect(await resumed.mqtt('SHOW-END')).toBe('closed');
    expect(await refusal('SHOW-END')).toMatchObject({ code: 'expired', count: 1 });
    expect(await attempt(identity)).toBe('closed');
    await until(async () => (await refusal('SHOW-END'))?.count === 2);
    good.socket.destroy();
  });
});
