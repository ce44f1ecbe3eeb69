import { createHash } from 'node:crypto';
import { PilotfishError } from '../base/errors.ts';
import { algorithmFor, signatureAlgorithms } from '../base/x509/algorithms.ts';
import type { CaSigner } from './ca-signer.ts';
import { openToken, type Token, type TokenName } from './pkcs11.ts';
import { ecdsaSignature, kindName, signingInput } from './token-codec.ts';
import { isPinTrouble, isTokenUnavailable } from './token-errors.ts';
import { findKey, makeKey, type TokenKey, type TokenKeyKind } from './token-keys.ts';
import { type TokenSessions, tokenSessions } from './token-sessions.ts';

/**
 * Theory of operation. The token is opened and logged in to once; signatures run in up to four sessions. When the token
 * reports that it is not reachable (pulled, its daemon restarted, session or login lost), the signature that got this error
 * opens everything again, once, and is retried; concurrent signatures wait for that. Later signatures open the token
 * again when it is still not reachable, so a token that returns is used again. A rejected PIN is never tried a second time: from
 * then on every signature fails until a person restarts the station, because wrong PINs in a row lock a token.
 */

export interface TokenPlace extends TokenName {
  readonly keyLabel: string;
}

/** The CA's key in an open token. */
interface OpenKey {
  readonly token: Token;
  readonly key: TokenKey;
  readonly sessions: TokenSessions;
}

/**
 * Opens the CA's key. With `make`, a key of that kind is made when there is none; `kind` is the required kind of an
 * existing key. Throws `pkcs11-key-missing`, `pkcs11-key-kind` and what `openToken`, `findKey` and `makeKey` throw.
 */
export async function openTokenSigner(
  place: TokenPlace,
  pin: string,
  required: { make?: TokenKeyKind; kind?: string | undefined } = {},
): Promise<CaSigner> {
  const first = await openKey(place, pin, required.make);
  const { publicKey } = first.key;
  const kind = kindName(publicKey);
  if (required.kind !== undefined && required.kind !== kind) {
    first.token.close();
    throw new PilotfishError(
      'pkcs11-key-kind',
      `${first.token.place}: its key "${place.keyLabel}" is ${kind}, not ${required.kind}`,
      { hint: 'leave --key out to use it, or give the new key another --key-label' },
    );
  }
  const opened = createReopening(first, async () => {
    const again = await openKey(place, pin);
    if (again.key.publicKey.equals(publicKey)) return again;
    again.token.close();
    throw new PilotfishError(
      'pkcs11-key-missing',
      `${again.token.place}: its key "${place.keyLabel}" is another one now`,
    );
  });
  return {
    algorithm: algorithmFor(publicKey),
    publicKey,
    place: `${first.token.place}, key "${place.keyLabel}" (${kind})`,
    isSoftware: false,
    sign: async (tbs) => opened.use((open) => signWith(open, tbs)),
    close: () => opened.close(),
  };
}

async function openKey(place: TokenPlace, pin: string, make?: TokenKeyKind): Promise<OpenKey> {
  const token = await openToken(place, pin);
  try {
    const { keyLabel } = place;
    const key = findKey(token, keyLabel) ?? (make && (await makeKey(token, keyLabel, make)));
    if (key !== undefined) return { token, key, sessions: tokenSessions(token) };
    throw new PilotfishError(
      'pkcs11-key-missing',
      `${token.place}: there is no private key called "${keyLabel}" in it`,
      { hint: 'is it the right token? --token-label and --key-label say which' },
    );
  } catch (error) {
    token.close();
    throw error;
  }
}

async function signWith({ token, key, sessions }: OpenKey, tbs: Uint8Array): Promise<Uint8Array> {
  const { ck } = token;
  const algorithm = algorithmFor(key.publicKey);
  const { hash, keyType } = signatureAlgorithms[algorithm];
  const isEc = keyType === 'ec';
  const signature = await sessions.sign({
    key: key.privateKey,
    mechanism: isEc ? ck.CKM_ECDSA : ck.CKM_RSA_PKCS,
    input: signingInput(algorithm, createHash(hash).update(tbs).digest()),
    octets: 512,
  });
  return isEc ? ecdsaSignature(signature) : signature;
}

/** Returns the open key. When it is no longer reachable, opens it again, once for all concurrent callers. */
function createReopening(
  first: OpenKey,
  open: () => Promise<OpenKey>,
): { use<T>(work: (open: OpenKey) => Promise<T>): Promise<T>; close(): Promise<void> } {
  let current: OpenKey | undefined = first;
  let opening: Promise<OpenKey> | undefined;
  let refusal: unknown;
  let isClosed = false;

  const end = async () => {
    const old = current;
    current = undefined;
    await old?.sessions.close();
    old?.token.close();
  };
  const renew = async (): Promise<OpenKey> => {
    await end();
    try {
      current = await open();
      return current;
    } catch (error) {
      if (isPinTrouble(error)) refusal = error;
      throw error;
    } finally {
      opening = undefined;
    }
  };
  const get = async (stale?: OpenKey): Promise<OpenKey> => {
    if (isClosed) throw new PilotfishError('pkcs11-unavailable', 'the token was closed');
    if (refusal !== undefined) throw refusal;
    if (current !== undefined && current !== stale) return current;
    opening ??= renew();
    return opening;
  };
  return {
    async use(work) {
      const open = await get();
      try {
        return await work(open);
      } catch (error) {
        if (!isTokenUnavailable(error)) throw error;
        return work(await get(open));
      }
    },
    async close() {
      isClosed = true;
      await opening?.catch(() => {});
      await end();
    },
  };
}
