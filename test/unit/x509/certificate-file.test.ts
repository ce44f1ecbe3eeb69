import { X509Certificate } from 'node:crypto';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCa } from '../../../agent/io/ca.ts';
import { makeCa } from '../../../base/x509/authority.ts';
import {
  readCertificateFile,
  readCertificates,
  readPrivateKey,
} from '../../../base/x509/certificate-file.ts';
import { encodePem } from '../../../base/x509/pem.ts';
import { folders } from '../../support/pki-folder.ts';

const newFolder = folders();
const mint = async (commonName: string) => {
  const made = await makeCa({
    commonName,
    nowMs: 1_800_000_000_000,
    random: (bytes) => new Uint8Array(bytes).fill(commonName.length),
  });
  const key = String(made.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { pem: made.certificatePem, key, privateKey: made.privateKey };
};
let one: Awaited<ReturnType<typeof mint>>;
let two: Awaited<ReturnType<typeof mint>>;
beforeAll(async () => {
  [one, two] = await Promise.all([mint('one'), mint('number two')]);
});

const der = (pem: string) => new X509Certificate(pem).raw;

describe('certificates in PEM', () => {
  it.each<[string, () => string]>([
    ['as OpenSSL writes them', () => one.pem + two.pem],
    ['with CR LF', () => (one.pem + two.pem).replaceAll('\n', '\r\n')],
    ['with CR alone', () => (one.pem + two.pem).replaceAll('\n', '\r')],
    ['with a byte order mark', () => `\uFEFF${one.pem}${two.pem}`],
    ['with words before, between and behind', () => `Subject: one\n${one.pem}# two\n${two.pem}end`],
    ['with spaces at the ends of lines', () => (one.pem + two.pem).replaceAll('\n', ' \t\n')],
    [
      'in lines of another length',
      () => one.pem.replaceAll(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, '') + two.pem,
    ],
    ['without a last newline', () => (one.pem + two.pem).trimEnd()],
    ['with empty lines', () => `\n\n${one.pem}\n\n${two.pem}\n`],
    ['one of them twice', () => one.pem + two.pem + one.pem],
  ])('are read %s', (_how, text) => {
    expect(readCertificates(text())).toMatchObject({ ok: true, pem: one.pem + two.pem });
  });

  it('are none in a text without any', () => {
    for (const text of ['', '\n', 'no certificate', '-----']) {
      expect(readCertificates(text)).toEqual({ ok: true, certificates: [], pem: '' });
    }
  });

  it.each<[string, () => string, string]>([
    [
      'glued together',
      () => one.pem.trimEnd() + two.pem,
      'line 10: BEGIN or END does not stand alone',
    ],
    [
      'glued with a space',
      () => `${one.pem.trimEnd()} ${two.pem}`,
      'BEGIN or END does not stand alone',
    ],
    [
      'with words before BEGIN',
      () => `cert: ${one.pem}`,
      'line 1: BEGIN or END does not stand alone',
    ],
    [
      'indented',
      () => one.pem.replaceAll(/^/gm, '  '),
      'line 1: BEGIN or END does not stand alone',
    ],
    [
      'with a dash too few',
      () => one.pem.replace('-----BEGIN', '----BEGIN'),
      'line 1: BEGIN or END',
    ],
    ['cut off', () => two.pem + one.pem.slice(0, 200), 'this block has no END'],
    ['without BEGIN', () => one.pem.replace(/^.*\n/, ''), 'this END has no BEGIN'],
    [
      'without END',
      () => one.pem.replace(/-----END.*\n/, '') + two.pem,
      'line 1: this block has no END',
    ],
    [
      'with the END of another',
      () => one.pem.replace('END CERTIFICATE', 'END X509 CRL'),
      'that of another',
    ],
    [
      'with an empty block',
      () => '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
      'line 1: this block cannot be decoded',
    ],
    [
      'with a letter that is not base64',
      () => one.pem.replace('MII', 'M*I'),
      'line 2: this is no base64',
    ],
    [
      'with padding in the middle',
      () => one.pem.replace('MII', '===MII'),
      'line 2: this is no base64',
    ],
    ['with a letter too many', () => one.pem.replace('MII', 'MIIA'), 'cannot be'],
    [
      'that are not DER',
      () => encodePem('CERTIFICATE', Buffer.from('no certificate')),
      'line 1: this is no certificate that can be read',
    ],
    [
      'with bytes behind',
      () => encodePem('CERTIFICATE', Buffer.concat([der(one.pem), Buffer.of(0)])),
      'line 1: this is no certificate',
    ],
    ['in UTF-16', () => one.pem.split('').join('\0'), 'line 1: this is not plain text'],
    [
      'called trusted',
      () => one.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
      'a block "TRUSTED CERTIFICATE"',
    ],
    [
      'with a key',
      () => one.pem + one.key,
      'a block "PRIVATE KEY", expected only blocks "CERTIFICATE"',
    ],
    [
      'with curve parameters',
      () => `${encodePem('EC PARAMETERS', Buffer.of(6, 1, 1))}${one.pem}`,
      'line 1: this is a block "EC PARAMETERS"',
    ],
    [
      'encrypted',
      () => one.pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n'),
      'line 2: the block is encrypted',
    ],
  ])('are rejected %s, with the line', (_how, text, problem) => {
    expect(readCertificates(text())).toEqual({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  });
});

describe('a certificate file', () => {
  it('is rejected with the reason', async () => {
    const folder = await newFolder();
    const huge = join(folder, 'huge');
    await writeFile(huge, '');
    await truncate(huge, 5_000_000_000);
    await mkdir(join(folder, 'folder'));
    const problemOf = async (name: string) => readCertificateFile(join(folder, name));
    expect(await problemOf('none')).toEqual({ ok: false, problem: 'no such file' });
    expect(await problemOf('folder')).toEqual({ ok: false, problem: 'is no file' });
    expect(await problemOf('huge')).toEqual({
      ok: false,
      problem: 'has 5000000000 bytes, at most 1048576 are read',
    });
  });

  it('as cloudCa is returned as it was read, or its line is named', async () => {
    const path = join(await newFolder(), 'ca.pem');
    await writeFile(path, `\uFEFFour CA\r\n${one.pem}`);
    expect(await readCa(path)).toBe(one.pem);
    await writeFile(path, one.pem.trimEnd() + two.pem);
    await expect(readCa(path)).rejects.toMatchObject({
      code: 'config-cloud-ca',
      message: expect.stringMatching(/ca\.pem: line \d+: BEGIN or END does not stand alone/),
    });
  });
});

describe('a private key in PEM', () => {
  it('is read beside its certificate and curve parameters, in each of its forms', () => {
    const sec1 = String(one.privateKey.export({ type: 'sec1', format: 'pem' }));
    const parameters = encodePem('EC PARAMETERS', Buffer.of(6, 1, 1));
    for (const text of [one.key, one.pem + one.key, parameters + sec1, `\uFEFF${one.key}`]) {
      expect(readPrivateKey(text)?.equals(one.privateKey)).toBe(true);
    }
  });

  it.each<[string, () => string]>([
    ['none', () => one.pem],
    ['two', () => one.key + two.key],
    ['one glued to its certificate', () => one.key.trimEnd() + one.pem],
    [
      'one with a passphrase',
      () =>
        String(
          one.privateKey.export({
            type: 'pkcs8',
            format: 'pem',
            cipher: 'aes-128-cbc',
            passphrase: 'x',
          }),
        ),
    ],
  ])('is not read from a text with %s', (_what, text) => {
    expect(readPrivateKey(text())).toBeUndefined();
  });
});
