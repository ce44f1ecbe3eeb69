import { createPublicKey, type KeyObject } from 'node:crypto';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { isSignedBy } from '../../base/x509/algorithms.ts';
import { keyKindOf } from '../../base/x509/keys.ts';
import { type ChildOutcome, runChild } from './child.ts';
import { explainOpenssl } from './token-errors.ts';
import type { Token } from './token-options.ts';

/**
 * Uses of the key besides TLS. Node can use an engine for TLS only, so these go through the command `openssl`. The URI
 * in its arguments names the file with the PIN and holds no secret.
 */

/** The key's public half. Needs the PIN and the private object. Throws the `token-` codes. */
export async function publicKeyOf(token: Token, signal?: AbortSignal): Promise<KeyObject> {
  const args = ['pkey', ...engine, '-inform', 'engine', '-in', token.uri.text, '-pubout'];
  const { out } = await openssl(token, { args, signal });
  let key: KeyObject;
  try {
    key = createPublicKey(out);
  } catch (cause) {
    throw new PilotfishError('token-failed', `${token.openssl} gave no public key`, { cause });
  }
  const kind = keyKindOf(key);
  if (kind === 'ec-p256' || kind === 'rsa') return key;
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  const found = [key.asymmetricKeyType, namedCurve ?? modulusLength].join(' ');
  throw new PilotfishError('token-key-kind', `the token's key is of the kind ${found}`, {
    hint: 'device keys are P-256, or RSA of 2048 to 4096 bits',
  });
}

/** Signs as a `DeviceKey` does, and verifies the signature with `publicKey`. */
export async function signByToken(
  token: Token,
  publicKey: KeyObject,
  { data, signal }: { data: Uint8Array; signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const args = ['dgst', '-sha256', ...engine, '-keyform', 'engine', '-sign', token.uri.text];
  const { out: signature } = await openssl(token, { args, input: data, signal });
  const algorithm = publicKey.asymmetricKeyType === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256';
  if (isSignedBy(publicKey, { algorithm, data, signature })) return signature;
  throw new PilotfishError('token-key-changed', "the signature is not by the token's public key", {
    hint: 'has the token been replaced, or do its public and private objects not belong together?',
  });
}

const engine = ['-engine', 'pkcs11'];

async function openssl(
  token: Token,
  call: { args: readonly string[]; input?: Uint8Array; signal?: AbortSignal | undefined },
): Promise<ChildOutcome> {
  const { env, clock, deadlineMs } = token;
  let outcome: ChildOutcome;
  try {
    outcome = await token.inTurn(() =>
      runChild(token.openssl, { ...call, env, clock, deadlineMs }),
    );
  } catch (cause) {
    if (codeOf(cause) === 'child-missing') {
      throw new PilotfishError('token-openssl', 'the command openssl is missing', { cause });
    }
    if (codeOf(cause) !== 'child-timeout') throw cause;
    throw new PilotfishError('token-timeout', 'the token does not answer', { cause });
  }
  if (outcome.isOk) return outcome;
  throw await explainOpenssl(token, outcome.errorOutput);
}
