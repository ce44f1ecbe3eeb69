import { codeOf, explain, PilotfishError } from '../base/errors.ts';
import { readPrivateFile } from '../base/x509/key-file.ts';

/**
 * Reads a token's PIN: one line, at most 255 octets, in a file that is its owner's alone (mode 0600). An argument or a
 * variable would be seen by every user of the machine.
 *
 * Throws `config-pin-file`; no message holds any of the content.
 */
export async function readPinFile(path: string): Promise<string> {
  let pin: string;
  try {
    pin = (await readPrivateFile(path)).toString('utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const hint = codeOf(error) === 'key-permissions' ? { hint: `chmod 0600 ${path}` } : {};
    throw new PilotfishError('config-pin-file', `--pin-file ${explain(error)}`, hint);
  }
  // A second line is another file's; a PIN with it would cost one of the token's few attempts.
  if (!/^\P{Cc}{1,255}$/u.test(pin)) {
    throw new PilotfishError(
      'config-pin-file',
      `--pin-file ${path}: expected one line with the PIN`,
    );
  }
  return pin;
}
