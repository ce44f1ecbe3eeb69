import { PilotfishError } from '../../base/errors.ts';
import { readCertificateFile } from '../../base/x509/certificate-file.ts';

/**
 * Reads the CA certificates (PEM) that broker and object store are verified against. Throws `config-cloud-ca` when they
 * are unreadable or there are none: otherwise the robot would retry without end, and its diagnosis would be wrong.
 */
export async function readCa(file: string): Promise<string> {
  const read = await readCertificateFile(file);
  const problem = read.ok ? 'holds no certificate' : read.problem;
  if (read.ok && read.certificates.length > 0) return read.pem;
  throw new PilotfishError('config-cloud-ca', `cloudCa: ${file}: ${problem}`, {
    hint: 'expected one or more CA certificates in PEM',
  });
}
