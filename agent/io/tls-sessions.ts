import { createHash } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { CredentialsName } from '../events.ts';

/** The TLS session of one attempt to connect. */
export interface SessionSlot {
  /** The session to resume, if there is one. */
  readonly session: Buffer | undefined;
  /** A session from the server: kept for the next attempt once the connection is up. */
  offer(session: Buffer): void;
  up(): void;
  /** The connection failed: the next attempt makes a full handshake. */
  drop(): void;
}

/**
 * The newest TLS session that may be resumed (RFC 8446 section 2.2). Resuming saves the signature by this robot's key,
 * the chain, and two thirds of the broker's work. A resumed handshake verifies no certificate of either side again, so
 * it proves nothing. The session is therefore bound to endpoint, CA and certificate, and a trial of other credentials
 * removes it. It is kept in memory only.
 */
export function createSessions(endpoint: string): {
  slot(name: CredentialsName, credentials: SecureContextOptions): SessionSlot;
} {
  let kept: { readonly key: string; readonly session: Buffer } | undefined;
  return {
    slot(name, { ca, cert }) {
      if (name !== 'current') {
        kept = undefined;
        return { session: undefined, offer() {}, up() {}, drop() {} };
      }
      const key = createHash('sha256')
        .update(JSON.stringify([endpoint, String(ca), String(cert)]))
        .digest('hex');
      let newest: Buffer | undefined;
      let isUp = false;
      const keep = () => {
        // INVARIANT: only of a connection that came up, whose server's name was checked: resuming does not check it
        // again.
        if (isUp && newest !== undefined) kept = { key, session: newest };
      };
      return {
        session: kept?.key === key ? kept.session : undefined,
        offer(session) {
          newest = session;
          keep();
        },
        up() {
          isUp = true;
          keep();
        },
        drop() {
          if (!isUp) kept = undefined;
        },
      };
    },
  };
}
