import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { awsOf } from '../support/cloud-aws.ts';
import { createCloudWorld } from '../support/cloud-world.ts';

/** CAs and proofs as OpenSSL makes them by the commands of AWS's developer guide, and some that must be refused. */

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'authority-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const openssl = (args: string) => run('openssl', args.split(' '), { cwd: folder });
const read = (name: string) => readFile(join(folder, name), 'utf8');

const v3 = '-addext basicConstraints=critical,CA:TRUE';
const rsa2048 = '-newkey rsa:2048';
const ec = (curve: string) => `-newkey ec -pkeyopt ec_paramgen_curve:${curve}`;

it.each([
  ['RSA 2048', rsa2048, '-sha256', 200],
  ['RSA 4096', '-newkey rsa:4096', '-sha512', 200],
  ['RSA-PSS signatures', rsa2048, '-sha256 -sigopt rsa_padding_mode:pss', 200],
  ['P-256', ec('prime256v1'), '-sha256', 200],
  ['P-384', ec('secp384r1'), '-sha384', 200],
  ['P-521', ec('secp521r1'), '-sha512', 200],
  ['RSA 1024', '-newkey rsa:1024', '-sha256', /2048/],
  ['SHA-1', rsa2048, '-sha1', /SHA-256/i],
  ['MD5', rsa2048, '-md5', /SHA-256/i],
  ['Ed25519', '-newkey ed25519', '', /key must be/],
  ['secp256k1', ec('secp256k1'), '-sha256', /key must be/],
  ['no right to sign', rsa2048, '-sha256 -addext keyUsage=digitalSignature', /no CA/],
  ['CA:FALSE', rsa2048, '-sha256 -addext basicConstraints=CA:FALSE', /no CA/],
])('a CA with %s', async (_what, key, options, expected) => {
  const constraints = options.includes('CA:FALSE') ? '' : ` ${v3}`;
  const config = '-config /dev/null -subj /CN=Line';
  await openssl(
    `req -x509 -new -nodes ${key} -days 9 -keyout ca.key -out ca.pem ${config}${constraints} ${options}`.trim(),
  );
  const world = createCloudWorld();
  const aws = awsOf(world, { hasConnections: true });
  const { registrationCode } = aws('GET', '/registrationcode').body;
  await openssl(
    `req -new -nodes ${rsa2048} -keyout proof.key -out proof.csr -config /dev/null -subj /CN=${registrationCode}`,
  );
  // Whatever the CA is like, the proof is a good one.
  const hash = key.includes('ed25519') ? '' : ' -sha256';
  await openssl(
    `x509 -req -in proof.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out proof.pem -days 9${hash}`,
  );
  const [caCertificate, verificationCertificate] = [await read('ca.pem'), await read('proof.pem')];
  // Not earlier: both begin with the second in which they were made.
  world.nowMs = Date.now();
  const answer = aws('POST', '/cacertificate', { caCertificate, verificationCertificate });
  if (typeof expected === 'number') return expect(answer).toMatchObject({ status: expected });
  expect(answer).toMatchObject({
    ...{ status: 400, fault: 'CertificateValidation' },
    message: expect.stringMatching(expected),
  });
});
