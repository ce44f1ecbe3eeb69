import { spawn } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type KeyAndCertificate, makeServerCertificate } from '../../base/x509/authority.ts';
import { until } from '../../tools/demo/watch.ts';
import { openssl } from './pki-openssl.ts';

/** Mosquitto with mutual TLS under `ca`, which rejects the certificates in `revoked` (PEM). */
export async function startMosquitto(
  ca: KeyAndCertificate,
  revoked: readonly string[],
): Promise<AsyncDisposable & { readonly port: number }> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp('/tmp/pf-');
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const leaf = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: ['localhost'],
    nowMs: Date.now(),
    random: randomBytes,
  });
  const put = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const pem = (key: KeyAndCertificate['privateKey']) =>
    String(key.export({ type: 'pkcs8', format: 'pem' }));
  const port = await freePort();
  const config = [
    'user root',
    'allow_anonymous true',
    `listener ${port} localhost`,
    `cafile ${await put('ca.crt', ca.certificatePem)}`,
    `certfile ${await put('server.crt', leaf.certificatePem)}`,
    `keyfile ${await put('server.key', pem(leaf.privateKey))}`,
    'require_certificate true',
    `crlfile ${await makeCrl(folder, await put('ca.key', pem(ca.privateKey)), revoked)}`,
  ];
  const file = await put('mosquitto.conf', `${config.join('\n')}\n`);
  const args = ['--pdeathsig', 'TERM', '--', 'mosquitto', '-c', file];
  const child = spawn('setpriv', args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  started.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const { signal } = new AbortController();
  await until({ expected: 'Mosquitto to listen', timeoutS: 10, signal, everyMs: 20 }, () =>
    listens(port),
  );
  const running = started.move();
  return { port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** `openssl ca` reads off its database what is revoked. */
async function makeCrl(folder: string, key: string, revoked: readonly string[]): Promise<string> {
  const lines = revoked.map((pem) => {
    const { serialNumber } = new X509Certificate(pem);
    return `R\t491231235959Z\t260101000000Z\t${serialNumber}\tunknown\t/CN=revoked\n`;
  });
  const database = join(folder, 'index.txt');
  await writeFile(database, lines.join(''));
  const config = join(folder, 'ca.cnf');
  const what = `database = ${database}\ndefault_md = sha256\ndefault_crl_days = 1\n`;
  await writeFile(config, `[ca]\ndefault_ca = it\n[it]\n${what}`);
  const out = join(folder, 'ca.crl');
  const signer = ['-cert', join(folder, 'ca.crt'), '-keyfile', key];
  const made = openssl(['ca', '-gencrl', '-config', config, ...signer, '-out', out]);
  if (!made.isOk) throw new Error(`openssl makes no CRL: ${made.text}`);
  return out;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const listens = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, 'localhost', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(undefined));
  });
