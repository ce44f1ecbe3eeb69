import { spawnSync } from 'node:child_process';

/** The openssl command as an independent reader of our files. */

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A test's name with the reason when it is skipped. */
export const withOpenssl = (name: string): string =>
  hasOpenssl ? name : `${name} (skipped: there is no openssl command here)`;

export interface OpensslOutcome {
  readonly isOk: boolean;
  /** Standard output and standard error. */
  readonly text: string;
}

export function openssl(args: readonly string[], input: string | Uint8Array = ''): OpensslOutcome {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input, encoding: 'utf8' });
  return { isOk: status === 0, text: `${stdout}${stderr}` };
}

/** What `openssl req` finds in a request: undefined when it does not accept its signature. */
export function opensslReadsCsr(
  pem: string,
): { subject: string; publicKeyPem: string } | undefined {
  const args = ['req', '-verify', '-noout', '-subject', '-pubkey', '-nameopt', 'RFC2253,-esc_msb'];
  const { isOk, text } = openssl(args, pem);
  if (!isOk || !/verify OK/.test(text)) return undefined;
  return {
    subject: /^subject=(.*)$/m.exec(text)?.[1] ?? '',
    publicKeyPem: /-----BEGIN PUBLIC KEY-----.*-----END PUBLIC KEY-----\n/s.exec(text)?.[0] ?? '',
  };
}
