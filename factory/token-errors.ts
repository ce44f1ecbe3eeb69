import { codeOf, explain, PilotfishError } from '../base/errors.ts';

/** The meaning of a token's return values (PKCS#11 v2.40 section 5.1.6) for a person and for the station. */

export type TokenErrorCode =
  /** The token, the session or the login is no longer available: opening the token again may help. */
  | 'pkcs11-unavailable'
  /** Never retried by the station: several wrong PINs in a row lock a token for good. */
  | 'config-pkcs11-pin'
  | 'pkcs11-token-full'
  | 'pkcs11-token-readonly'
  | 'pkcs11-unsupported'
  | 'pkcs11-failed';

interface Meaning {
  readonly code: TokenErrorCode;
  readonly what: string;
  readonly hint?: string;
}

const unavailable: Meaning = {
  code: 'pkcs11-unavailable',
  what: 'the token is not reachable, or has ended the session',
  hint: 'check the HSM (power, cable, its daemon); the station opens it again by itself',
};
const pinRefused: Meaning = {
  code: 'config-pkcs11-pin',
  what: 'the token refuses the PIN',
  hint: 'fix the PIN file before you try again: a few wrong PINs in a row lock a token',
};
const unsupported: Meaning = {
  code: 'pkcs11-unsupported',
  what: 'the token cannot do this kind of key or signature',
  hint: 'choose another --key: ec-p256, ec-p384 or rsa-3072',
};
const readonly: Meaning = {
  code: 'pkcs11-token-readonly',
  what: 'the token is write protected, no key can be made in it',
};

const meanings: Readonly<Record<string, Meaning>> = {
  CKR_PIN_INCORRECT: pinRefused,
  CKR_PIN_INVALID: pinRefused,
  CKR_PIN_LEN_RANGE: pinRefused,
  CKR_PIN_EXPIRED: { code: 'config-pkcs11-pin', what: "the token's PIN has expired" },
  CKR_PIN_LOCKED: {
    code: 'config-pkcs11-pin',
    what: "the token's PIN is locked after too many wrong ones",
    hint: "the token's security officer can unlock it (SO PIN)",
  },
  CKR_USER_PIN_NOT_INITIALIZED: {
    code: 'config-pkcs11-pin',
    what: 'the token has no user PIN yet',
    hint: "the token's security officer sets it",
  },
  CKR_SESSION_HANDLE_INVALID: unavailable,
  CKR_SESSION_CLOSED: unavailable,
  CKR_TOKEN_NOT_PRESENT: unavailable,
  CKR_TOKEN_NOT_RECOGNIZED: unavailable,
  CKR_DEVICE_REMOVED: unavailable,
  CKR_DEVICE_ERROR: unavailable,
  // Returned by tokens that have lost their daemon or their files.
  CKR_GENERAL_ERROR: unavailable,
  CKR_FUNCTION_FAILED: unavailable,
  CKR_SLOT_ID_INVALID: unavailable,
  CKR_USER_NOT_LOGGED_IN: unavailable,
  CKR_KEY_HANDLE_INVALID: unavailable,
  CKR_OBJECT_HANDLE_INVALID: unavailable,
  CKR_CRYPTOKI_NOT_INITIALIZED: unavailable,
  CKR_DEVICE_MEMORY: { code: 'pkcs11-token-full', what: 'the token is full' },
  CKR_TOKEN_WRITE_PROTECTED: readonly,
  CKR_SESSION_READ_ONLY: readonly,
  CKR_MECHANISM_INVALID: unsupported,
  CKR_CURVE_NOT_SUPPORTED: unsupported,
  CKR_KEY_SIZE_RANGE: unsupported,
  CKR_KEY_TYPE_INCONSISTENT: unsupported,
  CKR_KEY_FUNCTION_NOT_PERMITTED: unsupported,
};

/** The error for a token's return value; a PilotfishError stays as it is. `place` names the token for people. */
export function tokenError(error: unknown, place: string): PilotfishError {
  if (error instanceof PilotfishError) return error;
  const word = explain(error).split(/[\s:]/)[0] ?? '';
  const { code, what, hint } = meanings[word] ?? {
    code: 'pkcs11-failed' as const,
    what: 'the token failed',
  };
  const method = (error as { method?: unknown } | null)?.method;
  const name = word.startsWith('CKR_') ? word : shorten(explain(error));
  const where = typeof method === 'string' && method !== '' ? ` at ${method}` : '';
  const options = hint === undefined ? {} : { hint };
  return new PilotfishError(code, `${place}: ${what} (${name}${where})`, options);
}

const shorten = (text: string): string => text.slice(0, 120);

export const isTokenUnavailable = (error: unknown): boolean =>
  codeOf(error) === 'pkcs11-unavailable';
export const isPinTrouble = (error: unknown): boolean => codeOf(error) === 'config-pkcs11-pin';
