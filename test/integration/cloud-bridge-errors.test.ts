import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCloudHere } from '../support/cloud-commands.ts';
import { mintCa, mintRobot } from '../support/cloud-pki.ts';
import { cloudName, type PlainBroker, startPlainBroker } from '../support/plain-broker.ts';

/** What a person reads who has given `cloud-stub serve --broker` something wrong. */

let folder: string;
let broker: PlainBroker;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-errors-'));
  const ca = await mintCa();
  broker = await startPlainBroker(ca);
  const cloud = await mintRobot(ca, cloudName);
  await writeFile(file('ca.crt'), ca.certificatePem);
  await writeFile(file('cloud.crt'), cloud.cert);
  await writeFile(file('cloud.key'), cloud.key);
  const otherCa = await mintCa('Another CA');
  const foreign = await mintRobot(otherCa, cloudName);
  await writeFile(file('other-ca.crt'), otherCa.certificatePem);
  await writeFile(file('foreign.crt'), foreign.cert);
  await writeFile(file('foreign.key'), foreign.key);
  await writeFile(file('text'), 'no PEM');
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

type Given = Partial<Record<'broker' | 'ca' | 'cert' | 'key', string>>;

/** How `serve` ends with these options, and its last words. */
function serve(given: Given) {
  const options = { broker: `mqtts://localhost:${broker.port}`, ...files(given) };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return runCloudHere(['serve', '--dir', file('cloud'), ...args]);
}

const files = ({ broker: url, ca = 'ca.crt', cert = 'cloud.crt', key = 'cloud.key' }: Given) => ({
  ...(url === undefined ? {} : { broker: url }),
  'broker-ca': file(ca),
  'broker-cert': file(cert),
  'broker-key': file(key),
});

it.each<readonly [string, Given, number, RegExp]>([
  [
    'plain MQTT',
    { broker: 'mqtt://localhost:1883' },
    2,
    /expected mqtts:\/\/.*\(usage\)\n.*without TLS/,
  ],
  ['a password', { broker: 'mqtts://me:secret@localhost' }, 2, /expected mqtts:\/\//],
  ['a path', { broker: 'mqtts://localhost/x' }, 2, /expected mqtts:\/\//],
  ['no URL', { broker: 'localhost' }, 2, /expected mqtts:\/\//],
  ['no CA file', { ca: 'nothing' }, 2, /--broker-ca .*nothing: no such file/],
  ['no certificate file', { cert: 'nothing' }, 2, /--broker-cert .*nothing: no such file/],
  ['no key file', { key: 'nothing' }, 2, /--broker-key .*nothing: no such file/],
  ['a CA that is none', { ca: 'cloud.crt' }, 2, /--broker-ca .*not a CA/],
  ['a certificate that is none', { cert: 'text' }, 2, /--broker-cert .*holds no certificate/],
  ['a key that is none', { key: 'text' }, 2, /--broker-key .*no private key/],
  ['the key of another', { key: 'foreign.key' }, 2, /--broker-key .*is not the key/],
  [
    'another CA than the broker has',
    { ca: 'other-ca.crt' },
    1,
    /certificate that does not hold.*\(broker-tls\)\n.*--broker-ca/,
  ],
  [
    'a certificate of a CA that the broker does not know',
    { cert: 'foreign.crt', key: 'foreign.key' },
    1,
    /refused the certificate of cloud\.pilotfish.*\(broker-refused\)\n.*cafile/,
  ],
  [
    'a broker that does not exist',
    { broker: 'mqtts://localhost:1' },
    1,
    /cannot be reached.*ECONNREFUSED.*\(broker-unreachable\)/,
  ],
])('the bridge explains %s', async (_name, given, code, words) => {
  const ended = await serve(given);
  expect(ended.err).toMatch(words);
  expect(ended.err).not.toMatch(/ {4}at |secret/);
  expect(ended.code).toBe(code);
});

it('the bridge explains a broker that sends another answer', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const ended = await serve({ broker: `mqtts://localhost:${port}` });
  server.close();
  expect(ended).toMatchObject({
    code: 1,
    err: expect.stringMatching(/MQTT over TLS on this port/),
  });
});

it.each<readonly [string, readonly string[], RegExp]>([
  ['neither CA nor broker', [], /--ca is missing/],
  [
    'a part of the broker without it',
    ['--ca', 'x', '--broker-key', 'x'],
    /--broker-key is of use only/,
  ],
  ['reserved topics without it', ['--ca', 'x', '--broker-reserved'], /--broker-reserved is of use/],
  ['a broker without its CA', ['--broker', 'mqtts://x'], /--broker-ca is missing/],
  ['both', ['--broker', 'mqtts://x', '--ca', 'x'], /exclude each other/],
])('the command rejects %s as a usage error', async (_name, args, words) => {
  const { code, err } = await runCloudHere(['serve', '--dir', file('cloud'), ...args]);
  expect(code).toBe(2);
  expect(err).toMatch(words);
});
