import { isIP } from 'node:net';
import { codeOf, explain } from '../../base/errors.ts';
import type { Observation } from '../events.ts';

/** The stages of a connection: each starts when the one before has succeeded. */
export type Stage = 'dns' | 'tcp' | 'tls' | 'connack' | 'suback' | 'up';

/** Observes one attempt; the first failure counts. */
export interface Seen {
  stage: Stage;
  fault?: Observation;
  /** The notBefore of the server's certificate, if known. */
  serverFromMs?: number;
}

/** The first stage of an attempt to reach `host`. */
export const firstStage = (host: string): Stage => (isIP(host) === 0 ? 'dns' : 'tcp');

/** Our own credentials are unreadable, or TLS rejects them. */
export const ofCredentials = (error: unknown): Observation => ({
  kind: 'identity',
  code: codeOf(error),
  detail: explain(error),
});

/** Our deadline is over. */
export const ofTimeout = ({ stage }: Seen, ms: number): Observation => ({
  kind: 'timeout',
  code: stage,
  detail: `${awaited[stage]} within ${ms} ms`,
});

const awaited: Readonly<Record<Stage, string>> = {
  dns: 'no answer from the name service',
  tcp: 'no TCP connection',
  tls: 'no end of the TLS handshake',
  connack: 'no CONNACK after the handshake',
  suback: 'no SUBACK after CONNACK',
  up: 'no answer',
};

/** The connection ended and no error was reported. */
export function ofClose({ stage }: Seen): Observation {
  const code = 'closed';
  switch (stage) {
    case 'up':
    case 'suback':
      return { kind: 'lost', code, detail: 'the connection was closed' };
    case 'connack':
      return { kind: 'closed-early', code, detail: 'closed after the handshake, no CONNACK' };
    case 'tls':
      return { kind: 'tls', code, detail: 'closed during the handshake' };
    default:
      return { kind: 'unreachable', code, detail: 'closed before there was a connection' };
  }
}

/** The observation for an error of the socket, of TLS or of the MQTT library. */
export function ofError(error: Error, { stage, serverFromMs }: Seen): Observation {
  const alert = alertNumber(error);
  if (alert !== undefined) {
    const name = alerts[alert] ?? `alert-${alert}`;
    return { kind: 'alert', code: name, detail: `TLS alert ${alert}, ${name}` };
  }
  // A failure to reach any of a name's addresses has a code but no message.
  const detail = removeAdvice(explain(error)) || codeOf(error);
  if (stage === 'dns' || stage === 'tcp') {
    return { kind: 'unreachable', code: codeOf(error), detail };
  }
  if (stage === 'tls') {
    const seen = { kind: 'tls', code: codeOf(error), detail } as const;
    const isEarly = seen.code === 'CERT_NOT_YET_VALID' && serverFromMs !== undefined;
    return isEarly ? { ...seen, serverFromMs } : seen;
  }
  if (stage !== 'connack') return { kind: 'lost', code: codeOfMqtt(error), detail };
  // MQTT.js gives the CONNACK return code as a number.
  const code: unknown = (error as { code?: unknown }).code;
  if (typeof code !== 'number') return { kind: 'closed-early', code: codeOfMqtt(error), detail };
  return {
    kind: 'refused',
    code: `connack-${code}`,
    detail: `CONNACK code ${code}, ${returnCodes[code] ?? 'not one of MQTT 3.1.1'}`,
  };
}

/** The runtime adds advice for programmers, which does not apply to a robot. */
const removeAdvice = (words: string): string => words.replace(/; if the root CA is .*$/, '');

/** The library's own errors have no code. */
function codeOfMqtt(error: Error): string {
  const code = codeOf(error);
  if (code !== 'unknown') return code;
  return /keepalive/i.test(error.message) ? 'keep-alive' : 'protocol';
}

/** OpenSSL puts the received alert at the end of its line; its own failures have none there. */
function alertNumber(error: Error): number | undefined {
  const found = /SSL alert number (\d{1,3})\b/.exec(error.message)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** MQTT 3.1.1 section 3.2.2.3. */
const returnCodes: Readonly<Record<number, string>> = {
  1: 'unacceptable protocol version',
  2: 'identifier rejected',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorized',
};

/** RFC 8446 section 6, RFC 5246 section 7.2 and RFC 6066 section 9, with hyphens. */
const alerts: Readonly<Record<number, string>> = {
  10: 'unexpected-message',
  20: 'bad-record-mac',
  22: 'record-overflow',
  40: 'handshake-failure',
  42: 'bad-certificate',
  43: 'unsupported-certificate',
  44: 'certificate-revoked',
  45: 'certificate-expired',
  46: 'certificate-unknown',
  47: 'illegal-parameter',
  48: 'unknown-ca',
  49: 'access-denied',
  50: 'decode-error',
  51: 'decrypt-error',
  70: 'protocol-version',
  71: 'insufficient-security',
  80: 'internal-error',
  86: 'inappropriate-fallback',
  90: 'user-canceled',
  109: 'missing-extension',
  110: 'unsupported-extension',
  112: 'unrecognized-name',
  113: 'bad-certificate-status-response',
  115: 'unknown-psk-identity',
  116: 'certificate-required',
  120: 'no-application-protocol',
};
