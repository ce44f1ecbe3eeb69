import {
  type CertificateFacts,
  type CredentialsName,
  type IdentityFacts,
  type PreviousCredentials,
  type PreviousFacts,
  previousCredentials,
} from '../events.ts';
import type { MachineState, Saved } from '../kernel/machine.ts';
import { noItems } from '../kernel/machine.ts';

export interface IdentityConfig {
  readonly robot: string;
  /** Off: certificates are not renewed, or only at the line. */
  readonly enabled: boolean;
  /** False where the key is in a token, which holds one key. */
  readonly canRotateKey: boolean;
  /** The provisioning template's name. */
  readonly template: string;
  /** The first delay before an unanswered request is sent again, and the highest. */
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/** The durable part: little, because the credentials on disk hold the rest. */
export interface Row {
  /** A certificate's own share of the jitter, drawn once, so that a restart does not draw again. */
  readonly share: {
    readonly certificateId: string;
    readonly random: number;
    /** When a renewed certificate was promoted here: its notBefore may equal that of the previous one. */
    readonly sinceMs?: number;
  } | null;
  /** The next certificate, once the cloud has registered it: worth a try after a crash. */
  readonly registered: string | null;
  /** The certificate whose promotion was started: the intent of `identity/promote`. */
  readonly promoting: string | null;
  readonly last: { readonly result: string; readonly atMs: number } | null;
  /** Consecutive failed renewals, and the time before which none is tried again. */
  readonly failures: number;
  readonly retryAfterMs: number;
  /** The clock floor when the credentials in use came into use, or were first dated. */
  readonly inUseFromFloorMs?: number;
}

/** See the machine's theory of operation. */
export type Phase =
  | 'settled'
  | 'requesting'
  | 'subscribing'
  | 'creating'
  | 'staging'
  | 'registering'
  | 'trying'
  | 'promoting';

export interface IdentityState extends MachineState {
  readonly row: Row;
  readonly phase: Phase;
  readonly current: CertificateFacts | null;
  readonly next: CertificateFacts | null;
  /** The previous credentials, in case the cloud rejects the current ones. */
  readonly previous: PreviousFacts;
  /** Consecutive attempts with the current credentials that a cloud has rejected. */
  readonly denials: number;
  /** The previous credentials that were tried last. */
  readonly triedPrevious: PreviousCredentials | null;
  /** The credentials of the live connection. */
  readonly connectedBy: CredentialsName | null;
  readonly linkUp: boolean;
  readonly timeKnown: boolean;
  /** The newest clock floor; it is updated at least once an hour. */
  readonly floorMs: number | null;
  /** An operator requests a renewal as soon as possible. */
  readonly renewalRequest: { readonly rotateKey: boolean } | null;
  /** Consecutive renewals during which the connection ended. */
  readonly drops: number;
  /** The running renewal is for a new key. */
  readonly rotatesKey: boolean;
  readonly requests: number;
  /** Secret: it registers the new certificate. Never shown, never stored. */
  readonly token: string;
  readonly csr: string;
  /** Attempts of the trial that count against the next credentials, and all that failed. */
  readonly rejections: number;
  readonly attempts: number;
}

export const timers = {
  check: 'identity/check',
  retry: 'identity/retry',
  promote: 'identity/promote',
  trial: 'identity/trial',
  proven: 'identity/proven',
} as const;

/** Rejected attempts with the current credentials before the previous ones take turns with them. */
export const denialsMax = 3;
export const isDenied = ({ denials }: IdentityState): boolean => denials >= denialsMax;

/** Connected with previous credentials, because the current ones are rejected. */
export const isFallback = (state: IdentityState): boolean =>
  isDenied(state) && previousCredentials.some((credentials) => credentials === state.connectedBy);

export const previousOf = (facts: IdentityFacts): PreviousFacts => {
  const { current: _current, next: _next, ...previous } = facts;
  return previous;
};

const freshRow: Row = {
  share: null,
  registered: null,
  promoting: null,
  last: null,
  failures: 0,
  retryAfterMs: 0,
};

export function restore(saved: Saved | undefined): IdentityState {
  return {
    row: (saved?.row as Row | null | undefined) ?? freshRow,
    items: noItems,
    phase: 'settled',
    current: null,
    next: null,
    previous: {},
    denials: 0,
    triedPrevious: null,
    connectedBy: null,
    linkUp: false,
    timeKnown: false,
    floorMs: null,
    renewalRequest: null,
    drops: 0,
    ...idle,
  };
}

/** The state of one running renewal. */
export const idle = {
  rotatesKey: false,
  requests: 0,
  token: '',
  csr: '',
  rejections: 0,
  attempts: 0,
} as const;

/** When a certificate's renewal is due: after two thirds of its validity, plus up to a twentieth by its own share. */
export function dueMs(
  { notBeforeMs, notAfterMs }: CertificateFacts,
  { random, sinceMs = 0 }: { readonly random: number; readonly sinceMs?: number },
): number {
  const beginMs = Math.min(notAfterMs, Math.max(notBeforeMs, sinceMs));
  return Math.round(beginMs + (notAfterMs - beginMs) * (2 / 3 + random / 20));
}
