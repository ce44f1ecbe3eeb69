import { PilotfishError } from '../../base/errors.ts';
import { readCertificateFile } from '../../base/x509/certificate-file.ts';

/**
 * The certificates (PEM) that broker and object store are checked against. Throws `config-cloud-ca` when they cannot be
 * read or there are none: the robot would try for ever, and what it sees would point elsewhere.
 */
export async function readCa(file: string): Promise<string> {
  const read = await readCertificateFile(file);
  const problem = read.ok ? 'holds no certificate' : read.problem;
  if (read.ok && read.certificates.length > 0) return read.pem;
  throw new PilotfishError('config-cloud-ca', `cloudCa: ${file}: ${problem}`, {
    hint: 'expected one or more CA certificates in PEM',
  });
}
