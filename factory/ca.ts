import type { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { PilotfishError } from '../base/errors.ts';
import { createFileDurable, makeFolder, readTextIfThere } from '../base/files.ts';
import { publicMode } from '../base/output-file.ts';
import { makeCaCertificate } from '../base/x509/authority.ts';
import { readCertificates } from '../base/x509/certificate-file.ts';
import { certificateId } from '../base/x509/certificates.ts';
import type { Entropy } from '../base/x509/fields.ts';
import { type KeyOptions, makeCaKey, openCaKey } from './ca-key.ts';
import type { CaSigner } from './ca-signer.ts';
import { makeChain } from './chain.ts';
import type { TokenKeyKind } from './token-keys.ts';

/** The maker's CA as a station uses it. */
export interface Ca extends AsyncDisposable {
  readonly certificatePem: string;
  /** SHA-256 of the certificate. */
  readonly id: string;
  /** Its dates, ms since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly signer: CaSigner;
}

/** What the station gets from outside. */
export interface StationTools {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly random: Entropy;
}

export const caPaths = (folder: string) => ({
  certificate: join(folder, 'ca.crt'),
  private: join(folder, 'private'),
  key: join(folder, 'private', 'ca.key'),
  /** Where the key is, when it is in a token. */
  record: join(folder, 'ca.json'),
});

/** The CA's certificate, for what needs no key. Throws `ca-missing` and `ca-unreadable`. */
export async function readCaCertificate(folder: string): Promise<X509Certificate> {
  const path = caPaths(folder).certificate;
  const pem = await readTextIfThere(path);
  if (pem === undefined) {
    throw new PilotfishError('ca-missing', `${folder}: there is no CA here`, {
      hint: `factory init --dir ${folder} makes one`,
    });
  }
  const read = readCertificates(pem);
  const [certificate, second] = read.ok ? read.certificates : [];
  if (certificate !== undefined && second === undefined) return certificate;
  const why = read.ok ? '' : ` (${read.problem})`;
  throw new PilotfishError('ca-unreadable', `${path} is not a certificate in PEM${why}`);
}

/**
 * Opens the CA in `folder`. Throws as `readCaCertificate` and `openCaKey` do, and `ca-mismatch` when key and
 * certificate do not match.
 */
export async function openCa(folder: string, options: KeyOptions = {}): Promise<Ca> {
  const paths = caPaths(folder);
  const certificate = await readCaCertificate(folder);
  const signer = await openCaKey(paths, options);
  if (!certificate.publicKey.equals(signer.publicKey)) {
    await signer.close();
    throw new PilotfishError(
      'ca-mismatch',
      `${signer.place} is not the key of ${paths.certificate}`,
    );
  }
  return {
    certificatePem: certificate.toString(),
    id: certificateId(certificate),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    signer,
    [Symbol.asyncDispose]: () => signer.close(),
  };
}

/**
 * Makes a CA in `folder`, or opens an existing one. The key is in a token when the options name one, otherwise in a
 * file. The key is durable before its certificate: after an interrupted `init` the next one continues with the same
 * key.
 */
export async function initCa(
  folder: string,
  options: { commonName: string; kind?: TokenKeyKind | undefined } & KeyOptions & StationTools,
): Promise<Ca & { isNew: boolean }> {
  const { commonName, clock, random, kind, module, tokenLabel, keyLabel, pinFile } = options;
  const keyOptions = { module, tokenLabel, keyLabel, pinFile };
  const paths = caPaths(folder);
  await makeFolder(folder, 0o700);
  if ((await readTextIfThere(paths.certificate)) !== undefined) {
    return { ...(await openCa(folder, keyOptions)), isNew: false };
  }
  await makeFolder(paths.private, 0o700);
  // Before the certificate: a CA without a chain is from an earlier release, or its chain was removed.
  makeChain(folder);
  const signer = await makeCaKey(paths, { ...keyOptions, kind });
  try {
    const certificatePem = await makeCaCertificate({
      commonName,
      publicKey: signer.publicKey,
      signer,
      nowMs: clock.wallMs(),
      random,
    });
    await createFileDurable(paths.certificate, certificatePem, publicMode);
  } finally {
    await signer.close();
  }
  return { ...(await openCa(folder, keyOptions)), isNew: true };
}

/**
 * Throws `clock-wrong` when the station's clock is outside the CA's own dates: a certificate signed now would be
 * rejected everywhere, or begin before its CA.
 */
export function checkClock({ notBeforeMs, notAfterMs }: Ca, nowMs: number): void {
  if (nowMs >= notBeforeMs && nowMs < notAfterMs) return;
  const [now, from, to] = [nowMs, notBeforeMs, notAfterMs].map((ms) => new Date(ms).toISOString());
  throw new PilotfishError(
    'clock-wrong',
    `the station's clock says ${now}, but its CA's certificate runs from ${from} to ${to}`,
    { hint: 'set the clock (timedatectl), then try again; nothing was issued' },
  );
}
