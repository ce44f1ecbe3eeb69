import { type KeyObject, randomBytes } from 'node:crypto';
import { PilotfishError } from '../base/errors.ts';
import type { Handle, Pkcs11, Token } from './pkcs11.ts';
import { ecParams, ecPublicKey, kindName, rsaPublicKey } from './token-codec.ts';
import { tokenError } from './token-errors.ts';

/** A CA's key pair in a token: found by its label, or made there. */
export interface TokenKey {
  readonly privateKey: Handle;
  readonly publicKey: KeyObject;
}

export type TokenKeyKind = 'ec-p256' | 'ec-p384' | 'rsa-3072';
export const tokenKeyKinds: readonly TokenKeyKind[] = ['ec-p256', 'ec-p384', 'rsa-3072'];

/** The key called `label`. Throws `pkcs11-key-ambiguous`, `pkcs11-key-unsafe`, `pkcs11-unsupported`. */
export function findKey(token: Token, label: string): TokenKey | undefined {
  return token.call(() => {
    const session = token.api.C_OpenSession(token.slot, token.ck.CKF_SERIAL_SESSION);
    try {
      return lookUp(token, session, label);
    } finally {
      closeQuietly(token.api, session);
    }
  });
}

function lookUp({ api, ck, place }: Token, session: Handle, label: string): TokenKey | undefined {
  const name = { type: ck.CKA_LABEL, value: label };
  const found = search(api, session, [{ type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY }, name]);
  const [privateKey] = found;
  if (privateKey === undefined) return undefined;
  if (found.length > 1) {
    throw new PilotfishError(
      'pkcs11-key-ambiguous',
      `${place}: ${found.length} private keys are called "${label}"`,
      { hint: 'give the CA a label of its own: --key-label' },
    );
  }
  const read = (object: Handle, ...types: number[]): Buffer[] =>
    api
      .C_GetAttributeValue(
        session,
        object,
        types.map((type) => ({ type })),
      )
      .map(({ value }) => value as Buffer);
  const [id = Buffer.alloc(0), sensitive, extractable] = read(
    privateKey,
    ck.CKA_ID,
    ck.CKA_SENSITIVE,
    ck.CKA_EXTRACTABLE,
  );
  if (sensitive?.[0] !== 1 || extractable?.[0] !== 0) {
    throw new PilotfishError(
      'pkcs11-key-unsafe',
      `${place}: the key "${label}" can be read out of the token (not SENSITIVE, or EXTRACTABLE)`,
      { hint: 'a CA key must never leave its token: make another, under another --key-label' },
    );
  }
  const [half] = search(api, session, [
    { type: ck.CKA_CLASS, value: ck.CKO_PUBLIC_KEY },
    { type: ck.CKA_ID, value: id },
    name,
  ]);
  if (half === undefined) {
    throw new PilotfishError(
      'pkcs11-key-missing',
      `${place}: the private key "${label}" has no public key beside it`,
      { hint: 'import it into the token with the same label and id' },
    );
  }
  const isEc = read(half, ck.CKA_KEY_TYPE)[0]?.[0] === ck.CKK_EC;
  const [one, two] = isEc
    ? read(half, ck.CKA_EC_PARAMS, ck.CKA_EC_POINT)
    : read(half, ck.CKA_MODULUS, ck.CKA_PUBLIC_EXPONENT);
  const make = isEc ? ecPublicKey : rsaPublicKey;
  return { privateKey, publicKey: make(one ?? id, two ?? id) };
}

function search(
  api: Pkcs11,
  session: Handle,
  template: Parameters<Pkcs11['C_FindObjectsInit']>[1],
) {
  api.C_FindObjectsInit(session, template);
  try {
    return api.C_FindObjects(session, 8);
  } finally {
    api.C_FindObjectsFinal(session);
  }
}

/**
 * Makes a key pair that cannot leave the token. Throws `pkcs11-key-race` when another process made one of the same
 * label meanwhile (ours is removed), and what `findKey` and the token throw.
 */
export async function makeKey(token: Token, label: string, kind: TokenKeyKind): Promise<TokenKey> {
  const { api, ck, slot, place } = token;
  const session = token.call(() =>
    api.C_OpenSession(slot, ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION),
  );
  try {
    const { mechanism, size } =
      kind === 'rsa-3072'
        ? {
            mechanism: ck.CKM_RSA_PKCS_KEY_PAIR_GEN,
            size: [
              { type: ck.CKA_MODULUS_BITS, value: 3072 },
              { type: ck.CKA_PUBLIC_EXPONENT, value: Buffer.from('010001', 'hex') },
            ],
          }
        : {
            mechanism: ck.CKM_EC_KEY_PAIR_GEN,
            size: [{ type: ck.CKA_EC_PARAMS, value: ecParams[kind] }],
          };
    const flag = (type: number, value: boolean) => ({ type, value });
    const both = [
      flag(ck.CKA_TOKEN, true),
      { type: ck.CKA_LABEL, value: label },
      { type: ck.CKA_ID, value: randomBytes(16) },
    ];
    const made = await api.C_GenerateKeyPairAsync(
      session,
      { mechanism },
      [...both, flag(ck.CKA_VERIFY, true), ...size],
      [
        ...both,
        flag(ck.CKA_PRIVATE, true),
        flag(ck.CKA_SENSITIVE, true),
        flag(ck.CKA_EXTRACTABLE, false),
        flag(ck.CKA_SIGN, true),
      ],
    );
    const named = search(api, session, [
      { type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY },
      { type: ck.CKA_LABEL, value: label },
    ]);
    if (named.length > 1) {
      for (const object of [made.privateKey, made.publicKey]) api.C_DestroyObject(session, object);
      throw new PilotfishError(
        'pkcs11-key-race',
        `${place}: another made a key called "${label}" at the same time`,
        { hint: 'run it again: it uses the existing key' },
      );
    }
  } catch (error) {
    throw tokenError(error, place);
  } finally {
    closeQuietly(api, session);
  }
  const key = findKey(token, label);
  if (key !== undefined && kindName(key.publicKey) === kind) return key;
  throw new PilotfishError('pkcs11-failed', `${place}: the new key "${label}" is missing`);
}

/** A failed session is closed to free its resources; errors of the close are ignored. */
export function closeQuietly(api: Pkcs11, session: Handle): void {
  try {
    api.C_CloseSession(session);
  } catch {
    // It is closed already.
  }
}
