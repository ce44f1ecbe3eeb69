import type { Clock } from '../../base/clock.ts';
import {
  checkPlace,
  enginesFolder,
  type TokenPlace,
  tokenEnvironment,
} from './token-environment.ts';
import { readTokenUri, type TokenUri } from './token-uri.ts';

export interface TokenOptions {
  /** The key (RFC 7512): token or serial, object or id, and `pin-source=file:/...`, never `pin-value`. */
  readonly uri: string;
  readonly module: string;
  /** Found by `enginesFolder()` by default. */
  readonly enginesDir?: string | undefined;
  /** The socket of `p11-kit server`, when the module is its client. */
  readonly socket?: string | undefined;
  /** The commands `openssl` and `pkcs11-tool`; found by PATH by default. The second may be missing. */
  readonly openssl?: string | undefined;
  readonly pkcs11Tool?: string | undefined;
  /** The environment of child processes; the variables for the token are added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The longest time for one operation of the token; 10 s by default. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Runs tasks one after the other. A token opened by two processes at once may fail for one of them: SoftHSM rewrites a
 * file at each login, and a process that reads it at that moment finds no key.
 */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function oneAfterTheOther(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

/** The options, parsed and with defaults. */
export interface Token {
  readonly inTurn: InTurn;
  readonly uri: TokenUri;
  readonly place: TokenPlace;
  readonly openssl: string;
  readonly pkcs11Tool: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

/** Throws `token-uri`, `token-engine` and `token-module`. */
export async function readToken(
  options: TokenOptions,
  inTurn: InTurn = oneAfterTheOther(),
): Promise<Token> {
  const uri = readTokenUri(options.uri);
  const { module, socket, clock } = options;
  const place = { module, socket, enginesDir: options.enginesDir ?? (await enginesFolder()) };
  await checkPlace(place);
  return {
    inTurn,
    uri,
    place,
    openssl: options.openssl ?? 'openssl',
    pkcs11Tool: options.pkcs11Tool ?? 'pkcs11-tool',
    env: { ...options.env, ...tokenEnvironment(place) },
    clock,
    deadlineMs: options.deadlineMs ?? 10_000,
  };
}
