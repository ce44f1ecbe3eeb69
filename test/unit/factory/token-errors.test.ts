import { expect, it } from 'vitest';
import { PilotfishError } from '../../../base/errors.ts';
import { tokenError } from '../../../factory/token-errors.ts';

const answered = (word: string) => Object.assign(new Error(word), { method: 'C_Sign', code: 1 });

it.each([
  ['CKR_PIN_INCORRECT', 'config-pkcs11-pin', 'refuses the PIN'],
  ['CKR_PIN_LOCKED', 'config-pkcs11-pin', 'locked'],
  ['CKR_SESSION_HANDLE_INVALID', 'pkcs11-unavailable', 'not reachable'],
  ['CKR_DEVICE_REMOVED', 'pkcs11-unavailable', 'not reachable'],
  ['CKR_DEVICE_MEMORY', 'pkcs11-token-full', 'full'],
  ['CKR_TOKEN_WRITE_PROTECTED', 'pkcs11-token-readonly', 'write protected'],
  ['CKR_SESSION_READ_ONLY', 'pkcs11-token-readonly', 'write protected'],
  ['CKR_MECHANISM_INVALID', 'pkcs11-unsupported', 'cannot do'],
  ['CKR_VENDOR_DEFINED', 'pkcs11-failed', 'failed'],
])('%s is %s', (word, code, what) => {
  const error = tokenError(answered(word), 'token "t"');
  expect(error.code).toBe(code);
  expect(error.message).toMatch(new RegExp(`^token "t": .*${what}.* \\(${word} at C_Sign\\)$`));
});

it('returns a PilotfishError unchanged, and reports any other error', () => {
  const ours = new PilotfishError('a', 'b');
  expect(tokenError(ours, 'token "t"')).toBe(ours);
  expect(tokenError(new Error('other'), 'token "t"').message).toBe(
    'token "t": the token failed (other)',
  );
});
