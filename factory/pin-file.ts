import { codeOf, explain, PilotfishError } from '../base/errors.ts';
import { readPrivateFile } from '../base/x509/key-file.ts';

/**
 * Reads a token's PIN: one line, at most 255 bytes, in a file that only its owner can access (mode 0600). Every user of
 * the machine could see an argument or an environment variable.
 *
 * Throws `config-pin-file`; no message contains any of the content.
 */
export async function readPinFile(path: string): Promise<string> {
  let pin: string;
  try {
    pin = (await readPrivateFile(path)).toString('utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const hint = codeOf(error) === 'key-permissions' ? { hint: `chmod 0600 ${path}` } : {};
    throw new PilotfishError('config-pin-file', `--pin-file ${explain(error)}`, hint);
  }
  // A second line means that this is another file; trying it as a PIN would use up one of the token's few attempts.
  if (!/^\P{Cc}{1,255}$/u.test(pin)) {
    throw new PilotfishError(
      'config-pin-file',
      `--pin-file ${path}: expected one line with the PIN`,
    );
  }
  return pin;
}
