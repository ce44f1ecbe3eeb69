import { describe, expect, it } from 'vitest';
import { checkManifest, readTrustedKeys, type TrustContext } from '../../../agent/io/trust.ts';
import type { SignedManifest } from '../../../protocol/schemas/firmware.ts';
import { nowMs } from '../../support/agent-machine.ts';
import { newPublisher, payloadType, signed } from '../../support/agent-signing.ts';
import { manifest } from '../../support/agent-updates.ts';

const maker = newPublisher();
const deputy = newPublisher();
const foreign = newPublisher();
const context: TrustContext = {
  keys: readTrustedKeys(`${maker.publicKey}\n${deputy.publicKey}`),
  hardwareId: 'sim-board-1',
  floor: 7,
  nowMs,
};
const valid = signed(manifest, [maker]);
const [signature] = valid.signatures;
if (signature === undefined) throw new Error('not signed');

const verdict = (envelope: SignedManifest, change: Partial<TrustContext> = {}) => {
  const result = checkManifest(envelope, { ...context, ...change });
  return result.ok ? 'trusted' : result.code;
};
const changed = (base64: string, at: number, to: string) => {
  const bytes = Buffer.from(base64, 'base64');
  bytes.write(to, at);
  return bytes.toString('base64');
};
const withSig = (sig: string, keyid = maker.keyid): SignedManifest => ({
  ...valid,
  signatures: [{ keyid, sig }],
});

describe('a manifest', () => {
  it('is trusted with the signature of a key of the maker', () => {
    expect(checkManifest(valid, context)).toEqual({ ok: true, value: manifest });
  });

  it.each<readonly [string, SignedManifest]>([
    ['with the signature of another trusted key', signed(manifest, [deputy])],
    ['with one trusted signature among others', signed(manifest, [foreign, maker])],
    ['with several trusted signatures', signed(manifest, [maker, deputy])],
    ['with fields of a later release', signed({ ...manifest, tune: 7 }, [maker])],
  ])('is trusted %s', (_name, envelope) => {
    expect(verdict(envelope)).toBe('trusted');
  });

  it.each([
    ['at the security floor', { floor: manifest.securityCounter }],
    ['above the security floor', { floor: 0 }],
    ['until the last moment of its validity', { nowMs: manifest.expiresMs - 1 }],
  ])('is trusted %s', (_name, change) => {
    expect(verdict(valid, change)).toBe('trusted');
  });
});

describe('a manifest of an attacker (attacks on software updates, TUF section 1.5)', () => {
  it.each<readonly [string, SignedManifest, string]>([
    ['without a signature', { ...valid, signatures: [] }, 'untrusted'],
    ['when a foreign key signed it', signed(manifest, [foreign]), 'untrusted'],
    [
      "when a foreign key signed it under the maker's name",
      withSig(signed(manifest, [foreign]).signatures[0]?.sig ?? '', maker.keyid),
      'untrusted',
    ],
    [
      "with the maker's signature under a foreign name",
      withSig(signature.sig, foreign.keyid),
      'untrusted',
    ],
    ["with the maker's signature without a name", withSig(signature.sig, ''), 'untrusted'],
    [
      'with one foreign signature many times',
      { ...valid, signatures: Array(8).fill(signed(manifest, [foreign]).signatures[0]) },
      'untrusted',
    ],
    ['with an empty signature', withSig(''), 'untrusted'],
    ['with a truncated signature', withSig(signature.sig.slice(0, 40)), 'untrusted'],
    ['with an extended signature', withSig(`${signature.sig.slice(0, -2)}AAAA`), 'untrusted'],
    [
      'with a signature of another document',
      withSig(signed({ ...manifest, version: '9' }, [maker]).signatures[0]?.sig ?? ''),
      'untrusted',
    ],
    ['with one changed byte', { ...valid, payload: changed(valid.payload, 20, '~') }, 'untrusted'],
    [
      'with added bytes',
      {
        ...valid,
        payload: Buffer.from(`${atob(valid.payload)} `).toString('base64'),
      },
      'untrusted',
    ],
    ['when it is empty', { ...valid, payload: '' }, 'untrusted'],
    [
      'when it is signed as another kind of document',
      signed(manifest, [maker], 'application/other'),
      'untrusted',
    ],
    [
      'when it is another kind of document under our payload type',
      { ...signed(manifest, [maker], 'application/other'), payloadType },
      'untrusted',
    ],
    [
      'for other hardware',
      signed({ ...manifest, hardwareId: 'other-board' }, [maker]),
      'wrong-hardware',
    ],
    [
      'for hardware with a longer name',
      signed({ ...manifest, hardwareId: 'sim-board-10' }, [maker]),
      'wrong-hardware',
    ],
    ['below the security floor', signed({ ...manifest, securityCounter: 6 }, [maker]), 'rollback'],
    ['at the moment of its expiry', signed({ ...manifest, expiresMs: nowMs }, [maker]), 'expired'],
    ['after its expiry', signed({ ...manifest, expiresMs: nowMs - 1 }, [maker]), 'expired'],
    ['when it is signed and not JSON', signed('{', [maker]), 'not-json'],
    [
      'when it is signed and lacks a field',
      signed({ ...manifest, sha256: undefined }, [maker]),
      'wrong-schema',
    ],
    [
      'when it is signed and its image is too long',
      signed({ ...manifest, length: 1e12 }, [maker]),
      'wrong-schema',
    ],
    [
      'when it is signed and its counter is out of range',
      signed({ ...manifest, securityCounter: 1e300 }, [maker]),
      'wrong-schema',
    ],
    [
      'when it is signed and its digest is invalid',
      signed({ ...manifest, sha256: 'x' }, [maker]),
      'wrong-schema',
    ],
    [
      'when it is signed with a later schema version',
      signed({ ...manifest, v: 2 }, [maker]),
      'wrong-schema',
    ],
  ])('is not trusted %s', (_name, envelope, code) => {
    expect(verdict(envelope)).toBe(code);
  });

  it('is not trusted when no key is', () => {
    expect(verdict(valid, { keys: [] })).toBe('untrusted');
  });

  it('is not trusted when its key was removed from the file', () => {
    expect(verdict(valid, { keys: readTrustedKeys(deputy.publicKey) })).toBe('untrusted');
  });

  it.each(['ed448', 'ec'] as const)(
    'is not trusted with the signature of another type of key (%s)',
    (kind) => {
      const other = newPublisher(kind);
      expect(verdict(signed(manifest, [other]), { keys: readTrustedKeys(other.publicKey) })).toBe(
        'untrusted',
      );
    },
  );

  it('is not trusted with any flipped bit of its signature', () => {
    const bytes = Buffer.from(signature.sig, 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = Buffer.from(bytes);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verdict(withSig(turned.toString('base64')))).toBe('untrusted');
    }
  });
});

describe('the key file', () => {
  it('may hold text around its keys', () => {
    const file = `# maker\n${maker.publicKey}# deputy, until 2030\n${deputy.publicKey}`;
    expect(readTrustedKeys(file).map(({ keyid }) => keyid)).toEqual([maker.keyid, deputy.keyid]);
  });

  it.each(['', 'text'])('holds no key when it is %j', (file) => {
    expect(readTrustedKeys(file)).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['cut off', '-----BEGIN PUBLIC KEY-----', 'line 1: this block has no END'],
    [
      'without a line between two keys',
      maker.publicKey.trimEnd() + deputy.publicKey,
      'line 3: BEGIN or END',
    ],
    [
      'with a certificate in it',
      maker.publicKey.replaceAll('PUBLIC KEY', 'CERTIFICATE'),
      'line 1: this',
    ],
  ])('is rejected with the line when it is %s', (_how, file, problem) => {
    expect(() => readTrustedKeys(file)).toThrow(problem);
  });

  it('is rejected when a key is damaged', () => {
    expect(() =>
      readTrustedKeys('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'),
    ).toThrow();
  });
});
