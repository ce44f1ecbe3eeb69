import { describe, expect, it } from 'vitest';
import { statusCode, transferCode, urlFault } from '../../../agent/io/http-codes.ts';
import { installCode, watchSource } from '../../../agent/updates/install-source.ts';
import { PilotfishError } from '../../../base/errors.ts';

const failure = (code: string, more = {}) => Object.assign(new Error(code), { code, ...more });

describe('the code of a failed transfer', () => {
  it.each([
    [failure('ENOTFOUND'), 'name-not-resolved'],
    [failure('EAI_AGAIN'), 'name-not-resolved'],
    [failure('ECONNREFUSED'), 'connection-refused'],
    [failure('ENETUNREACH'), 'unreachable'],
    [failure('ECONNRESET'), 'connection-lost'],
    [failure('ERR_STREAM_PREMATURE_CLOSE'), 'connection-lost'],
    [failure('ERR_HTTP_CONTENT_LENGTH_MISMATCH'), 'wrong-length'],
    [failure('ETIMEDOUT', { event: 'connect' }), 'timeout'],
    [failure('ETIMEDOUT', { event: 'response' }), 'timeout'],
    [failure('ETIMEDOUT', { event: 'request' }), 'too-slow'],
    [failure('ETIMEDOUT'), 'timeout'],
    [failure('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls-name'],
    [failure('SELF_SIGNED_CERT_IN_CHAIN'), 'tls-untrusted'],
    [failure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'tls-untrusted'],
    [failure('CERT_HAS_EXPIRED'), 'tls-untrusted'],
    [failure('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls-failed'],
    [failure('HPE_INVALID_CONSTANT'), 'not-http'],
    [new PilotfishError('http-404', 'no'), 'http-404'],
    [failure('ESOMETHING'), 'ESOMETHING'],
    ['thrown', 'unknown'],
  ])('for %s is %s', (error, code) => {
    expect(transferCode(error)).toBe(code);
  });

  it.each([
    [301, 'redirect'],
    [308, 'redirect'],
    [304, 'http-304'],
    [404, 'http-404'],
    [503, 'http-503'],
  ])('for the status %i is %s', (status, code) => {
    expect(statusCode(status)).toBe(code);
  });

  it.each([
    ['https://cloud/image', undefined],
    ['http://cloud/image', 'not-https'],
    ['ftp://cloud/image', 'not-https'],
    ['image', 'not-a-url'],
    ['https://', 'not-a-url'],
  ])('for the URL %s is %s', (url, fault) => {
    expect(urlFault(url)).toBe(fault);
  });
});

describe('the code of a failed installation', () => {
  async function* of(bytes: number, error?: Error) {
    yield new Uint8Array(bytes);
    if (error !== undefined) throw error;
  }
  /** An installer that reads everything and then fails with the board's error. */
  async function install(source: AsyncIterable<Uint8Array>, length: number, error: Error) {
    const seen = watchSource(source);
    try {
      for await (const _chunk of seen.chunks);
    } catch (cause) {
      return installCode(new PilotfishError('io', 'not written', { cause }), seen, length);
    }
    return installCode(error, seen, length);
  }
  const mismatch = new PilotfishError('mismatch', 'does not fit');
  const full = new PilotfishError('io', 'not written', { cause: failure('ENOSPC') });

  it.each<readonly [string, AsyncIterable<Uint8Array>, Error, string]>([
    [
      'names the error of the source',
      of(5, new PilotfishError('http-404', 'no')),
      mismatch,
      'http-404',
    ],
    ['reports too few bytes', of(5), mismatch, 'wrong-length'],
    ['reports other bytes', of(10), mismatch, 'wrong-digest'],
    ['reports a full medium', of(10), full, 'no-space'],
    ['reports a failed medium', of(10), new PilotfishError('io', 'not written'), 'io'],
    [
      'reports the rejection of the board',
      of(10),
      new PilotfishError('refused', 'booted slot'),
      'refused',
    ],
  ])('%s', async (_name, source, error, code) => {
    expect(await install(source, 10, error)).toBe(code);
  });

  it('is known although an installer stops early, which then gets no more from its source', async () => {
    let isEnded = false;
    async function* endless() {
      try {
        for (;;) yield new Uint8Array(1);
      } finally {
        isEnded = true;
      }
    }
    for await (const _chunk of watchSource(endless()).chunks) break;
    expect(isEnded).toBe(true);
  });
});
