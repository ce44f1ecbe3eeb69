import type { KeyObject } from 'node:crypto';
import { delay } from '../../base/clock.ts';
import { PilotfishError } from '../../base/errors.ts';
import type { DeviceKey } from '../device-key.ts';
import { collectGarbage, type EngineKey, probeEngine } from './token-engine.ts';
import { failureIn, tokenError } from './token-errors.ts';
import { publicKeyOf, signByToken } from './token-openssl.ts';
import {
  type InTurn,
  oneAfterTheOther,
  readToken,
  type Token,
  type TokenOptions,
} from './token-options.ts';
import { checkPinFile } from './token-pin.ts';

/**
 * The device key of boards with a secure element: it is stored in a PKCS#11 token and never leaves it.
 *
 * Theory of operation. TLS reaches the key through OpenSSL's engine `pkcs11` inside this process. Signing of requests
 * and reading the public key go through the command `openssl`, which uses the same engine. Preferably the module is the
 * client of a `p11-kit server` that runs as another user: then no process of the agent can open the token's own
 * storage. A key must sign once before it is returned, so that a wrong PIN, a missing object or a wrong key gives a
 * clear error here, and not a failed handshake later.
 */

/**
 * Opens the token's key. Throws, with readable messages: `token-uri`, `token-pin-file`, `key-permissions` (of that
 * file), `token-engine`, `token-module`, `token-openssl`, `token-unreachable`, `token-missing`, `token-key-missing`
 * (lists the existing keys, if `pkcs11-tool` is installed), `token-pin` (each call is one attempt), `token-key-kind`,
 * `token-key-changed`, `token-timeout`, `token-failed`.
 */
export async function openTokenKey(options: TokenOptions): Promise<DeviceKey> {
  const token = await readToken(options);
  await checkPinFile(token.uri.pinFile);
  return openProven(token);
}

/**
 * The token as the store of a robot's keys, whatever the folder: it holds one key for all of them.
 *
 * `create` opens the key that was made on the token before (docs/hardware-key.md), so it serves the first provisioning,
 * and a token's key is not rotated. `copy` does nothing. `open` throws what `openTokenKey` throws, and `token-lost`
 * when TLS in this process cannot use a token that responds. A wrong PIN is tried once: after that it is rejected,
 * without contacting the token, until the file with the PIN changes.
 */
export function tokenKeys(options: TokenOptions) {
  const opened: Opened = { inTurn: oneAfterTheOther() };
  let opening: Promise<DeviceKey> | undefined;
  // One at a time: two concurrent attempts with a wrong PIN would be one too many.
  const open = (): Promise<DeviceKey> => {
    opening ??= openToken(options, opened).finally(() => {
      opening = undefined;
    });
    return opening;
  };
  return {
    create: (_folder: string) => open(),
    open: (_folder: string) => open(),
    copy: async (_from: string, _to: string): Promise<void> => {},
  };
}

/** What is known of the key: it has signed, or its PIN was rejected. */
interface Opened {
  readonly inTurn: InTurn;
  key?: DeviceKey | undefined;
  refused?: { readonly pinFile: string; readonly error: PilotfishError } | undefined;
}

async function openToken(options: TokenOptions, opened: Opened): Promise<DeviceKey> {
  const token = await readToken(options, opened.inTurn);
  const pinFile = await checkPinFile(token.uri.pinFile);
  if (opened.refused?.pinFile === pinFile) throw opened.refused.error;
  try {
    opened.key ??= await openProven(token);
    if (!(await isReady(token))) opened.key = await reopen(token);
    return opened.key;
  } catch (error) {
    opened.key = undefined;
    if (error instanceof PilotfishError && error.code === 'token-pin')
      opened.refused = { pinFile, error };
    throw error;
  }
}

/** Makes and checks one signature: PIN, private object and public object are right. */
async function openProven(token: Token): Promise<DeviceKey> {
  const publicKey = await publicKeyOf(token);
  await signByToken(token, publicKey, { data: Buffer.from('Is this key alive?') });
  return deviceKey(token, publicKey);
}

const deviceKey = (token: Token, publicKey: KeyObject): DeviceKey => ({
  publicKey,
  sign: (data, signal) => signByToken(token, publicKey, { data, signal }),
  tls: () => engineKey(token),
});

/** By id, never by path: see `tokenEnvironment`. */
const engineKey = ({ uri }: Token): EngineKey => ({
  privateKeyEngine: 'pkcs11',
  privateKeyIdentifier: uri.text,
});

/** Whether TLS in this process can use the key. Throws when another attempt would not help. */
async function isReady(token: Token): Promise<boolean> {
  const trouble = await token.inTurn(async () => probeEngine(engineKey(token)));
  if (trouble === undefined) return true;
  const failure = failureIn(trouble);
  if (failure !== 'pin' && failure !== 'pin-locked' && failure !== 'engine') return false;
  throw tokenError(token, failure);
}

/** Reopens this process's lost connection to the token. */
async function reopen(token: Token): Promise<DeviceKey> {
  // In a child, with a deadline: it gives the precise error, and a hanging token does not block this thread.
  const key = await openProven(token);
  collectGarbage();
  await delay(token.clock, 0, new AbortController().signal);
  if (await isReady(token)) return key;
  throw new PilotfishError(
    'token-lost',
    'the token answers, but TLS in this process cannot use it',
    { hint: 'it is tried again; a restart of the agent opens it again' },
  );
}
