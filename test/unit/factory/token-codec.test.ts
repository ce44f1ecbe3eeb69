import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  ecdsaSignature,
  ecParams,
  ecPublicKey,
  kindName,
  rsaPublicKey,
  signingInput,
} from '../../../factory/token-codec.ts';

const data = Buffer.from('to be signed');

it.each([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
] as const)('300 raw %s signatures become ones that verify', (namedCurve, hash) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  for (let time = 0; time < 300; time++) {
    const raw = sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(verify(hash, data, publicKey, ecdsaSignature(raw))).toBe(true);
  }
});

it.each<[string, string]>([
  [`00007f${'00'.repeat(29)}${'00'.repeat(31)}01`, '3023021e7f'],
  [`80${'00'.repeat(31)}${'00'.repeat(31)}80`, '30270221008000'],
  ['00'.repeat(64), '3006020100020100'],
])('numbers are minimal and positive: %s', (raw, start) => {
  expect(ecdsaSignature(Buffer.from(raw, 'hex')).toString('hex').startsWith(start)).toBe(true);
});

it.each(['prime256v1', 'secp384r1'])('a point of %s is a key, wrapped or bare', (namedCurve) => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve });
  const kind = namedCurve === 'prime256v1' ? 'ec-p256' : 'ec-p384';
  const octets = kind === 'ec-p256' ? 65 : 97;
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-octets);
  const wrapped = Buffer.concat([Buffer.of(4, octets), point]);
  expect(ecPublicKey(ecParams[kind], wrapped).equals(publicKey)).toBe(true);
  expect(ecPublicKey(ecParams[kind], Buffer.from(point)).equals(publicKey)).toBe(true);
  expect(kindName(publicKey)).toBe(kind);
});

// As the length octet of a wrapped point that is two octets shorter: one key in 256 resembles one.
it('reads a bare point whose X begins with 63 as bare', () => {
  for (;;) {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
    if (point[1] === 63) {
      expect(ecPublicKey(ecParams['ec-p256'], Buffer.from(point)).equals(publicKey)).toBe(true);
      return;
    }
  }
});

it.each<[string, Buffer, Buffer]>([
  ['another curve', Buffer.from('06052b8104000a', 'hex'), Buffer.alloc(65, 4)],
  ['a compressed point', ecParams['ec-p256'], Buffer.alloc(33, 2)],
  ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
])('rejects %s', (_, params, point) => {
  expect(() => ecPublicKey(params, point)).toThrow(/not on P-256 or P-384/);
});

it("reads an RSA key from its numbers, and builds the token's signing input", () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const [modulus, exponent] = [n, e].map((text) => Buffer.from(text, 'base64url'));
  const key = rsaPublicKey(modulus ?? data, exponent ?? data);
  expect(key.equals(publicKey)).toBe(true);
  expect(kindName(key)).toBe('rsa-3072');
  // RSASSA-PKCS1-v1_5: the private key over DigestInfo, padded.
  for (const hash of ['sha256', 'sha384'] as const) {
    const block = verify(hash, data, key, sign(hash, data, privateKey));
    expect(block).toBe(true);
    const input = signingInput(`rsa-${hash}`, createHash(hash).update(data).digest());
    expect(input[1]).toBe(input.length - 2);
  }
});
