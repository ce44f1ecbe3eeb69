import { PilotfishError } from '../../base/errors.ts';
import { type Inventory, takeInventory } from './token-inventory.ts';
import type { Token } from './token-options.ts';

/** The kinds of token failures, recognised in the output of engine and OpenSSL. */

type Failure = 'engine' | 'module' | 'pin' | 'pin-locked' | 'token' | 'key' | 'unreachable' | 'uri';

/** The first match decides: later text is mostly a consequence. */
const signs: readonly (readonly [RegExp, Failure])[] = [
  [/invalid engine|no such engine|dso not found/i, 'engine'],
  [/unable to load (?:PKCS#11 )?module/i, 'module'],
  [/PIN (?:is )?locked/i, 'pin-locked'],
  [/PIN (?:incorrect|invalid|expired)|invalid PIN length|CKR_PIN/i, 'pin'],
  [/not a valid PKCS#11 URI|unsupported pin-source/i, 'uri'],
  [
    /failed to enumerate slots|device error|device removed|unable to enumerate|token not present/i,
    'unreachable',
  ],
  [/no matching initialized token/i, 'token'],
  [/object not found|private key was not found/i, 'key'],
];

export const failureIn = (words: string): Failure | undefined =>
  signs.find(([sign]) => sign.test(words))?.[1];

/** The error for a failed `openssl` with the output `errorOutput`. Queries the token's inventory where that explains more. */
export async function explainOpenssl(token: Token, errorOutput: string): Promise<PilotfishError> {
  const failure = failureIn(errorOutput);
  const needsList = failure === 'token' || failure === 'key';
  return tokenError(token, failure, {
    errorOutput,
    has: needsList ? await takeInventory(token) : undefined,
  });
}

/** The error for a failure: what failed, why, and what to do. */
export function tokenError(
  token: Token,
  failure: Failure | undefined,
  {
    errorOutput = '',
    has,
    cause,
  }: { errorOutput?: string; has?: Inventory | undefined; cause?: unknown } = {},
): PilotfishError {
  const { uri, place } = token;
  const error = (code: string, message: string, hint?: string) =>
    new PilotfishError(code, message, { cause, ...(hint === undefined ? {} : { hint }) });
  const name = `token ${uri.token ?? `with serial number ${uri.serial}`}`;
  const key = uri.object === undefined ? `with id ${uri.id?.toString('hex')}` : uri.object;
  switch (failure) {
    case 'engine':
      return error(
        'token-engine',
        `OpenSSL cannot load its engine pkcs11 from ${place.enginesDir}`,
        'install libengine-pkcs11-openssl; the process itself needs OPENSSL_ENGINES',
      );
    case 'module':
      return error('token-module', `the PKCS#11 module ${place.module} cannot be loaded`);
    case 'pin':
      return error(
        'token-pin',
        `the ${name} refuses the PIN in ${uri.pinFile}; it is not tried again until that file changes`,
        'most tokens lock themselves after a few wrong PINs',
      );
    case 'pin-locked':
      return error(
        'token-pin',
        `the ${name} has locked its PIN`,
        'its security officer can set a new PIN',
      );
    case 'token':
      return error(
        'token-missing',
        `the ${name} does not exist${listNames('tokens', has?.tokens)}`,
      );
    case 'key':
      return noKey(error, { name, key, uri: token.uri.object, has });
    case 'unreachable':
      return error(
        'token-unreachable',
        `the ${name} cannot be reached through ${place.socket ?? place.module}`,
        place.socket === undefined
          ? undefined
          : 'is p11-kit server running, and may this user connect?',
      );
    case 'uri':
      return error(
        'token-uri',
        'the PKCS#11 engine does not understand the URI of the key',
        'it knows token, serial, manufacturer, model, object, id, type and pin-source',
      );
    case undefined:
      return error('token-failed', `the ${name} cannot be used: ${shorten(errorOutput)}`);
  }
}

function noKey(
  error: (code: string, message: string, hint?: string) => PilotfishError,
  {
    name,
    key,
    uri,
    has,
  }: { name: string; key: string; uri: string | undefined; has: Inventory | undefined },
): PilotfishError {
  if (uri !== undefined && has?.keys?.includes(uri)) {
    return error(
      'token-key-missing',
      `the ${name} holds the public half of key ${key}, and no private half that this PIN shows`,
      'a public key alone cannot identify a robot; create the key pair on the token again',
    );
  }
  return error(
    'token-key-missing',
    `the ${name} holds no key ${key}${listNames('public keys', has?.keys)}`,
    'docs/hardware-key.md says how to make one',
  );
}

const listNames = (what: string, names: readonly string[] | undefined): string =>
  names === undefined ? '' : `; ${what} there: ${names.join(', ') || 'none'}`;

/** The token's PKCS#11 return value if there is one, else the first line with more than the operation's name. */
function shorten(errorOutput: string): string {
  const [, returned] = /ERR_CKR_error:([^:\n]+)/.exec(errorOutput) ?? [];
  const line = errorOutput.split('\n').find((each) => each !== '' && !each.startsWith('Engine '));
  return (returned ?? line ?? 'no reason given').slice(0, 200);
}
