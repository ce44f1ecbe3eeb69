import { createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { createFileDurable, makeFolder, readTextIfThere } from '../../base/files.ts';
import { publicMode } from '../../base/output-file.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import { makeCaCertificate } from '../../base/x509/authority.ts';
import { certificatePem, readCertificates } from '../../base/x509/certificate-file.ts';
import { createKeyFile, readKeyFile } from '../../base/x509/key-file.ts';
import type { StationTools } from '../ca.ts';

/**
 * The line's own small CA. It issues two kinds of certificates: the station's HTTPS certificate and those of the
 * fixtures that may call it. It is never the robots' CA: a robot's certificate does not admit to the station, and a
 * fixture's is not valid in the cloud. Its key is a file even where the robots' CA is in a token. Anyone with this key
 * can impersonate the station, but can neither make a robot's certificate nor request one, because each fixture's
 * certificate is on record.
 */
export interface LineCa {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
}

export const linePaths = (folder: string) => ({
  certificate: join(folder, 'line', 'ca.crt'),
  private: join(folder, 'line', 'private'),
  key: join(folder, 'line', 'private', 'ca.key'),
  fixtures: join(folder, 'line', 'fixtures'),
});

/**
 * Opens the line's CA, and makes it when it does not exist; the key is durable before its certificate. Throws as
 * `readKeyFile` does, and `line-ca-mismatch`.
 */
export async function openLineCa(folder: string, tools: StationTools): Promise<LineCa> {
  const paths = linePaths(folder);
  await makeFolder(join(folder, 'line'));
  await makeFolder(paths.private, 0o700);
  await makeFolder(paths.fixtures);
  if ((await readTextIfThere(paths.certificate)) === undefined) await createLineCa(paths, tools);
  const privateKey = await readKeyFile(paths.key);
  const read = readCertificates((await readTextIfThere(paths.certificate)) ?? '');
  const [certificate, second] = read.ok ? read.certificates : [];
  if (certificate?.checkPrivateKey(privateKey) && second === undefined) {
    return { certificatePem: certificatePem(certificate), privateKey };
  }
  throw new PilotfishError(
    'line-ca-mismatch',
    `${paths.key} is not the key of ${paths.certificate}`,
    {
      hint: 'restore both from a copy, or move the folder "line" away: all fixtures then need new certificates',
    },
  );
}

async function createLineCa(
  paths: { key: string; certificate: string },
  { clock, random }: StationTools,
): Promise<void> {
  await createKeyFile(paths.key, 'ec-p256').catch((error: unknown) => {
    if (codeOf(error) !== 'key-exists') throw error;
  });
  const privateKey = await readKeyFile(paths.key);
  const pem = await makeCaCertificate({
    commonName: 'Pilotfish Line CA',
    publicKey: createPublicKey(privateKey),
    signer: keySigner(privateKey),
    nowMs: clock.wallMs(),
    random,
  });
  await createFileDurable(paths.certificate, pem, publicMode);
}
