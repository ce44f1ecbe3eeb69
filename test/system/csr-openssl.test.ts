import { expect, it } from 'vitest';
import { generateKeys } from '../../base/x509/keys.ts';
import { expectSameReading, mutatedAndSigned } from '../support/pki-mutated-requests.ts';
import { hasOpenssl, withOpenssl } from '../support/pki-openssl.ts';

it.runIf(hasOpenssl)(
  withOpenssl(
    'openssl accepts those of 2000 mutated requests that our reader accepts, with the same key',
  ),
  async () => {
    const keys = { ec: await generateKeys('ec-p256'), rsa: await generateKeys('rsa-2048') };
    const taken = mutatedAndSigned(keys, 2000, 4);
    expect(taken.length).toBeGreaterThan(100);
    for (const { pem, csr } of taken) expectSameReading(pem, csr);
  },
);
