import { type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { PilotfishError } from '../base/errors.ts';
import { makeFolder, readTextIfThere, writeFileDurable } from '../base/files.ts';
import { publicMode } from '../base/output-file.ts';
import { dayMs, makeCa, makeServerCertificate } from '../base/x509/authority.ts';
import { readCertificates, readPrivateKey } from '../base/x509/certificate-file.ts';

/** The server's side of TLS: a key, its certificate chain, and the CA that robots trust. */
export interface ServerIdentity {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** Path of the CA's certificate. */
  readonly caPath: string;
}

/** A certificate that expires within this time is replaced at start. */
const renewBeforeMs = 30 * dayMs;

/**
 * Reads `folder`/server.{crt,key} and makes what is missing, signed by a CA of its own (ca.{crt,key}, made the first
 * time). A certificate of that CA is replaced for another host or before it expires. The user's own files are never
 * replaced: `config-server-certificate` reports what is wrong with them.
 */
export async function serverIdentity(
  folder: string,
  { host, nowMs }: { host: string; nowMs: number },
): Promise<ServerIdentity> {
  await makeFolder(folder, 0o700);
  const caPath = join(folder, 'ca.crt');
  const found = await readPair(folder, 'server');
  const ca = await readPair(folder, 'ca');
  if (found !== undefined && isGood(found, host, nowMs)) {
    return { key: found.keyPem, cert: found.certificatePem, caPath };
  }
  if (found !== undefined && (ca === undefined || !isOf(found, ca))) {
    throw new PilotfishError(
      'config-server-certificate',
      `${join(folder, 'server.crt')} is not a valid certificate for ${host} with the key beside it`,
      { hint: 'give the right files, or remove them and they are made' },
    );
  }
  const issuer = ca ?? (await makeAuthority(folder, nowMs));
  return { ...(await makeServer(folder, { host, nowMs, issuer })), caPath };
}

interface CredentialsName {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

async function readPair(
  folder: string,
  name: 'server' | 'ca',
): Promise<CredentialsName | undefined> {
  const path = join(folder, `${name}.crt`);
  const certificateText = await readTextIfThere(path);
  const keyText = await readTextIfThere(join(folder, `${name}.key`));
  if (certificateText === undefined || keyText === undefined) return undefined;
  const fail = (message: string) => new PilotfishError('config-server-certificate', message);
  const read = readCertificates(certificateText);
  if (!read.ok) throw fail(`${path} cannot be read: ${read.problem}`);
  const [certificate] = read.certificates;
  if (certificate === undefined) throw fail(`${path} holds no certificate in PEM`);
  const privateKey = readPrivateKey(keyText);
  if (privateKey === undefined) {
    throw fail(`${join(folder, `${name}.key`)} holds no private key in PEM without passphrase`);
  }
  return { certificatePem: read.pem, keyPem: keyPemOf(privateKey), certificate, privateKey };
}

const keyPemOf = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }));

function isGood(
  { certificate, privateKey }: CredentialsName,
  host: string,
  nowMs: number,
): boolean {
  const named = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host);
  return (
    named !== undefined &&
    certificate.checkPrivateKey(privateKey) &&
    certificate.validToDate.getTime() - renewBeforeMs > nowMs
  );
}

const isOf = ({ certificate }: CredentialsName, ca: CredentialsName): boolean =>
  certificate.verify(ca.certificate.publicKey);

async function makeAuthority(folder: string, nowMs: number): Promise<CredentialsName> {
  const commonName = `Pilotfish cloud stub ${randomBytes(4).toString('hex')}`;
  const made = await makeCa({ commonName, nowMs, random: randomBytes });
  return store(folder, 'ca', made);
}

async function makeServer(
  folder: string,
  { host, nowMs, issuer }: { host: string; nowMs: number; issuer: CredentialsName },
): Promise<{ key: string; cert: string }> {
  const made = await makeServerCertificate({
    caKey: issuer.privateKey,
    caCert: issuer.certificatePem,
    hostNames: host === 'localhost' ? ['localhost', '127.0.0.1', '::1'] : [host],
    nowMs,
    random: randomBytes,
  });
  const { certificatePem, keyPem } = await store(folder, 'server', made);
  return { key: keyPem, cert: certificatePem };
}

async function store(
  folder: string,
  name: 'server' | 'ca',
  { privateKey, certificatePem }: { privateKey: KeyObject; certificatePem: string },
): Promise<CredentialsName> {
  const keyPem = keyPemOf(privateKey);
  await writeFileDurable(join(folder, `${name}.key`), keyPem, 0o600);
  await writeFileDurable(join(folder, `${name}.crt`), certificatePem, publicMode);
  return { certificatePem, keyPem, privateKey, certificate: new X509Certificate(certificatePem) };
}
