import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { keySigner } from '../../../base/x509/algorithms.ts';
import {
  makeCa,
  makeDeviceCertificate,
  makeServerCertificate,
} from '../../../base/x509/authority.ts';
import { certificateId } from '../../../base/x509/certificates.ts';
import { generateKeys } from '../../../base/x509/keys.ts';

const issuing = { nowMs: Date.now(), random: randomBytes };
const pem = { type: 'pkcs8', format: 'pem' } as const;

it.each(['ec-p256', 'ec-p384', 'rsa-3072'] as const)(
  'mutual TLS with full checks works under a %s CA',
  async (kind) => {
    const ca = await makeCa({ commonName: 'Test CA', kind, ...issuing });
    const server = await makeServerCertificate({
      caKey: ca.privateKey,
      caCert: ca.certificatePem,
      hostNames: ['robots.example', '127.0.0.1'],
      ...issuing,
    });
    const robot = await generateKeys('ec-p256');
    const certificate = await makeDeviceCertificate({
      commonName: 'robot-1',
      publicKey: robot.publicKey,
      issuer: ca.certificatePem,
      signer: keySigner(ca.privateKey),
      ...issuing,
    });
    const listening = createServer({
      ca: ca.certificatePem,
      key: server.privateKey.export(pem),
      cert: server.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
    });
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const accepted = once(listening, 'secureConnection');
    const key = robot.privateKey.export(pem);
    const client = connect({
      host: '127.0.0.1',
      port,
      ca: ca.certificatePem,
      key,
      cert: certificate,
    });
    try {
      await once(client, 'secureConnect');
      const [peer] = (await accepted) as [TLSSocket];
      const seen = peer.getPeerX509Certificate();
      expect(peer.authorized).toBe(true);
      expect(seen && certificateId(seen)).toBe(certificateId(certificate));
    } finally {
      client.destroy();
      listening.close();
    }
  },
);
