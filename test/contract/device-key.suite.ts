import { verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCsr } from '../../base/x509/csr.ts';
import { keyKindOf } from '../../base/x509/keys.ts';
import { readCsr } from '../../base/x509/read-csr.ts';
import type { DeviceKey } from '../../hal/device-key.ts';
import { hasOpenssl, opensslReadsCsr, withOpenssl } from '../support/pki-openssl.ts';
import { tlsNames } from '../support/token-tls.ts';

const { signal } = new AbortController();

/** What any device key must do, wherever it is stored. `open` opens the same key each time. */
export function deviceKeyContract(name: string, open: () => Promise<DeviceKey>): void {
  describe(`device key contract: ${name}`, () => {
    let key: DeviceKey;
    beforeAll(async () => {
      key = await open();
    });

    it('has a supported kind, and the same one when it is opened again', async () => {
      expect(['ec-p256', 'rsa']).toContain(keyKindOf(key.publicKey));
      expect((await open()).publicKey.equals(key.publicKey)).toBe(true);
    });

    it.each([0, 1, 32, 100_000])('signs %i bytes twice', async (size) => {
      const data = Buffer.alloc(size, 7);
      for (const signature of [await key.sign(data, signal), await key.sign(data, signal)]) {
        expect(verify('sha256', data, key.publicKey, signature)).toBe(true);
        expect(verify('sha256', Buffer.from('other'), key.publicKey, signature)).toBe(false);
      }
    });

    it('signs two inputs at once', async () => {
      const data = ['one', 'two', 'three'].map((text) => Buffer.from(text));
      const signatures = await Promise.all(data.map((each) => key.sign(each, signal)));
      for (const [n, signature] of signatures.entries()) {
        expect(verify('sha256', data[n] as Buffer, key.publicKey, signature)).toBe(true);
      }
    });

    it('does not sign when its signal is aborted', async () => {
      const stop = new AbortController();
      const reason = new Error('enough');
      stop.abort(reason);
      await expect(key.sign(Buffer.from('x'), stop.signal)).rejects.toBe(reason);
    });

    const request = () =>
      makeCsr({
        subjectCommonName: 'robot-1',
        publicKey: key.publicKey,
        sign: (tbs) => key.sign(tbs, signal),
      });

    it('makes a certificate request that our reader accepts', async () => {
      const read = readCsr(await request());
      if (!read.ok) throw new Error(read.message);
      expect(read.csr.commonName).toBe('robot-1');
      expect(read.csr.publicKey.equals(key.publicKey)).toBe(true);
    });

    it.runIf(hasOpenssl)(
      withOpenssl('makes a certificate request that openssl accepts'),
      async () => {
        expect(opensslReadsCsr(await request())).toEqual({
          subject: 'CN=robot-1',
          publicKeyPem: key.publicKey.export({ type: 'spki', format: 'pem' }),
        });
      },
    );

    it('authenticates its owner in TLS', async () => {
      const versions = ['TLSv1.3', 'TLSv1.2'] as const;
      expect(await tlsNames(key, versions)).toEqual(['TLSv1.3 robot-1', 'TLSv1.2 robot-1']);
    });
  });
}
