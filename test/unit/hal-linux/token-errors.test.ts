import { describe, expect, it } from 'vitest';
import { failureIn } from '../../../hal/linux/token-errors.ts';

/** The real output of engine and OpenSSL (libengine-pkcs11-openssl 0.4.12, OpenSSL 3.0 and Node's 3.5), at some length. */
const words = {
  engine: [
    'Invalid engine "pkcs11"\n:error:13000084:engine routines:dynamic_load:dso not found:',
    'ERR_OSSL_ENGINE_NO_SUCH_ENGINE\nerror:13000074:engine routines::no such engine',
  ],
  module: [
    '/no.so: cannot open shared object file\nUnable to load module /no.so',
    'ERR_OSSL_UNABLE_TO_LOAD_PKCS#11_MODULE\nerror:41000401:libp11::Unable to load PKCS#11 module',
  ],
  pin: [
    'Login failed\nThe private key was not found at: x\nPKCS#11 module:ERR_CKR_error:PIN incorrect:',
    'ERR_OSSL_PIN_INCORRECT\nerror:418000A0:PKCS#11 module::PIN incorrect',
    'Login failed\nPKCS#11 module:ERR_CKR_error:Invalid PIN length:',
  ],
  'pin-locked': ['Login failed\nThe private key was not found\nERR_CKR_error:PIN locked:'],
  token: [
    'No matching initialized token was found for private key\nERR_ENG_error:object not found',
  ],
  key: [
    'The private key was not found at: pkcs11:token=robot\nERR_ENG_error:object not found:',
    'ERR_OSSL_OBJECT_NOT_FOUND\nerror:40800065:pkcs11 engine::object not found',
  ],
  unreachable: [
    'Failed to enumerate slots\nPKCS11_get_private_key returned NULL\nERR_ENG_error:invalid parameter',
    'ERR_OSSL_DEVICE_ERROR\nerror:41800030:PKCS#11 module::Device error',
    'Unable to enumerate private keys\nThe private key was not found at: x',
  ],
  uri: ['The private key ID is not a valid PKCS#11 URI\nThe private key was not found at: x'],
} as const;

describe.each(Object.entries(words))('the output that means %s', (failure, texts) => {
  it.each(texts)('is recognized: %j', (text) => {
    expect(failureIn(text)).toBe(failure);
  });
});

it('any other output is an unknown error', () => {
  expect(failureIn('Engine "pkcs11" set.\nERR_CKR_error:General Error:')).toBeUndefined();
});
