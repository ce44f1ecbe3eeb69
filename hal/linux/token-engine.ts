import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The engine inside this process, which TLS uses.
 *
 * Theory of operation. A client of `p11-kit server` that has lost its server stays broken until it is closed (C_Finalize),
 * and the engine closes it when nothing refers to the engine any more: no TLS context of any connection, living or dead.
 * Dead contexts go when JavaScript's garbage is collected, which on an idle robot may take hours. So after a failure we
 * have it collected now, and the next try opens the token anew. A context of a living connection would keep the
 * engine: it is looked at only when the link is down.
 */

export type EngineKey = Pick<SecureContextOptions, 'privateKeyEngine' | 'privateKeyIdentifier'>;

/** Whether TLS in this process can use the key: undefined when it can, else OpenSSL's words. */
export function probeEngine(key: EngineKey): string | undefined {
  try {
    createSecureContext(key);
    return undefined;
  } catch (error) {
    const { code = '', message = '', opensslErrorStack = [] } = error as OpensslError;
    return [code, message, ...opensslErrorStack].join('\n');
  }
}

interface OpensslError {
  readonly code?: string;
  readonly message?: string;
  readonly opensslErrorStack?: readonly string[];
}

/** Collects what nobody refers to any more, TLS contexts among it; they are gone one turn of the loop later. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}
