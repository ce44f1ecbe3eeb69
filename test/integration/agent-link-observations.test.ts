import type { TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { dayMs, type KeyAndCertificate } from '../../base/x509/authority.ts';
import { startHostile, wellBehaved } from '../support/agent-hostile.ts';
import { attempt, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';

// What of TLS a robot can see, each made really happen.

let ca: KeyAndCertificate;
let robot: Identity;
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
});

interface Server {
  readonly nowMs?: number;
  readonly tls?: TlsOptions;
  readonly hostName?: string;
  /** Of the server; by default the one that the robot trusts. */
  readonly issuer?: KeyAndCertificate;
}

async function observe(server: Server, who: Pick<Identity, 'name'> & Partial<Identity> = robot) {
  const { nowMs = Date.now(), tls = {}, hostName = 'localhost', issuer = ca } = server;
  await using hostile = await startHostile(issuer, wellBehaved, hostName, { nowMs, tls });
  const { cert, key, name } = who;
  const options = linkOptions(hostile.port, { ...robot, name }, ca.certificatePem, {
    credentials: async () => ({
      ca: ca.certificatePem,
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    }),
  });
  const one = attempt(options);
  const observation = await one.observation;
  expect(one.ups).toBe(0);
  expect(hostile.packets).toEqual([]);
  return observation;
}

const tls12: TlsOptions = { maxVersion: 'TLSv1.2' };
const nobody = { name: 'R1' };

describe('the observation of a TLS alert names it', () => {
  it.each<readonly [string, Server, typeof nobody | undefined, string, number]>([
    ['before secureConnect, TLS 1.2', { tls: tls12 }, nobody, 'handshake-failure', 40],
    ['after secureConnect, TLS 1.3', {}, nobody, 'certificate-required', 116],
    [
      'no version in common',
      { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } },
      undefined,
      'protocol-version',
      70,
    ],
    [
      'no cipher in common',
      { tls: { ...tls12, ciphers: 'ECDHE-RSA-AES128-SHA' } },
      undefined,
      'handshake-failure',
      40,
    ],
  ])('%s', async (_name, server, who, code, number) => {
    const detail = `TLS alert ${number}, ${code}`;
    expect(await observe(server, who)).toEqual({ kind: 'alert', code, detail });
  });
});

describe('the observation of a broker that gives no reason names none', () => {
  it.each<readonly [string, Server, object]>([
    ['TLS 1.3', {}, { kind: 'closed-early', code: 'closed' }],
    ['TLS 1.2', { tls: tls12 }, { kind: 'tls', code: 'ECONNRESET' }],
  ])('to a robot of another CA, %s', async (_name, server, seen) => {
    const other = await robotOf(await mintCa());
    expect(await observe(server, other)).toMatchObject(seen);
  });
});

describe('the observation of our own verification keeps its code', () => {
  it.each<readonly [string, () => Promise<Server>, RegExp]>([
    ['from tomorrow on', async () => ({ nowMs: Date.now() + 3 * dayMs }), /^CERT_NOT_YET_VALID$/],
    ['long over', async () => ({ nowMs: Date.UTC(2001, 0) }), /^CERT_HAS_EXPIRED$/],
    [
      'of another name',
      async () => ({ hostName: 'cloud.example' }),
      /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ],
    [
      'of another CA',
      async () => ({ issuer: await mintCa('Another CA') }),
      /^SELF_SIGNED_CERT_IN_CHAIN$/,
    ],
    ['of another CA of the same name', async () => ({ issuer: await mintCa() }), /./],
  ])('a certificate %s', async (_name, server, code) => {
    const seen = { kind: 'tls', code: expect.stringMatching(code) };
    expect(await observe(await server())).toMatchObject(seen);
  });
});
