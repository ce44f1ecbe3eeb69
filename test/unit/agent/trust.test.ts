import { describe, expect, it } from 'vitest';
import { judge, readTrustedKeys, type TrustContext } from '../../../agent/io/trust.ts';
import type { SignedManifest } from '../../../protocol/schemas/firmware.ts';
import { nowMs } from '../../support/agent-machine.ts';
import { newPublisher, payloadType, signed } from '../../support/agent-signing.ts';
import { manifest } from '../../support/agent-updates.ts';

const maker = newPublisher();
const deputy = newPublisher();
const stranger = newPublisher();
const context: TrustContext = {
  keys: readTrustedKeys(`${maker.publicKey}\n${deputy.publicKey}`),
  hardwareId: 'sim-board-1',
  floor: 7,
  nowMs,
};
const good = signed(manifest, [maker]);
const [signature] = good.signatures;
if (signature === undefined) throw new Error('not signed');

const verdict = (envelope: SignedManifest, change: Partial<TrustContext> = {}) => {
  const result = judge(envelope, { ...context, ...change });
  return result.ok ? 'believed' : result.code;
};
const changed = (base64: string, at: number, to: string) => {
  const bytes = Buffer.from(base64, 'base64');
  bytes.write(to, at);
  return bytes.toString('base64');
};
const withSig = (sig: string, keyid = maker.keyid): SignedManifest => ({
  ...good,
  signatures: [{ keyid, sig }],
});

describe('a manifest is believed', () => {
  it('signed by a key of the maker', () => {
    expect(judge(good, context)).toEqual({ ok: true, value: manifest });
  });

  it.each<readonly [string, SignedManifest]>([
    ['by another of its keys', signed(manifest, [deputy])],
    ['by one key among strangers', signed(manifest, [stranger, maker])],
    ['by several', signed(manifest, [maker, deputy])],
    ['with fields of a later release', signed({ ...manifest, tune: 7 }, [maker])],
  ])('%s', (_name, envelope) => {
    expect(verdict(envelope)).toBe('believed');
  });

  it.each([
    ['at the floor', { floor: manifest.securityCounter }],
    ['above the floor', { floor: 0 }],
    ['until the last moment', { nowMs: manifest.expiresMs - 1 }],
  ])('%s', (_name, change) => {
    expect(verdict(good, change)).toBe('believed');
  });
});

describe('a manifest is not believed (attacks on software updates, TUF section 1.5)', () => {
  it.each<readonly [string, SignedManifest, string]>([
    ['unsigned', { ...good, signatures: [] }, 'untrusted'],
    ['signed by a stranger', signed(manifest, [stranger]), 'untrusted'],
    [
      "signed by a stranger under the maker's name",
      withSig(signed(manifest, [stranger]).signatures[0]?.sig ?? '', maker.keyid),
      'untrusted',
    ],
    [
      "with the maker's signature under a stranger's name",
      withSig(signature.sig, stranger.keyid),
      'untrusted',
    ],
    ["with the maker's signature under no name", withSig(signature.sig, ''), 'untrusted'],
    [
      'with one stranger counted many times',
      { ...good, signatures: Array(8).fill(signed(manifest, [stranger]).signatures[0]) },
      'untrusted',
    ],
    ['with an empty signature', withSig(''), 'untrusted'],
    ['with a signature cut short', withSig(signature.sig.slice(0, 40)), 'untrusted'],
    ['with a signature that goes on', withSig(`${signature.sig.slice(0, -2)}AAAA`), 'untrusted'],
    [
      'with a signature of something else',
      withSig(signed({ ...manifest, version: '9' }, [maker]).signatures[0]?.sig ?? ''),
      'untrusted',
    ],
    [
      'with one byte of it changed',
      { ...good, payload: changed(good.payload, 20, '~') },
      'untrusted',
    ],
    [
      'with something added',
      {
        ...good,
        payload: Buffer.from(`${atob(good.payload)} `).toString('base64'),
      },
      'untrusted',
    ],
    ['empty', { ...good, payload: '' }, 'untrusted'],
    [
      'signed as a document of another kind',
      signed(manifest, [maker], 'application/other'),
      'untrusted',
    ],
    [
      'of another kind, passed off as ours',
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
    [
      'older than what was confirmed here',
      signed({ ...manifest, securityCounter: 6 }, [maker]),
      'rollback',
    ],
    ['at the moment of its expiry', signed({ ...manifest, expiresMs: nowMs }, [maker]), 'expired'],
    ['after it', signed({ ...manifest, expiresMs: nowMs - 1 }, [maker]), 'expired'],
    ['signed, and no JSON', signed('{', [maker]), 'not-json'],
    [
      'signed, without a field',
      signed({ ...manifest, sha256: undefined }, [maker]),
      'wrong-schema',
    ],
    [
      'signed, with an endless image',
      signed({ ...manifest, length: 1e12 }, [maker]),
      'wrong-schema',
    ],
    [
      'signed, with a counter near infinity',
      signed({ ...manifest, securityCounter: 1e300 }, [maker]),
      'wrong-schema',
    ],
    [
      'signed, with a digest that is none',
      signed({ ...manifest, sha256: 'x' }, [maker]),
      'wrong-schema',
    ],
    ['signed, of a later form', signed({ ...manifest, v: 2 }, [maker]), 'wrong-schema'],
  ])('%s', (_name, envelope, code) => {
    expect(verdict(envelope)).toBe(code);
  });

  it('when no key is trusted', () => {
    expect(verdict(good, { keys: [] })).toBe('untrusted');
  });

  it('when its key was taken out of the file', () => {
    expect(verdict(good, { keys: readTrustedKeys(deputy.publicKey) })).toBe('untrusted');
  });

  it.each(['ed448', 'ec'] as const)('by a key of another kind in the file (%s)', (kind) => {
    const odd = newPublisher(kind);
    expect(verdict(signed(manifest, [odd]), { keys: readTrustedKeys(odd.publicKey) })).toBe(
      'untrusted',
    );
  });

  it('with any bit of its signature turned', () => {
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

  it.each(['', 'text'])('%j holds none', (file) => {
    expect(readTrustedKeys(file)).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['cut off', '-----BEGIN PUBLIC KEY-----', 'line 1: this block has no END'],
    ['glued', maker.publicKey.trimEnd() + deputy.publicKey, 'line 3: BEGIN or END'],
    ['with a certificate', maker.publicKey.replaceAll('PUBLIC KEY', 'CERTIFICATE'), 'line 1: this'],
  ])('names the line when it is %s', (_how, file, problem) => {
    expect(() => readTrustedKeys(file)).toThrow(problem);
  });

  it('a key that is broken is an error, not a key less', () => {
    expect(() =>
      readTrustedKeys('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'),
    ).toThrow();
  });
});
