import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import { openTokenKey } from '../../../hal/linux/token-key.ts';
import type { TokenOptions } from '../../../hal/linux/token-options.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const pem = publicKey.export({ type: 'spki', format: 'pem' });

/** A way to a token whose `openssl` is this shell script. What a real token does is in test/system. */
async function withOpenssl(script: string): Promise<TokenOptions> {
  const at = await folder();
  const [pin, module, openssl] = ['token.pin', 'pkcs11.so', 'openssl'].map((name) =>
    join(at, name),
  );
  await writeFile(pin as string, '1234', { mode: 0o600 });
  await writeFile(module as string, '');
  await writeFile(join(at, 'public.pem'), pem);
  await writeFile(openssl as string, `#!/bin/sh\ncd ${at}\n${script}\n`, { mode: 0o700 });
  return {
    uri: `pkcs11:token=robot;object=device?pin-source=file:${pin}`,
    module: module as string,
    enginesDir: at,
    openssl: openssl as string,
    pkcs11Tool: '/nowhere/pkcs11-tool',
    env: { PATH: process.env.PATH },
    clock: systemClock,
    deadlineMs: 5000,
  };
}

it.each<[string, string, object]>([
  [
    "the engine's words count, however the command dies",
    'echo "Failed to enumerate slots" >&2; kill -SEGV $$',
    { code: 'token-unreachable', message: expect.stringContaining('the token robot') },
  ],
  [
    "the token's own error is reported",
    'echo "Login failed" >&2; echo "x:PKCS#11 module:ERR_CKR_error:General Error:p.c:208:" >&2; exit 1',
    { code: 'token-failed', message: 'the token robot cannot be used: General Error' },
  ],
  ['silence is an error', 'exit 1', { code: 'token-failed' }],
  ['what is no key is an error', 'echo hello', { code: 'token-failed' }],
  [
    'a signature by another key is an error',
    '[ "$1" = pkey ] && cat public.pem || echo hello',
    { code: 'token-key-changed' },
  ],
  ['endless output is an error', 'exec yes', { code: 'child-output' }],
])('%s', async (_, script, error) => {
  await expect(openTokenKey(await withOpenssl(script))).rejects.toMatchObject(error);
});

it('the command finds engine, module and token in its environment', async () => {
  const options = await withOpenssl(
    'env >&2; echo ERR_CKR_error:$OPENSSL_ENGINES,$PKCS11_MODULE_PATH,$P11_KIT_SERVER_ADDRESS >&2; exit 1',
  );
  const socket = '/run/p11.sock';
  const { enginesDir, module } = options;
  const unreachable = openTokenKey({ ...options, socket });
  // The address holds a colon, at which OpenSSL's words end.
  await expect(unreachable).rejects.toThrow(`${enginesDir},${module},unix`);
});

it('the PIN file is checked before any command runs', async () => {
  const options = await withOpenssl('exit 1');
  await writeFile(join(options.enginesDir ?? '', 'token.pin'), '');
  await expect(openTokenKey(options)).rejects.toMatchObject({ code: 'token-pin-file' });
});
