import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../agent/events.ts';
import { type CauseCode, diagnoses } from '../../../agent/link/diagnoses.ts';
import { diagnoseEnd, type Evidence } from '../../../agent/link/diagnosis.ts';
import { certificate, dayMs } from '../../support/agent-certificates.ts';
import { nowMs } from '../../support/agent-machine.ts';

const normal: Evidence = {
  wallMs: nowMs,
  quality: 'synced',
  floorMs: nowMs - dayMs,
  certificate: certificate(1),
  hasConnected: true,
  failures: 1,
};
const fresh = { hasConnected: false };
const { notAfterMs } = certificate(1);
const expired = { certificate: certificate(1, { notAfterMs: nowMs - 1 }) };
const early = { certificate: certificate(1, { notBeforeMs: nowMs + 1 }) };
const unsynced = { quality: 'floor' } as const;

type Row = readonly [Observation['kind'], string, Partial<Evidence>, CauseCode];

const rows: readonly Row[] = [
  ['identity', 'no-identity', {}, 'no-identity'],
  ['identity', 'certificate-mismatch', {}, 'identity-unusable'],
  ['unreachable', 'ENOTFOUND', {}, 'dns'],
  ['unreachable', 'EAI_AGAIN', {}, 'dns'],
  ['unreachable', 'ECONNREFUSED', {}, 'broker-down'],
  ['unreachable', 'EHOSTUNREACH', {}, 'network-down'],
  ['unreachable', 'ENETUNREACH', {}, 'network-down'],
  ['timeout', 'dns', {}, 'dns'],
  ['timeout', 'tcp', {}, 'network-down'],
  ['timeout', 'tls', {}, 'broker-busy'],
  ['timeout', 'connack', {}, 'broker-busy'],
  ['timeout', 'suback', {}, 'broker-busy'],
  ['tls', 'CERT_NOT_YET_VALID', { quality: 'unset', wallMs: 0 }, 'clock-behind'],
  ['tls', 'CERT_NOT_YET_VALID', unsynced, 'clock-behind'],
  ['tls', 'CERT_NOT_YET_VALID', {}, 'server-certificate-not-yet-valid'],
  ['tls', 'CERT_HAS_EXPIRED', {}, 'server-certificate-expired'],
  ['tls', 'CERT_HAS_EXPIRED', unsynced, 'server-certificate-expired'],
  ['tls', 'CERT_HAS_EXPIRED', { ...unsynced, wallMs: notAfterMs + 1 }, 'clock-ahead'],
  ['tls', 'CERT_HAS_EXPIRED', { wallMs: notAfterMs + 1 }, 'server-certificate-expired'],
  ['tls', 'CERT_HAS_EXPIRED', { ...unsynced, wallMs: nowMs + 4 * 365 * dayMs }, 'clock-ahead'],
  [
    'tls',
    'CERT_HAS_EXPIRED',
    { ...unsynced, floorMs: 0, certificate: null },
    'server-certificate-expired',
  ],
  ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID', {}, 'name-mismatch'],
  ['tls', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', {}, 'server-certificate-untrusted'],
  ['tls', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', {}, 'server-certificate-untrusted'],
  ['tls', 'SELF_SIGNED_CERT_IN_CHAIN', {}, 'server-certificate-untrusted'],
  ['tls', 'DEPTH_ZERO_SELF_SIGNED_CERT', {}, 'server-certificate-untrusted'],
  ['tls', 'CERT_SIGNATURE_FAILURE', {}, 'server-certificate-untrusted'],
  ['tls', 'INVALID_PURPOSE', {}, 'server-certificate-untrusted'],
  ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', {}, 'tls-mismatch'],
  ['tls', 'ECONNRESET', fresh, 'not-yet-registered'],
  ['tls', 'closed', {}, 'certificate-blocked'],
  ['alert', 'certificate-revoked', {}, 'certificate-blocked'],
  ['alert', 'access-denied', {}, 'certificate-blocked'],
  ['alert', 'certificate-expired', {}, 'certificate-expired'],
  ['alert', 'unknown-ca', {}, 'unknown-ca'],
  ['alert', 'bad-certificate', {}, 'certificate-refused'],
  ['alert', 'bad-certificate', early, 'certificate-not-yet-valid'],
  ['alert', 'certificate-required', {}, 'certificate-refused'],
  ['alert', 'unrecognized-name', {}, 'name-mismatch'],
  ['alert', 'internal-error', {}, 'broker-busy'],
  ['alert', 'protocol-version', {}, 'tls-mismatch'],
  ['alert', 'alert-199', {}, 'tls-mismatch'],
  ['refused', 'connack-1', {}, 'broker-faulty'],
  ['refused', 'connack-2', {}, 'name-refused'],
  ['refused', 'connack-3', {}, 'broker-busy'],
  ['refused', 'connack-4', {}, 'not-authorized'],
  ['refused', 'connack-5', {}, 'not-authorized'],
  ['refused', 'connack-99', {}, 'broker-faulty'],
  ['refused', 'not-subscribed', {}, 'not-authorized'],
  ['closed-early', 'closed', fresh, 'not-yet-registered'],
  ['closed-early', 'ECONNRESET', { ...fresh, failures: 3 }, 'not-yet-registered'],
  ['closed-early', 'closed', { ...fresh, failures: 4 }, 'not-registered'],
  ['closed-early', 'closed', {}, 'certificate-blocked'],
  ['closed-early', 'closed', expired, 'certificate-expired'],
  ['closed-early', 'closed', { ...early, ...unsynced }, 'clock-behind'],
  ['closed-early', 'closed', early, 'certificate-not-yet-valid'],
  ['closed-early', 'closed', { ...fresh, certificate: null }, 'not-yet-registered'],
  ['closed-early', 'protocol', {}, 'broker-faulty'],
  ['lost', 'closed', {}, 'connection-lost'],
  ['lost', 'ECONNRESET', { failures: 9 }, 'connection-lost'],
  ['lost', 'keep-alive', { failures: 9 }, 'connection-lost'],
  ['lost', 'closed', { failures: 3 }, 'taken-over'],
  ['lost', 'protocol', {}, 'broker-faulty'],
  ['closed', 'requested', {}, 'ended-by-robot'],
];

describe('the diagnosis', () => {
  it.each(rows)('of %s %s with %j is %s', (kind, code, change, cause) => {
    expect(diagnoseEnd({ kind, code, detail: '' }, { ...normal, ...change })).toBe(cause);
  });

  it('has a test row for each code', () => {
    const shown = new Set(rows.map(([, , , cause]) => cause));
    expect(Object.keys(diagnoses).filter((code) => !shown.has(code as CauseCode))).toEqual([]);
  });

  it('has sentences for people', () => {
    for (const { means, todo } of Object.values(diagnoses)) {
      expect(means).toMatch(/^[A-Z].+\.$/);
      expect(todo).toMatch(/^[A-Z].+[.?]$/);
    }
  });
});
