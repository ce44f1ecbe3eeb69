import type { CertificateFacts, IdentityFacts } from '../../agent/events.ts';
import type { Identity } from '../../agent/ports.ts';
import { PilotfishError } from '../../base/errors.ts';

export const dayMs = 24 * 60 * 60 * 1000;

/** A certificate's facts: `n` makes its id; good for ten years from 2026 unless told otherwise. */
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
  pairs: IdentityFacts;
}

/** A robot's pairs without keys. A staged "chain" is the JSON of its facts. */
export function memoryIdentity(current: CertificateFacts = certificate(1)): MemoryIdentity {
  const identity: MemoryIdentity = {
    pairs: { current, next: null },
    request: async (key) => ({ csr: `request for the ${key} key`, file: 'robot.csr' }),
    install: async () => {
      throw new PilotfishError('no-request', 'nothing waits');
    },
    async stage(chain) {
      const next = JSON.parse(chain) as CertificateFacts;
      identity.pairs = { ...identity.pairs, next };
      return next;
    },
    async promote() {
      const promoted = identity.pairs.next ?? identity.pairs.current ?? current;
      const { current: old } = identity.pairs;
      const isNew = old !== null && old !== promoted;
      identity.pairs = { ...identity.pairs, current: promoted, next: null };
      if (isNew) identity.pairs = { ...identity.pairs, 'previous-1': old };
      return promoted;
    },
    async forget(pairs) {
      const rest = Object.entries(identity.pairs).filter(
        ([credentials]) => !pairs.includes(credentials as never),
      );
      identity.pairs = Object.fromEntries(rest) as unknown as IdentityFacts;
    },
    async discard() {
      identity.pairs = { ...identity.pairs, next: null };
    },
    facts: async () => identity.pairs,
    credentials: async () => {
      throw new PilotfishError('no-identity', 'there are no keys here');
    },
  };
  return identity;
}
