import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import { recalling } from '../recall.ts';
import { encodePem, readPem } from './pem.ts';

/** Certificates and keys in PEM, parsed once: callers get the parsed values, never the file's own text. */

export type CertificatesReading =
  | {
      readonly ok: true;
      readonly certificates: readonly X509Certificate[];
      /** The same certificates, one block each. */
      readonly pem: string;
    }
  | { readonly ok: false; readonly problem: string };

/** Larger than any system's CA list. */
const bytesMax = 1024 * 1024;

/**
 * The certificates of a text, in order, without duplicates; none gives an empty list. A block of another kind is a
 * problem: a key does not belong in a shared file, and an OpenSSL `TRUSTED CERTIFICATE` would lose its trust settings.
 * `others: 'skip'` ignores such blocks, for files that an earlier release has accepted.
 *
 * A robot reads the same few chains before each attempt to connect: the last readings are recalled.
 */
export const readCertificates = (
  text: string,
  { others = 'refuse' }: { others?: 'refuse' | 'skip' } = {},
): CertificatesReading => (others === 'skip' ? readSkipping(text) : readRefusing(text));

const recalledMax = 32;
const readSkipping = recalling(recalledMax, (text) => parseCertificates(text, 'skip'));
const readRefusing = recalling(recalledMax, (text) => parseCertificates(text, 'refuse'));

function parseCertificates(text: string, others: 'refuse' | 'skip'): CertificatesReading {
  const read = readPem(text);
  if (!read.ok) return read;
  const certificates = new Map<string, X509Certificate>();
  for (const { label, der, line } of read.blocks) {
    const fail = (what: string) => ({ ok: false, problem: `line ${line}: ${what}` }) as const;
    if (label !== 'CERTIFICATE') {
      if (others === 'skip') continue;
      return fail(`this is a block "${label}", expected only blocks "CERTIFICATE"`);
    }
    const certificate = decodeCertificate(der);
    if (certificate === undefined) return fail('this is no certificate that can be read');
    certificates.set(certificate.fingerprint256, certificate);
  }
  const list = [...certificates.values()];
  return { ok: true, certificates: list, pem: list.map(certificatePem).join('') };
}

/** The same for a file, whose type and size are checked before it is read. */
export async function readCertificateFile(path: string): Promise<CertificatesReading> {
  const read = await readTextFile(path);
  return read.ok ? readCertificates(read.text) : read;
}

export const certificatePem = (certificate: X509Certificate): string =>
  encodePem('CERTIFICATE', certificate.raw);

/** Reads a text file of at most 1 MiB; does not wait for a pipe or device. */
export async function readTextFile(
  path: string,
): Promise<{ ok: true; text: string } | { ok: false; problem: string }> {
  const fail = (problem: string) => ({ ok: false, problem }) as const;
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) return fail('is no file');
    if (stat.size > bytesMax) return fail(`has ${stat.size} bytes, at most ${bytesMax} are read`);
    return { ok: true, text: await file.readFile('utf8') };
  } catch (error) {
    const code = codeOf(error);
    return fail(code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`);
  }
}

/**
 * The one private key of a text, without passphrase; certificates and curve parameters beside it are ignored. Undefined
 * for none, several, or an invalid one; no reason is given, because the text is a secret.
 */
export function readPrivateKey(text: string): KeyObject | undefined {
  const read = readPem(text);
  const keys = read.ok ? read.blocks.filter(({ label }) => label.endsWith('PRIVATE KEY')) : [];
  const [only, second] = keys;
  if (only === undefined || second !== undefined) return undefined;
  try {
    return createPrivateKey(encodePem(only.label, only.der));
  } catch {
    return undefined;
  }
}

function decodeCertificate(der: Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    // Parsers differ on trailing bytes: some read them, others ignore them.
    return certificate.raw.equals(der) ? certificate : undefined;
  } catch {
    return undefined;
  }
}
