import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { folders } from '../support/pki-folder.ts';
import { openssl } from '../support/pki-openssl.ts';
import { robotRequest, runFactoryProgram } from '../support/pki-station.ts';
import { softToken } from '../support/pki-token.ts';

const folder = folders();
let dir = '';
beforeEach(async () => {
  dir = await folder();
});

describe.each(['ec-p256', 'ec-p384', 'rsa-3072'] as const)(
  'the revocation list of a %s CA',
  (kind) => {
    it.each(['file', 'token'] as const)(
      'with its key in a %s is valid for openssl',
      async (where) => {
        const token = await softToken(dir);
        const ca = join(dir, 'ca');
        const caFile = join(ca, 'ca.crt');
        const inToken = where === 'token';
        const factory = async (...argv: string[]) => {
          const ran = await runFactoryProgram(token.env, ...argv);
          expect(ran.exitCode, ran.err).toBe(0);
          return ran;
        };
        const pin = inToken ? ['--pin-file', token.pinFile] : [];
        await factory('init', '--dir', ca, '--key', kind, ...(inToken ? token.options : []));
        for (const serial of ['good', 'bad']) {
          const { path } = await robotRequest(dir, { serial });
          const names = ['--csr', path, '--serial', serial, '--out', join(dir, `${serial}.crt`)];
          await factory('sign', '--dir', ca, ...names, ...pin);
        }
        const crl = join(dir, 'crl.pem');
        const check = (serial: string) =>
          openssl(
            ['verify', '-x509_strict', '-crl_check', '-CAfile', caFile, '-CRLfile', crl].concat(
              join(dir, `${serial}.crt`),
            ),
          );
        const makeList = () => factory('crl', '--dir', ca, '--out', crl, ...pin);

        await makeList();
        const empty = openssl(['crl', '-in', crl, '-noout', '-verify', '-CAfile', caFile]);
        expect(empty).toMatchObject({ isOk: true, text: expect.stringContaining('verify OK') });
        expect([check('good').isOk, check('bad').isOk]).toEqual([true, true]);

        await factory(
          'revoke',
          '--dir',
          ca,
          '--serial',
          'bad',
          '--reason',
          'keyCompromise',
          '--yes',
        );
        await makeList();
        const full = openssl(['crl', '-in', crl, '-noout', '-verify', '-CAfile', caFile]);
        expect(full).toMatchObject({ isOk: true, text: expect.stringContaining('verify OK') });
        expect(check('good')).toMatchObject({ isOk: true });
        expect(check('bad').text).toMatch(/certificate revoked/);
      },
    );
  },
);
