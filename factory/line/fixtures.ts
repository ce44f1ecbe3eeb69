import { createPublicKey, X509Certificate } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { createFileDurable, makeFolder, readTextIfThere, syncFolder } from '../../base/files.ts';
import { checkOutput, writeOutput } from '../../base/output-file.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import { makeDeviceCertificate } from '../../base/x509/authority.ts';
import { certificateId, commonName } from '../../base/x509/certificates.ts';
import { createKeyFile, readKeyFile } from '../../base/x509/key-file.ts';
import { isRobotId } from '../../protocol/topics.ts';
import type { StationTools } from '../ca.ts';
import { entryName } from '../journal.ts';
import { type LineCa, linePaths } from './line-ca.ts';

/**
 * The fixtures (test jigs) that may call the station. Each has a key, a certificate of the line's CA, and a record in
 * the station's folder with this certificate. The station reads the record at every request: a removed fixture is
 * denied at once, whatever certificate it has.
 */

export interface Bundle {
  readonly key: string;
  readonly certificate: string;
  /** The CA that the fixture trusts: the line's. */
  readonly authority: string;
}

export const bundlePaths = (out: string): Bundle => ({
  key: join(out, 'fixture.key'),
  certificate: join(out, 'fixture.crt'),
  authority: join(out, 'line-ca.crt'),
});

const recordPath = (folder: string, name: string): string =>
  join(linePaths(folder).fixtures, `${entryName(name)}.crt`);

/**
 * Makes a fixture's bundle in the folder `out`. Repeating is safe, even after an interruption anywhere: the same folder
 * gets the same certificate. Throws `fixture-exists` when the name has its certificate for another key.
 */
export async function makeFixture(
  station: StationTools & { folder: string; line: LineCa },
  { name, out }: { name: string; out: string },
): Promise<{ certificateId: string; isNew: boolean }> {
  const { line, clock, random, folder } = station;
  const paths = bundlePaths(out);
  await makeFolder(out, 0o700);
  const authority = await checkOutput('--out', paths.authority);
  const certificate = await checkOutput('--out', paths.certificate);
  await createKeyFile(paths.key, 'ec-p256').catch((error: unknown) => {
    if (codeOf(error) !== 'key-exists') throw error;
  });
  const privateKey = await readKeyFile(paths.key);
  const certificatePem = await makeDeviceCertificate({
    commonName: name,
    publicKey: createPublicKey(privateKey),
    issuer: line.certificatePem,
    signer: keySigner(line.privateKey),
    nowMs: clock.wallMs(),
    random,
  });
  const isNew = await createFileDurable(recordPath(folder, name), certificatePem);
  const recorded = (await readTextIfThere(recordPath(folder, name))) ?? '';
  if (!new X509Certificate(recorded).checkPrivateKey(privateKey)) {
    throw new PilotfishError(
      'fixture-exists',
      `fixture "${name}" has a certificate for another key`,
      {
        hint: `take another name, or first: factory fixture --dir ${folder} --name ${name} --remove`,
      },
    );
  }
  await writeOutput(authority, line.certificatePem);
  await writeOutput(certificate, recorded);
  return { certificateId: certificateId(recorded), isNew };
}

/** From now on the fixture is denied. Returns false when there is none of that name. */
export async function removeFixture(folder: string, name: string): Promise<boolean> {
  const path = recordPath(folder, name);
  if ((await readTextIfThere(path)) === undefined) return false;
  await rm(path, { force: true });
  await syncFolder(linePaths(folder).fixtures);
  return true;
}

/** The name of the fixture with this certificate; undefined for any other, and for a removed fixture. */
export async function knownFixture(
  folder: string,
  certificate: X509Certificate,
): Promise<string | undefined> {
  const name = commonName(certificate);
  if (name === undefined || !isRobotId(name)) return undefined;
  const recorded = await readTextIfThere(recordPath(folder, name));
  if (recorded === undefined) return undefined;
  return new X509Certificate(recorded).raw.equals(certificate.raw) ? name : undefined;
}

/** The names of all fixtures. */
export async function fixtureNames(folder: string): Promise<string[]> {
  const files = (await readdir(linePaths(folder).fixtures)).filter((file) =>
    /^[^.].*\.crt$/.test(file),
  );
  return files.map((file) => file.replace(/\.[0-9a-f]{16}\.crt$/, '')).sort();
}
