import type { CertificateFacts, IdentityFacts } from '../../agent/events.ts';
import type { Identity } from '../../agent/ports.ts';
import { PilotfishError } from '../../base/errors.ts';

export const dayMs = 24 * 60 * 60 * 1000;

/** A certificate's facts: `n` makes its id; valid for ten years from 2026 by default. */
export const certificate = (
  n: number,
  change: Partial<CertificateFacts> = {},
): CertificateFacts => ({
  certificateId: n.toString(16).padStart(64, '0'),
  issuer: 'Maker CA',
  notBeforeMs: Date.UTC(2026, 0, 1),
  notAfterMs: Date.UTC(2036, 0, 1),
  ...change,
});

export interface MemoryIdentity extends Identity {
  stored: IdentityFacts;
}

/** A robot's credentials without keys. A staged "chain" is the JSON of its facts. */
export function memoryIdentity(current: CertificateFacts = certificate(1)): MemoryIdentity {
  const identity: MemoryIdentity = {
    stored: { current, next: null },
    request: async (key) => ({ csr: `request for the ${key} key`, file: 'robot.csr' }),
    install: async () => {
      throw new PilotfishError('no-request', 'nothing waits');
    },
    async stage(chain) {
      const next = JSON.parse(chain) as CertificateFacts;
      identity.stored = { ...identity.stored, next };
      return next;
    },
    async promote() {
      const promoted = identity.stored.next ?? identity.stored.current ?? current;
      const { current: old } = identity.stored;
      const isNew = old !== null && old !== promoted;
      identity.stored = { ...identity.stored, current: promoted, next: null };
      if (isNew) identity.stored = { ...identity.stored, 'previous-1': old };
      return promoted;
    },
    async forget(places) {
      const rest = Object.entries(identity.stored).filter(
        ([credentials]) => !places.includes(credentials as never),
      );
      identity.stored = Object.fromEntries(rest) as unknown as IdentityFacts;
    },
    async discard() {
      identity.stored = { ...identity.stored, next: null };
    },
    facts: async () => identity.stored,
    credentials: async () => {
      throw new PilotfishError('no-identity', 'there are no keys here');
    },
  };
  return identity;
}
