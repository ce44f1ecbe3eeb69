import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keySigner } from '../../../base/x509/algorithms.ts';
import { makeCsr } from '../../../base/x509/csr.ts';
import {
  around,
  bitString,
  decode,
  encode,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tags,
  text,
  truth,
} from '../../../base/x509/der.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { decodePem } from '../../../base/x509/pem.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import {
  basicConstraints,
  buildCsr,
  type CsrParts,
  commonName,
  csrParts,
  csrPem,
  ecdsaSha256,
  extension,
  extensionRequest,
  signCsr,
} from '../../support/pki-csr.ts';

const keys = await generateKeys('ec-p256');
const rsaKeys = await generateKeys('rsa-2048');
const p384Keys = await generateKeys('ec-p384');
const smallRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const oddRsa = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
const explicitCurve = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  paramEncoding: 'explicit',
});

const good = buildCsr(keys);
const der = decodePem('CERTIFICATE REQUEST', good) ?? Buffer.alloc(0);

/** `ok`, or the code of the refusal. */
const codeFor = (pem: string): string => {
  const reading = readCsr(pem);
  return reading.ok ? 'ok' : reading.code;
};
const withParts = (changes: Partial<CsrParts>): string => buildCsr(keys, changes);
const asking = (...attributes: Parameters<typeof around>[1][]): string =>
  withParts({ attributes: around(0, ...attributes) });

describe('the reader accepts', () => {
  it.each<[string, string]>([
    ['a plain request', good],
    ['an RSA request', buildCsr(rsaKeys)],
    ['lines ended by CR LF', good.replaceAll('\n', '\r\n')],
    ['no newline at the end', good.trimEnd()],
    ['a printable string', withParts({ subject: sequence(commonName('r', tags.printableString)) })],
    [
      'a subject with an organisation',
      withParts({
        subject: sequence(
          setOf(sequence(oid('2.5.4.10'), text(tags.utf8String, 'Maker'))),
          commonName('robot-1'),
        ),
      }),
    ],
    ['CA:FALSE and a key usage requested', asking(extensionRequest(basicConstraints(false)))],
    [
      'a challenge password',
      asking(sequence(oid('1.2.840.113549.1.9.7'), setOf(text(tags.utf8String, 'secret')))),
    ],
  ])('%s', (_, pem) => {
    expect(codeFor(pem)).toBe('ok');
  });
});

describe('the reader rejects', () => {
  const info = () => {
    const parts = csrParts(keys.publicKey);
    return [parts.version, parts.subject, parts.keyInfo, parts.attributes] as const;
  };
  const whole = () => {
    const value = decode(der).value;
    if (typeof value === 'string') throw new Error('not constructed');
    return value;
  };
  it.each<[string, string, string]>([
    ['nothing', '', 'csr-pem'],
    ['another label', good.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'), 'csr-pem'],
    ['two requests', good + good, 'csr-pem'],
    ['text before', `hello\n${good}`, 'csr-pem'],
    ['text behind', `${good}hello\n`, 'csr-pem'],
    ['base64 that is not canonical', good.replace(/\n(-----END)/, '=\n$1'), 'csr-pem'],
    ['a request that is too long', good + ' '.repeat(9000), 'csr-too-large'],
    ['octets behind the value', csrPem(Buffer.concat([der, Buffer.of(0)])), 'csr-shape'],
    ['a length in too many octets', csrPem(longer(der)), 'csr-shape'],
    ['deep nesting', csrPem(nested(2000)), 'csr-shape'],
    ['version 2', withParts({ version: integer(Uint8Array.of(1)) }), 'csr-shape'],
    ['a SET as subject', withParts({ subject: setOf(commonName('robot-1')) }), 'csr-shape'],
    ['attributes as [1]', withParts({ attributes: around(1) }), 'csr-shape'],
    [
      'no attributes',
      csrPem(signCsr(keys.privateKey, sequence(...info().slice(0, 3)), ecdsaSha256())),
      'csr-shape',
    ],
    [
      'a fifth part',
      csrPem(signCsr(keys.privateKey, sequence(...info(), around(1)), ecdsaSha256())),
      'csr-shape',
    ],
    ['a fourth outer part', csrPem(encode(sequence(...whole(), truth()))), 'csr-shape'],
    ['no common name', withParts({ subject: sequence() }), 'csr-subject'],
    [
      'two common names',
      withParts({ subject: sequence(commonName('a'), commonName('b')) }),
      'csr-subject',
    ],
    [
      'a control character',
      withParts({ subject: sequence(commonName('a\u0000b')) }),
      'csr-subject',
    ],
    ['a long name', withParts({ subject: sequence(commonName('a'.repeat(65))) }), 'csr-subject'],
    [
      'a printable string that is not',
      withParts({ subject: sequence(commonName('\u00fc', tags.printableString)) }),
      'csr-subject',
    ],
    [
      'an unknown algorithm',
      withParts({ algorithm: sequence(oid('1.2.840.10045.4.3.4')) }),
      'csr-algorithm',
    ],
    [
      'SHA-1',
      buildCsr(rsaKeys, {
        algorithm: sequence(oid('1.2.840.113549.1.1.5'), text(tags.null, '')),
      }),
      'csr-algorithm',
    ],
    [
      'ECDSA with parameters',
      withParts({ algorithm: sequence(oid('1.2.840.10045.4.3.2'), text(tags.null, '')) }),
      'csr-shape',
    ],
    [
      'RSA without parameters',
      buildCsr(rsaKeys, { algorithm: sequence(oid('1.2.840.113549.1.1.11')) }),
      'csr-shape',
    ],
    ['RSA key, ECDSA name', buildCsr(rsaKeys, { algorithm: ecdsaSha256() }), 'csr-signature'],
    ['P-384', buildCsr(p384Keys), 'csr-key'],
    ['RSA of 1024 bits', buildCsr(smallRsa), 'csr-key'],
    ['RSA with exponent 3', buildCsr(oddRsa), 'csr-key'],
    ['a curve spelled out', buildCsr(explicitCurve), 'csr-shape'],
    ["another's key", withParts({ keyInfo: csrParts(rsaKeys.publicKey).keyInfo }), 'csr-signature'],
    [
      'a signature with unused bits',
      csrPem(encode(sequence(...whole().slice(0, 2), bitString(Buffer.of(0), 1)))),
      'csr-shape',
    ],
    ['CA:TRUE', asking(extensionRequest(basicConstraints(true))), 'csr-ca-requested'],
    [
      'critical CA:TRUE',
      asking(
        extensionRequest(
          sequence(oid('2.5.29.19'), truth(), octetString(encode(sequence(truth())))),
        ),
      ),
      'csr-ca-requested',
    ],
    [
      'an object identifier cut off within an arc',
      asking(sequence({ ...oid('1.2'), value: '*\u0086' }, setOf(truth()))),
      'csr-shape',
    ],
    [
      'basic constraints twice',
      asking(extensionRequest(basicConstraints(false), basicConstraints(false))),
      'csr-duplicate-extension',
    ],
    [
      'extensions requested in two ways',
      asking(
        extensionRequest(basicConstraints(false)),
        sequence(
          oid('1.3.6.1.4.1.311.2.1.14'),
          setOf(sequence(extension('2.5.29.15', bitString(Buffer.of(0x80), 7)))),
        ),
      ),
      'csr-duplicate-extension',
    ],
  ])('%s', (_, pem, code) => {
    expect(codeFor(pem)).toBe(code);
  });

  it('a value that is not even text', () => {
    for (const value of [undefined, null, 7, {}]) {
      expect(codeFor(value as unknown as string)).toBe('csr-shape');
    }
  });
});

describe.each([
  ['P-256', keys],
  ['RSA', rsaKeys],
] as const)('a %s request with one bit flipped', (_, keyPair) => {
  it('is rejected, wherever the bit is', async () => {
    const { sign } = keySigner(keyPair.privateKey);
    const pem = await makeCsr({ subjectCommonName: 'robot-1', publicKey: keyPair.publicKey, sign });
    const whole = decodePem('CERTIFICATE REQUEST', pem) ?? Buffer.alloc(0);
    const taken: number[] = [];
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (readCsr(csrPem(flipped)).ok) taken.push(bit);
    }
    expect(taken).toEqual([]);
  });
});

it('a flipped bit in the PEM text is rejected, or changes nothing', () => {
  for (let bit = 0; bit < good.length * 8; bit++) {
    const flipped = Buffer.from(good, 'latin1');
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const reading = readCsr(flipped.toString('latin1'));
    if (!reading.ok) continue;
    expect(reading.csr.commonName).toBe('robot-1');
    expect(reading.csr.publicKey.equals(keys.publicKey)).toBe(true);
  }
});

/** The outer length, which stands in two octets, in three. */
function longer(bytes: Buffer): Buffer {
  expect(bytes[1]).toBe(0x81);
  return Buffer.concat([Buffer.of(0x30, 0x82, 0, bytes[2] ?? 0), bytes.subarray(3)]);
}

function nested(depth: number): Buffer {
  let inner = Buffer.of(0x30, 0);
  for (let level = 0; level < depth && inner.length < 5000; level++) {
    const { length } = inner;
    const head = length < 128 ? [0x30, length] : [0x30, 0x82, length >> 8, length & 0xff];
    inner = Buffer.concat([Buffer.of(...head), inner]);
  }
  return inner;
}
