import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyAndCertificate, makeServerCertificate } from '../../base/x509/authority.ts';
import { until } from './cloud-until.ts';

/** Debian's Mosquitto with mutual TLS, which trusts the robots of `ca` and has a certificate of that CA itself. */
export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
}

export async function startMosquitto(ca: KeyAndCertificate): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'pilotfish-mosquitto-'));
  const port = await freePort();
  const { privateKey, certificatePem } = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: ['localhost'],
    nowMs: Date.now(),
    random: randomBytes,
  });
  const files = {
    'ca.crt': ca.certificatePem,
    'server.crt': certificatePem,
    'server.key': String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    acl: 'pattern write robots/%u/up/#\npattern read robots/%u/down/#\n',
    'mosquitto.conf': configuration(folder, port),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
  const broker = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
  await until(() => broker.exitCode !== null || answers(port));
  if (broker.exitCode !== null) throw new Error(`mosquitto has ended with ${broker.exitCode}`);
  return {
    port,
    async [Symbol.asyncDispose]() {
      await end(broker);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(broker: ChildProcess): Promise<void> {
  if (broker.exitCode !== null) return;
  broker.kill('SIGTERM');
  await once(broker, 'exit');
}

/** Its user only matters when root starts it: then it could not read files of mode 0600 as another. */
const configuration = (folder: string, port: number): string => `user root
persistence false
per_listener_settings true
listener ${port} 127.0.0.1
allow_anonymous false
cafile ${folder}/ca.crt
certfile ${folder}/server.crt
keyfile ${folder}/server.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.2
set_tcp_nodelay true
acl_file ${folder}/acl
log_dest none
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
