import { runChild } from './child.ts';
import type { Token } from './token-options.ts';

/** The labels that can be read from the token without a PIN. Undefined: not known. */
export interface Inventory {
  readonly tokens?: readonly string[] | undefined;
  /** The labels of public keys. */
  readonly keys?: readonly string[] | undefined;
}

const namesMax = 20;

/** Runs `pkcs11-tool`, which may be missing; never throws. */
export async function takeInventory(token: Token): Promise<Inventory> {
  const { uri, place } = token;
  const module = ['--module', place.module];
  const list = ['--list-objects', '--type', 'pubkey'];
  const of = uri.token === undefined ? [] : ['--token-label', uri.token];
  return {
    tokens: await readTool(token, [...module, '--list-token-slots'], /^ *token label *: *(.*)$/gm),
    keys: await readTool(token, [...module, ...of, ...list], /^ *label: *(.*)$/gm),
  };
}

async function readTool(
  { pkcs11Tool, env, clock, deadlineMs }: Token,
  args: readonly string[],
  pattern: RegExp,
): Promise<readonly string[] | undefined> {
  try {
    const { isOk, out } = await runChild(pkcs11Tool, { args, env, clock, deadlineMs });
    if (!isOk) return undefined;
    const names = [...out.toString('utf8').matchAll(pattern)].map(([, name = '']) =>
      printable(name),
    );
    return names.slice(0, namesMax);
  } catch {
    return undefined;
  }
}

/** A label comes from the token: it must not control the terminal. */
const printable = (name: string): string =>
  name.trimEnd().replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
