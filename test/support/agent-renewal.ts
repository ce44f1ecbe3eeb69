import type {
  CertificateFacts,
  CredentialsName,
  Event,
  IdentityFacts,
  Observation,
} from '../../agent/events.ts';
import { identityMachine } from '../../agent/identity/machine.ts';
import type { IdentityConfig, Phase } from '../../agent/identity/state.ts';
import { dueMs } from '../../agent/identity/state.ts';
import type { Moment } from '../../agent/kernel/machine.ts';
import { started as agentStarted, timer } from './agent-body.ts';
import { certificate } from './agent-certificates.ts';
import { later, nowMs, type Timed } from './agent-machine.ts';

/** A renewal's events one by one, for driving its machine by hand. */

export const renewalConfig: IdentityConfig = {
  robot: 'R1',
  enabled: true,
  canRotateKey: true,
  template: 'pilotfish',
  retryMs: 8000,
  retryMsMax: 600_000,
};

export const machine = identityMachine(renewalConfig);

export const yearMs = 365 * 24 * 60 * 60_000;
/** In use, and not due for years. */
export const inUse = certificate(1);
/** In use, and due since long. */
export const dueCertificate = certificate(1, {
  notBeforeMs: nowMs - 9 * yearMs,
  notAfterMs: nowMs + yearMs,
});
/** What the cloud makes. */
export const fresh = certificate(2, { notBeforeMs: nowMs, notAfterMs: nowMs + 10 * yearMs });

export const startedWith = (identity: Partial<IdentityFacts> = {}): Event => ({
  ...agentStarted,
  identity: { current: dueCertificate, next: null, ...identity },
});

export const up = (credentials: CredentialsName = 'current'): Event => ({
  type: 'link/up',
  credentials,
});
export const down = (
  kind: Observation['kind'] = 'lost',
  credentials: CredentialsName = 'current',
): Event => ({
  type: 'link/down',
  credentials,
  observation: { kind, code: 'closed', detail: 'as the test wants it' },
});
export const nextRefused = down('refused', 'next');
export const timeKnown: Event = { type: 'time/known', cloudMs: nowMs, boardMs: nowMs };
/** Cloud time becomes known, so much later. */
export const timeKnownAfter = (ms: number): Timed => [timeKnown, later(ms)];
export const renewRequested = (rotateKey = false): Event => ({
  ...{ type: 'request/renew', id: '1', origin: 'local-socket', params: { rotateKey } },
});

export const secrets = { csr: 'the-request', token: 'the-token', pem: 'the-certificate' } as const;

export const requested: Event = { type: 'identity/requested', csr: secrets.csr };
export const subscribed: Event = { type: 'identity/subscribed' };
export const created: Event = {
  type: 'cloud/certificate-created',
  body: {
    certificateOwnershipToken: secrets.token,
    certificateId: fresh.certificateId,
    certificatePem: secrets.pem,
  },
};
export const staged: Event = { type: 'identity/staged', next: fresh };
export const registered: Event = { type: 'cloud/thing-registered', body: { thingName: 'R1' } };
export const promoted: Event = { type: 'identity/promoted', current: fresh };

const rejection = { statusCode: 400, errorCode: 'InvalidCsr' };
export const failures = {
  requesting: { type: 'identity/not-requested', code: 'key-missing' },
  subscribing: { type: 'identity/not-subscribed', code: 'not-subscribed' },
  creating: { type: 'cloud/certificate-not-created', body: rejection },
  staging: { type: 'identity/not-staged', code: 'certificate-mismatch' },
  registering: { type: 'cloud/thing-not-registered', body: rejection },
} as const satisfies Partial<Record<Phase, Event>>;

/** A due certificate on a connection that has the cloud time, and what brings the machine to each phase. */
const settled: readonly Event[] = [startedWith(), up()];
const requesting = [...settled, timeKnown];
const subscribing = [...requesting, requested];
const creating = [...subscribing, subscribed];
const staging = [...creating, created];
const registering = [...staging, staged];
const trying = [...registering, registered, down('closed')];
const promoting = [...trying, up('next')];
export const eventsTo: Readonly<Record<Phase, readonly Event[]>> = {
  ...{ settled, requesting, subscribing, creating, staging, registering, trying, promoting },
};

/** Every kind of event that means something in some phase. */
export const renewalEvents: readonly Event[] = [
  ...[requested, subscribed, created, staged, registered, promoted],
  ...Object.values(failures),
  { type: 'identity/not-promoted', code: 'ENOSPC' },
  timer('identity/retry'),
  timer('identity/promote'),
];

/** The moment at which a certificate's renewal is due, for a share `draw` of the jitter. */
export const atDue = (certificate: CertificateFacts, random = 0.5): Moment =>
  later(dueMs(certificate, { random }) - nowMs);

/** The same events, each at `at`. */
export const allAt = (at: Moment, events: readonly Event[]): Timed[] =>
  events.map((event) => [event, at]);
