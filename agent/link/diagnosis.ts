import type { Stamp } from '../../protocol/schemas/time.ts';
import type { CertificateFacts, Observation } from '../events.ts';
import type { CauseCode } from './diagnoses.ts';

/** What the robot knows besides the observed failure; `agent/api/connection-report.ts` names the sources. */
export interface Evidence {
  /** The clock that TLS goes by, and how good it is. */
  readonly wallMs: number;
  readonly quality: Stamp['quality'];
  /** It is at least this time. */
  readonly floorMs: number;
  /** Of the credentials that the link uses. */
  readonly certificate: CertificateFacts | null;
  /** A connection with this certificate has succeeded before. */
  readonly hasConnected: boolean;
  /** Failures in a row. */
  readonly failures: number;
}

/** No robot is stored for so long without a new image. */
const shelfLifeMs = 3 * 365 * 86_400_000;
/** A first contact is rejected once or twice while the cloud registers the certificate. */
const firstContactTries = 3;

/**
 * The diagnosis of a failed or dropped connection, for people. A server need not give a reason, so this is the best
 * guess from what was observed and what the robot knows of itself. The robot's behaviour must not depend on it.
 */
export function diagnoseEnd(seen: Observation, evidence: Evidence): CauseCode {
  switch (seen.kind) {
    case 'identity':
      return seen.code === 'no-identity' ? 'no-identity' : 'identity-unusable';
    case 'unreachable':
      return diagnoseUnreachable(seen.code);
    case 'timeout':
      return timeouts[seen.code] ?? 'broker-busy';
    case 'tls':
      return diagnoseHandshake(seen.code, evidence);
    case 'alert':
      return diagnoseAlert(alerts[seen.code] ?? 'tls-mismatch', evidence);
    case 'refused':
      return refusals[seen.code] ?? 'broker-faulty';
    case 'closed-early':
      return seen.code === 'protocol' ? 'broker-faulty' : diagnoseEarlyClose(evidence);
    case 'lost':
      return diagnoseLoss(seen.code, evidence);
    case 'closed':
      return 'ended-by-robot';
  }
}

function diagnoseUnreachable(code: string): CauseCode {
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'dns';
  return code === 'ECONNREFUSED' ? 'broker-down' : 'network-down';
}

const timeouts: Readonly<Record<string, CauseCode>> = { dns: 'dns', tcp: 'network-down' };

/** Codes of Node's own verification of the server (docs of `tls`, "X509 certificate error codes"). */
function diagnoseHandshake(code: string, evidence: Evidence): CauseCode {
  switch (code) {
    case 'CERT_NOT_YET_VALID':
      return evidence.quality === 'synced' ? 'server-certificate-not-yet-valid' : 'clock-behind';
    case 'CERT_HAS_EXPIRED':
      return isClockAhead(evidence) ? 'clock-ahead' : 'server-certificate-expired';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'name-mismatch';
    // TLS 1.2 rejects a client's certificate within the handshake, and many servers do so without a reason.
    case 'ECONNRESET':
    case 'EPIPE':
    case 'closed':
      return diagnoseEarlyClose(evidence);
  }
  return /CERT|ISSUER|SIGNATURE|SELF_SIGNED|CHAIN|LEAF|PURPOSE|CRL/.test(code)
    ? 'server-certificate-untrusted'
    : 'tls-mismatch';
}

/** A clock that was never synchronised and shows a time after the end of this robot's certificate or software. */
function isClockAhead({ quality, wallMs, floorMs, certificate }: Evidence): boolean {
  if (quality === 'synced') return false;
  const isWorn = certificate !== null && wallMs > certificate.notAfterMs;
  return isWorn || (floorMs > 0 && wallMs - floorMs > shelfLifeMs);
}

/** A broker that rejects a certificate need not say that its dates are the reason (Mosquitto: bad-certificate). */
const diagnoseAlert = (cause: CauseCode, evidence: Evidence): CauseCode =>
  cause === 'certificate-refused' ? (diagnoseDates(evidence) ?? cause) : cause;

/** Closed after our certificate was shown, without CONNACK and without a reason. */
function diagnoseEarlyClose(evidence: Evidence): CauseCode {
  const wrong = diagnoseDates(evidence);
  if (wrong !== undefined) return wrong;
  if (evidence.hasConnected) return 'certificate-blocked';
  return evidence.failures <= firstContactTries ? 'not-yet-registered' : 'not-registered';
}

/** What is wrong with the dates of our certificate, by our own clock. */
function diagnoseDates({ certificate, quality, wallMs }: Evidence): CauseCode | undefined {
  if (certificate === null) return undefined;
  if (wallMs > certificate.notAfterMs) return 'certificate-expired';
  if (wallMs >= certificate.notBeforeMs) return undefined;
  return quality === 'synced' ? 'certificate-not-yet-valid' : 'clock-behind';
}

/** Connections that repeatedly end right after the start are ended by the other side. */
const diagnoseLoss = (code: string, { failures }: Evidence): CauseCode => {
  if (code === 'protocol') return 'broker-faulty';
  return code === 'closed' && failures >= firstContactTries ? 'taken-over' : 'connection-lost';
};

/** By the name of RFC 8446 section 6; the alerts that are missing here concern TLS itself. */
const alerts: Readonly<Record<string, CauseCode>> = {
  'certificate-revoked': 'certificate-blocked',
  'access-denied': 'certificate-blocked',
  'certificate-expired': 'certificate-expired',
  'unknown-ca': 'unknown-ca',
  'bad-certificate': 'certificate-refused',
  'unsupported-certificate': 'certificate-refused',
  'certificate-unknown': 'certificate-refused',
  'certificate-required': 'certificate-refused',
  'decrypt-error': 'certificate-refused',
  'unrecognized-name': 'name-mismatch',
  'internal-error': 'broker-busy',
};

/** MQTT 3.1.1 section 3.2.2.3. */
const refusals: Readonly<Record<string, CauseCode>> = {
  'connack-1': 'broker-faulty',
  'connack-2': 'name-refused',
  'connack-3': 'broker-busy',
  'connack-4': 'not-authorized',
  'connack-5': 'not-authorized',
  'not-subscribed': 'not-authorized',
};
