import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { PilotfishError } from '../base/errors.ts';
import { makeFolder, readTextIfThere, writeFileDurable } from '../base/files.ts';
import { dayMs, makeCa, makeServerCertificate } from '../base/x509/authority.ts';
import { readChain } from '../base/x509/certificates.ts';

/** The server's side of TLS: a key, its certificate chain, and the CA that robots trust. */
export interface ServerIdentity {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** Path of the CA's certificate. */
  readonly caPath: string;
}

/** A certificate that ends within this is made anew at start. */
const renewBeforeMs = 30 * dayMs;

/**
 * Reads `folder`/server.{crt,key} and makes what is missing, signed by a CA of its own (ca.{crt,key}, made at first).
 * A certificate of that CA is made anew for another host or before it ends; one's own files are never replaced:
 * `config-server-certificate` says what is wrong with them.
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

interface Pair {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

async function readPair(folder: string, name: 'server' | 'ca'): Promise<Pair | undefined> {
  const certificatePem = await readTextIfThere(join(folder, `${name}.crt`));
  const keyPem = await readTextIfThere(join(folder, `${name}.key`));
  if (certificatePem === undefined || keyPem === undefined) return undefined;
  try {
    const [certificate] = readChain(certificatePem) ?? [];
    if (certificate === undefined) throw new Error('not a certificate in PEM');
    return { certificatePem, keyPem, certificate, privateKey: createPrivateKey(keyPem) };
  } catch (cause) {
    const path = join(folder, `${name}.crt`);
    const message = `${path} or its key cannot be read`;
    throw new PilotfishError('config-server-certificate', message, { cause });
  }
}

function isGood({ certificate, privateKey }: Pair, host: string, nowMs: number): boolean {
  const named = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host);
  return (
    named !== undefined &&
    certificate.checkPrivateKey(privateKey) &&
    certificate.validToDate.getTime() - renewBeforeMs > nowMs
  );
}

const isOf = ({ certificate }: Pair, ca: Pair): boolean =>
  certificate.verify(ca.certificate.publicKey);

async function makeAuthority(folder: string, nowMs: number): Promise<Pair> {
  const commonName = `Pilotfish cloud stub ${randomBytes(4).toString('hex')}`;
  const made = await makeCa({ commonName, nowMs, random: randomBytes });
  return store(folder, 'ca', made);
}

async function makeServer(
  folder: string,
  { host, nowMs, issuer }: { host: string; nowMs: number; issuer: Pair },
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
): Promise<Pair> {
  const keyPem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFileDurable(join(folder, `${name}.key`), keyPem, 0o600);
  await writeFileDurable(join(folder, `${name}.crt`), certificatePem);
  return { certificatePem, keyPem, privateKey, certificate: new X509Certificate(certificatePem) };
}
