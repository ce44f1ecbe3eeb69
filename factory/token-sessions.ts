import { PilotfishError } from '../base/errors.ts';
import type { Handle, Token } from './pkcs11.ts';
import { tokenError } from './token-errors.ts';
import { closeQuietly } from './token-keys.ts';

/**
 * A session runs one operation at a time (PKCS#11 v2.40 section 2.3). Concurrent signatures need a session each, at
 * most as many as node's thread pool has threads.
 */
const sessionsMax = 4;

export interface TokenSessions {
  /** Signs on the thread pool. `octets` is the largest possible size of the signature. */
  sign(work: { key: Handle; mechanism: number; input: Buffer; octets: number }): Promise<Buffer>;
  /**
   * Waits for signatures in progress; then the token may be closed. Callers that still wait for a session get
   * `pkcs11-unavailable`.
   */
  close(): Promise<void>;
}

export function tokenSessions(token: Token): TokenSessions {
  const { api, ck, slot, place } = token;
  const idle: Handle[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  let isClosed = false;
  let emptied = () => {};

  async function take(): Promise<Handle> {
    while (!isClosed && busy >= sessionsMax) {
      await new Promise<void>((resolve) => void waiting.push(resolve));
    }
    if (isClosed) throw new PilotfishError('pkcs11-unavailable', `${place}: it was closed`);
    const session = idle.pop() ?? token.call(() => api.C_OpenSession(slot, ck.CKF_SERIAL_SESSION));
    busy += 1;
    return session;
  }

  function done(): void {
    busy -= 1;
    waiting.shift()?.();
    if (busy === 0) emptied();
  }

  return {
    async sign({ key, mechanism, input, octets }) {
      const session = await take();
      try {
        api.C_SignInit(session, { mechanism }, key);
        const signature = await api.C_SignAsync(session, input, Buffer.alloc(octets));
        idle.push(session);
        return signature;
      } catch (error) {
        // The state of its operation is unknown.
        closeQuietly(api, session);
        throw tokenError(error, place);
      } finally {
        done();
      }
    },
    async close() {
      isClosed = true;
      for (const wake of waiting.splice(0)) wake();
      if (busy > 0) {
        await new Promise<void>((resolve) => {
          emptied = resolve;
        });
      }
    },
  };
}
