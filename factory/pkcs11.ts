import type * as Library from 'pkcs11js';
import { delay, systemClock } from '../base/clock.ts';
import { codeOf, explain, PilotfishError } from '../base/errors.ts';
import { tokenError } from './token-errors.ts';

/**
 * The only file that imports the PKCS#11 library. The library compiles natively and no robot needs it, so it is loaded
 * only when a token is used. Every failure becomes a PilotfishError (`token-errors.ts`); none of them contains the PIN.
 */
export type Pkcs11 = Library.PKCS11;
export type Constants = typeof Library;
export type Handle = Library.Handle;

export interface TokenName {
  /** The vendor's library: a path, or a name that the dynamic linker finds. */
  readonly module: string;
  readonly tokenLabel: string;
}

/** An open token with a login. */
export interface Token {
  readonly api: Pkcs11;
  readonly ck: Constants;
  readonly slot: Handle;
  /** Which token it is, as text for people. */
  readonly place: string;
  /** Runs `use` and turns what it throws into errors for people. */
  call<T>(use: () => T): T;
  /** Ends all sessions and the login. */
  close(): void;
}

/** Loads the library. Throws `pkcs11-missing`. */
async function loadLibrary(): Promise<Constants> {
  try {
    const loaded = await import('pkcs11js');
    // A CommonJS module: its exports are the default export.
    return (loaded as unknown as { default?: Constants }).default ?? loaded;
  } catch (cause) {
    throw new PilotfishError('pkcs11-missing', 'the package pkcs11js is not here, or not built', {
      cause: new Error(codeOf(cause)),
      hint: 'it is an optional dependency: npm install, then npm rebuild pkcs11js (needs g++, make, python3, Node headers)',
    });
  }
}

/**
 * Opens the token called `tokenLabel` and logs in, once: a rejected PIN is not tried again here. A token that is not
 * found is polled for several times within a second: while another process opens or writes it, SoftHSM may show none,
 * or answer CKR_GENERAL_ERROR.
 *
 * Throws `pkcs11-missing`, `config-pkcs11-module` (no PKCS#11 module), `config-pkcs11-token` (no such token, or
 * several), and the codes of `token-errors.ts`.
 */
export async function openToken({ module, tokenLabel }: TokenName, pin: string): Promise<Token> {
  const ck = await loadLibrary();
  const api = new ck.PKCS11();
  const place = `token "${tokenLabel}"`;
  try {
    api.load(module);
  } catch (error) {
    const message = `--pkcs11-module ${module}: not a PKCS#11 module (${explain(error)})`;
    throw new PilotfishError('config-pkcs11-module', message, {
      hint: "expected the HSM vendor's library, such as /usr/lib/softhsm/libsofthsm2.so",
    });
  }
  const call = <T>(use: () => T): T => {
    try {
      return use();
    } catch (error) {
      throw tokenError(error, place);
    }
  };
  let isOurs = false;
  const close = () => {
    try {
      if (isOurs) api.C_Finalize();
    } catch {
      // It is closed already.
    }
  };
  const enter = () => {
    isOurs = initialize(api, ck);
    const slot = findSlot(api, tokenLabel, module);
    return { slot, session: openSession({ api, ck, slot, place }) };
  };
  const entered = await untilEntered(() => call(enter), close);
  try {
    call(() => login(api, ck, entered.session, pin));
    return { api, ck, slot: entered.slot, place, call, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The login is not repeated here: a PIN is tried once. */
async function untilEntered<T>(enter: () => T, close: () => void): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return enter();
    } catch (error) {
      close();
      if (attempt >= pollsMax || !mayBeBusy(error)) throw error;
    }
    await delay(systemClock, pollMs * attempt, new AbortController().signal);
  }
}

const pollsMax = 5;
const pollMs = 80;

const mayBeBusy = (error: unknown): boolean =>
  ['config-pkcs11-token', 'pkcs11-unavailable'].includes(codeOf(error));

/** False when another part of this process has initialized the library and must also finalize it. */
function initialize(api: Pkcs11, ck: Constants): boolean {
  try {
    api.C_Initialize({ flags: ck.CKF_OS_LOCKING_OK });
    return true;
  } catch (error) {
    if (explain(error).startsWith('CKR_CRYPTOKI_ALREADY_INITIALIZED')) return false;
    throw error;
  }
}

function findSlot(api: Pkcs11, tokenLabel: string, module: string): Handle {
  // PKCS#11 pads labels with spaces.
  const found = api.C_GetSlotList(true).map((slot) => ({ slot, label: labelOf(api, slot) }));
  const [token, ...more] = found.filter(({ label }) => label === tokenLabel);
  if (token !== undefined && more.length === 0) return token.slot;
  const labels = found.map(({ label }) => label).filter((label) => label !== '');
  const others = labels.length > 0 ? labels.map((label) => `"${label}"`).join(', ') : 'none';
  const count = token === undefined ? 'there is no such token' : 'several tokens have this label';
  throw new PilotfishError(
    'config-pkcs11-token',
    `--token-label "${tokenLabel}": ${count}; tokens in ${module}: ${others}`,
  );
}

/** Empty for a slot that cannot be read: another slot may be the requested one. */
function labelOf(api: Pkcs11, slot: Handle): string {
  try {
    return api.C_GetTokenInfo(slot).label.trim();
  } catch {
    return '';
  }
}

/**
 * The login belongs to the process, for all its sessions on this token, until the last one closes. This one stays open.
 */
function openSession({ api, ck, slot, place }: Pick<Token, 'api' | 'ck' | 'slot' | 'place'>) {
  const { flags } = api.C_GetTokenInfo(slot);
  if ((flags & (ck.CKF_USER_PIN_FINAL_TRY | ck.CKF_USER_PIN_LOCKED)) !== 0) {
    throw new PilotfishError(
      'config-pkcs11-pin',
      `${place}: its PIN is locked, or one wrong PIN away from it; not tried`,
      { hint: 'log in once by hand with the right PIN (pkcs11-tool --login --list-objects)' },
    );
  }
  return api.C_OpenSession(slot, ck.CKF_SERIAL_SESSION);
}

function login(api: Pkcs11, ck: Constants, session: Handle, pin: string): void {
  try {
    api.C_Login(session, ck.CKU_USER, pin);
  } catch (error) {
    if (!explain(error).startsWith('CKR_USER_ALREADY_LOGGED_IN')) throw error;
  }
}
