import { readFile } from 'node:fs/promises';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { readChain } from '../../base/x509/certificates.ts';

/**
 * The certificates (PEM) that broker and object store are checked against. Throws `config-cloud-ca` when there are none:
 * without them the robot would try for ever, and what it sees would point elsewhere.
 */
export async function readCa(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PilotfishError(
      'config-cloud-ca',
      `cloudCa: ${file} cannot be read (${codeOf(cause)})`,
    );
  });
  if ((readChain(text) ?? []).length === 0) {
    throw new PilotfishError('config-cloud-ca', `cloudCa: ${file} holds no readable certificate`, {
      hint: 'expected one or more CA certificates in PEM',
    });
  }
  return text;
}
