import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The engine inside this process, which TLS uses.
 *
 * Theory of operation. A client of `p11-kit server` that has lost its server stays broken until it is closed
 * (C_Finalize). The engine closes it when nothing refers to the engine any more: no TLS context of any connection, open
 * or closed. Contexts of closed connections are freed by garbage collection, which on an idle robot may take hours. So
 * a failure triggers a collection, and the next attempt opens the token again. The context of an open connection would
 * keep the engine, so the engine is probed only while the link is down.
 */

export type EngineKey = Pick<SecureContextOptions, 'privateKeyEngine' | 'privateKeyIdentifier'>;

/** Whether TLS in this process can use the key: undefined when it can, else OpenSSL's error text. */
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

/** Frees unreferenced objects, TLS contexts among them; they are freed one turn of the loop later. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}
