import { codeOf, PilotfishError } from '../../base/errors.ts';

/**
 * Codes of failed transfers that do not depend on library and runtime. `docs/firmware-engineer.md` has the table with
 * what to do. An unknown code is reported unchanged.
 */
export function transferCode(error: unknown): string {
  if (error instanceof PilotfishError) return error.code;
  const code = codeOf(error);
  // got names what it waited for: only `request` is the bound for the whole transfer.
  if (code === 'ETIMEDOUT') return eventOf(error) === 'request' ? 'too-slow' : 'timeout';
  const known = words[code];
  if (known !== undefined) return known;
  if (isOfCertificates.test(code)) return 'tls-untrusted';
  if (/^(?:EPROTO|ERR_SSL_|ERR_TLS_)/.test(code)) return 'tls-failed';
  if (/^HPE_/.test(code)) return 'not-http';
  return code;
}

const eventOf = (error: unknown): unknown => (error as { event?: unknown }).event;

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'name-not-resolved',
  EAI_AGAIN: 'name-not-resolved',
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  ERR_STREAM_PREMATURE_CLOSE: 'connection-lost',
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: 'wrong-length',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-name',
};

/** OpenSSL's words for what is wrong with a chain, as Node passes them on. */
const isOfCertificates = /CERT|SIGNATURE|ISSUER|SELF_SIGNED|CRL|INVALID_CA|PATH_LENGTH|HOSTNAME/;

const urlFaults = ['not-a-url', 'not-https'] as const;
type UrlFault = (typeof urlFaults)[number];

export const isUrlFault = (code: string): code is UrlFault =>
  (urlFaults as readonly string[]).includes(code);

/** Why such a URL is rejected; `undefined` when it is allowed. */
export function urlFault(url: string): UrlFault | undefined {
  if (!URL.canParse(url)) return 'not-a-url';
  return new URL(url).protocol === 'https:' ? undefined : 'not-https';
}

/** The code for an unexpected status. */
export const statusCode = (status: number): string =>
  status >= 300 && status < 400 && status !== 304 ? 'redirect' : `http-${status}`;
