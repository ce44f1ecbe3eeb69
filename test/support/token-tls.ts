import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { keySigner } from '../../base/x509/algorithms.ts';
import {
  type KeyAndCertificate,
  makeDeviceCertificate,
  makeServerCertificate,
} from '../../base/x509/authority.ts';
import type { DeviceKey } from '../../hal/device-key.ts';
import { mintCa } from './cloud-pki.ts';

/** A certificate by `ca` for the key of robot `commonName`. */
export const certify = (
  ca: KeyAndCertificate,
  { publicKey }: Pick<DeviceKey, 'publicKey'>,
  commonName: string,
): Promise<string> =>
  makeDeviceCertificate({
    commonName,
    publicKey,
    issuer: ca.certificatePem,
    signer: keySigner(ca.privateKey),
    nowMs: Date.now(),
    random: randomBytes,
  });

/** Connects with `key` to a server that requests certificates; returns protocol and name as that server sees them. */
export async function tlsNames(
  key: DeviceKey,
  versions: readonly ('TLSv1.3' | 'TLSv1.2')[],
): Promise<string[]> {
  const ca = await mintCa();
  const made = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: ['localhost'],
    nowMs: Date.now(),
    random: randomBytes,
  });
  const cert = await certify(ca, key, 'robot-1');
  const server = createServer({
    key: String(made.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: made.certificatePem,
    ca: ca.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    const { CN } = socket.getPeerCertificate().subject;
    socket.end(`${socket.getProtocol()} ${String(CN)}`);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const names: string[] = [];
  for (const maxVersion of versions) {
    const socket = connect({
      host: 'localhost',
      port,
      maxVersion,
      ca: ca.certificatePem,
      cert,
      ...key.tls(),
    });
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    await once(socket, 'close');
    names.push(Buffer.concat(received).toString());
  }
  server.close();
  return names;
}
