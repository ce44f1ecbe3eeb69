import { spawnSync } from 'node:child_process';
import { accessSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pkcs11js from 'pkcs11js';
import { openssl } from './pki-openssl.ts';

/** A SoftHSM token in a folder of its own, for tests that run on real PKCS#11. */
export interface SoftToken {
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  readonly pinFile: string;
  /** For processes that use it. */
  readonly env: Readonly<Record<string, string>>;
  /** The options of `factory init` that name it. */
  readonly options: readonly string[];
}

export const softhsmModule = '/usr/lib/softhsm/libsofthsm2.so';

export async function softToken(folder: string, label = 'maker-ca'): Promise<SoftToken> {
  accessSync(softhsmModule);
  const tokens = join(folder, 'tokens');
  await mkdir(tokens, { recursive: true });
  const conf = join(folder, 'softhsm2.conf');
  await writeFile(
    conf,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const pin = '74019-secret';
  const env = { SOFTHSM2_CONF: conf };
  const made = spawnSync(
    'softhsm2-util',
    ['--init-token', '--free', '--label', label, '--so-pin', '5678', '--pin', pin],
    { env: { ...process.env, ...env }, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`softhsm2-util: ${made.stdout}${made.stderr}`);
  const pinFile = join(folder, 'pin');
  await writeFile(pinFile, `${pin}\n`, { mode: 0o600 });
  const options = ['--pkcs11-module', softhsmModule, '--token-label', label, '--pin-file', pinFile];
  return { module: softhsmModule, label, pin, pinFile, env, options };
}

/** Runs `use` on the token in this process, logged in, beside the other users of it in this process. */
export function onToken<T>(
  token: SoftToken,
  use: (on: { api: pkcs11js.PKCS11; slot: Buffer; session: Buffer }) => T,
): T {
  const api = new pkcs11js.PKCS11();
  api.load(token.module);
  let isOurs = true;
  try {
    api.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
  } catch {
    isOurs = false;
  }
  try {
    const slot = api
      .C_GetSlotList(true)
      .find((each) => api.C_GetTokenInfo(each).label.trim() === token.label);
    if (slot === undefined) throw new Error(`no token ${token.label}`);
    const session = api.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
    if (isOurs) api.C_Login(session, pkcs11js.CKU_USER, token.pin);
    return use({ api, slot, session });
  } finally {
    if (isOurs) api.C_Finalize();
  }
}

/** The attributes of the private key called `label`; an attribute that the token rejects is its error's name. */
export function keyAttributes(
  token: SoftToken,
  label: string,
  types: readonly (keyof typeof pkcs11js)[],
): (string | undefined)[] {
  return onToken(token, ({ api, session }) => {
    api.C_FindObjectsInit(session, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
      { type: pkcs11js.CKA_LABEL, value: label },
    ]);
    const [key] = api.C_FindObjects(session, 2);
    api.C_FindObjectsFinal(session);
    if (key === undefined) return [];
    return types.map((name) => {
      try {
        const [found] = api.C_GetAttributeValue(session, key, [{ type: Number(pkcs11js[name]) }]);
        return Buffer.from(found?.value as Buffer).toString('hex');
      } catch (error) {
        return (error as Error).message;
      }
    });
  });
}

/** Makes a key pair without the station's code. */
export function makeForeignKey(token: SoftToken, label: string, isExtractable: boolean): void {
  onToken(token, ({ api, session }) => {
    const common = [
      { type: pkcs11js.CKA_TOKEN, value: true },
      { type: pkcs11js.CKA_LABEL, value: label },
      { type: pkcs11js.CKA_ID, value: Buffer.from(`${Math.random()}`) },
    ];
    api.C_GenerateKeyPair(
      session,
      { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN },
      [
        ...common,
        { type: pkcs11js.CKA_EC_PARAMS, value: Buffer.from('06082a8648ce3d030107', 'hex') },
      ],
      [
        ...common,
        { type: pkcs11js.CKA_SENSITIVE, value: true },
        { type: pkcs11js.CKA_PRIVATE, value: true },
        { type: pkcs11js.CKA_SIGN, value: true },
        { type: pkcs11js.CKA_EXTRACTABLE, value: isExtractable },
      ],
    );
  });
}

/** Ends every session of this process on the token, as a daemon that restarts does. */
export const cutSessions = (token: SoftToken): void =>
  onToken(token, ({ api, slot }) => api.C_CloseAllSessions(slot));

/** Gives the token another PIN. */
export const changePin = (token: SoftToken, from: string, to: string): void =>
  onToken(token, ({ api, session }) => api.C_SetPIN(session, from, to));

/** Openssl's verdict on a chain for a TLS client, by its strictest rules. */
export const strictVerify = (caFile: string, chain: string) =>
  openssl(['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', caFile, chain]);
