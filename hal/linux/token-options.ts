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
  /** Found by `enginesFolder()` when not given. */
  readonly enginesDir?: string | undefined;
  /** The socket of `p11-kit server`, when the module is its client. */
  readonly socket?: string | undefined;
  /** The commands `openssl` and `pkcs11-tool`; found by PATH when not given. The second may be missing. */
  readonly openssl?: string | undefined;
  readonly pkcs11Tool?: string | undefined;
  /** The environment that child processes get, with what leads to the token added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How long the token may take for one operation; 10 s when not given. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Runs one piece of work after the other. A token opened by two processes at once may fail for one of them: SoftHSM rewrites a
 * file at each login, and whoever reads it then finds no key.
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

/** The options, read and filled up. */
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
