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
  /** Off: certificates are renewed by nobody, or at the line. */
  readonly enabled: boolean;
  /** False where the key is in a token, which holds one key. */
  readonly canRotateKey: boolean;
  /** The provisioning template's name. */
  readonly template: string;
  /** The first pause before an unanswered request is sent again, and the highest. */
  readonly askMs: number;
  readonly retryMsMax: number;
}

/** What survives: little, because the pairs on disk tell the rest. */
export interface Row {
  /** A certificate's own share of the jitter, drawn once, so that a restart does not draw again. */
  readonly share: {
    readonly certificateId: string;
    readonly random: number;
    /** When it was promoted here, for one that was renewed: its own beginning may be that of the one before. */
    readonly sinceMs?: number;
  } | null;
  /** The next pair's certificate that the cloud has made good: worth a try after a crash. */
  readonly registered: string | null;
  /** The certificate whose promotion was begun: the intent of `identity/promote`. */
  readonly promoting: string | null;
  readonly last: { readonly result: string; readonly atMs: number } | null;
  /** Renewals that failed in a row, and the time before which none is tried again. */
  readonly failures: number;
  readonly retryAfterMs: number;
  /** The clock floor when the pair in use came into use, or was first dated. */
  readonly inUseFromFloorMs?: number;
}

/** See the machine's theory of operation. */
export type Phase =
  | 'settled'
  | 'requesting'
  | 'subscribing'
  | 'asking'
  | 'staging'
  | 'registering'
  | 'trying'
  | 'promoting';

export interface IdentityState extends MachineState {
  readonly row: Row;
  readonly phase: Phase;
  /** The store had a row; without one the pairs on disk are all there is to go by. */
  readonly remembers: boolean;
  readonly current: CertificateFacts | null;
  readonly next: CertificateFacts | null;
  /** The way back, should the cloud not take the current pair. */
  readonly previous: PreviousFacts;
  /** Attempts by the current pair in a row that a cloud has not let in. */
  readonly denials: number;
  /** The previous pair that was tried last. */
  readonly triedPrevious: PreviousCredentials | null;
  /** The pair that the live connection was made by. */
  readonly upBy: CredentialsName | null;
  readonly linkUp: boolean;
  readonly timeKnown: boolean;
  /** The clock floor as it was told last, which is at least once an hour. */
  readonly floorMs: number | null;
  /** An operator wants a renewal as soon as it is possible. */
  readonly wanted: { readonly rotateKey: boolean } | null;
  /** Renewals in a row during which the connection ended. */
  readonly drops: number;
  /** The renewal under way is for a new key. */
  readonly rotates: boolean;
  readonly asked: number;
  /** Secret: it makes the new certificate good. Never shown, never stored. */
  readonly token: string;
  readonly csr: string;
  /** Attempts of the trial that prove something against the next pair, and all that failed. */
  readonly refusals: number;
  readonly tries: number;
}

export const timers = {
  look: 'identity/look',
  ask: 'identity/ask',
  promote: 'identity/promote',
  trial: 'identity/trial',
  proven: 'identity/proven',
} as const;

/** Attempts by the current pair that are not let in, before the previous ones take turns with it. */
export const denialsMax = 3;
export const isDenied = ({ denials }: IdentityState): boolean => denials >= denialsMax;

/** Connected by a previous pair, because the current one is not let in. */
export const isFallback = (state: IdentityState): boolean =>
  isDenied(state) && previousCredentials.some((credentials) => credentials === state.upBy);

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
    remembers: saved !== undefined,
    current: null,
    next: null,
    previous: {},
    denials: 0,
    triedPrevious: null,
    upBy: null,
    linkUp: false,
    timeKnown: false,
    floorMs: null,
    wanted: null,
    drops: 0,
    ...idle,
  };
}

/** What belongs to one renewal under way. */
export const idle = {
  rotates: false,
  asked: 0,
  token: '',
  csr: '',
  refusals: 0,
  tries: 0,
} as const;

/** When a certificate's renewal is due: two thirds of its life, and up to a twentieth more by its own share. */
export function dueMs(
  { notBeforeMs, notAfterMs }: CertificateFacts,
  { random, sinceMs = 0 }: { readonly random: number; readonly sinceMs?: number },
): number {
  const beginMs = Math.min(notAfterMs, Math.max(notBeforeMs, sinceMs));
  return Math.round(beginMs + (notAfterMs - beginMs) * (2 / 3 + random / 20));
}
