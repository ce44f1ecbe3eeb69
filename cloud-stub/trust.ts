import { X509Certificate } from 'node:crypto';
import {
  createSecureContext,
  type SecureContextOptions,
  type Server,
  type TlsOptions,
} from 'node:tls';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { certificateId } from '../base/x509/certificates.ts';
import type { Reads } from './core/store.ts';

/** The CAs that the ports for robots trust at this moment. */
export interface Trust {
  authorities(): readonly X509Certificate[];
  has(authorityId: string): boolean;
  /** Reads the registered CAs again, and tells the ports if they have changed. */
  refresh(): void;
  /** Calls `changed` after each change. */
  watch(changed: () => void): void;
}

/** `given` are the CAs of the start; `rows` has the registered ones. */
export function createTrust(parts: {
  given: readonly X509Certificate[];
  rows: Pick<Reads, 'list'>;
  log: Log;
}): Trust {
  const { given, rows, log } = parts;
  const watchers: (() => void)[] = [];
  const read = (): ReadonlyMap<string, X509Certificate> => {
    const registered = rows
      .list('authorities')
      .flatMap(({ value }) => value.registered ?? [])
      // Of CAs with the same subject OpenSSL tries only the first one for a certificate that does not name its CA's key:
      // a new CA must not take the place of an older one.
      .sort((a, b) => a.createdMs - b.createdMs)
      .map(({ pem }) => new X509Certificate(pem));
    return new Map([...given, ...registered].map((one) => [certificateId(one), one]));
  };
  let trusted = read();
  return {
    authorities: () => [...trusted.values()],
    has: (id) => trusted.has(id),
    refresh() {
      trusted = read();
      for (const changed of watchers) {
        try {
          changed();
        } catch (error) {
          log.error({ code: codeOf(error) }, `a port keeps its former CAs: ${explain(error)}`);
        }
      }
    },
    watch: (changed) => void watchers.push(changed),
  };
}

export interface RobotTls {
  /** For the server. */
  readonly options: TlsOptions;
  /** Keeps the server's CAs as they are trusted. */
  follow(server: Server): void;
}

/**
 * TLS of a port for robots. As at AWS, a robot's chain may end at any CA that is trusted, also at an intermediate one. Node
 * lets a server permit that only in the context for a client that names it; all but the most simple clients do.
 *
 * With a new context the keys of the session tickets are new, too: after a change each robot has its chain verified
 * again, because a resumed session would not be.
 */
export function robotTls(
  { key, cert }: { readonly key: string; readonly cert: string },
  trust: Trust,
): RobotTls {
  const options = (): SecureContextOptions => ({
    ...{ key, cert, ca: trust.authorities().map(String), minVersion: 'TLSv1.2' },
    // Both contexts resume the same sessions.
    ...{ sessionTimeout: 300, sessionIdContext: 'robots' },
  });
  const contextByName = () => createSecureContext({ ...options(), allowPartialTrustChain: true });
  let byName = contextByName();
  return {
    options: {
      ...options(),
      ...{ requestCert: true, rejectUnauthorized: true },
      SNICallback: (_name, done) => done(null, byName),
    },
    follow(server) {
      trust.watch(() => {
        byName = contextByName();
        server.setSecureContext(options());
      });
    },
  };
}
