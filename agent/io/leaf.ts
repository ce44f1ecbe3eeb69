import type { X509Certificate } from 'node:crypto';
import { PilotfishError } from '../../base/errors.ts';
import { readCertificates } from '../../base/x509/certificate-file.ts';
import { commonName } from '../../base/x509/certificates.ts';
import type { DeviceKey } from '../../hal/device-key.ts';

/**
 * Parses a chain's certificates. The text to store and to show the cloud is rebuilt from what was parsed, never the
 * input. An earlier release stored the input; other blocks in it are skipped. Throws `certificate-unreadable`.
 */
export function readOwnChain(
  chain: string,
  options: { others?: 'refuse' | 'skip' } = { others: 'skip' },
): {
  readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
  readonly pem: string;
} {
  const read = readCertificates(chain, options);
  const [leaf, ...rest] = read.ok ? read.certificates : [];
  if (read.ok && leaf !== undefined) return { certificates: [leaf, ...rest], pem: read.pem };
  const why = read.ok ? '' : `: ${read.problem}`;
  throw new PilotfishError(
    'certificate-unreadable',
    `the file holds no readable PEM certificate${why}`,
  );
}

/** The robot's own certificate out of a chain (PEM, leaf first). Throws `certificate-unreadable`, and as `checkLeaf`. */
export const readLeaf = (chain: string, robot: string, key: DeviceKey): X509Certificate =>
  checkLeaf(readOwnChain(chain).certificates[0], robot, key);

/**
 * Throws `certificate-foreign` and `certificate-mismatch`: a certificate that does not match robot and key would fail in
 * every handshake.
 */
export function checkLeaf(leaf: X509Certificate, robot: string, key: DeviceKey): X509Certificate {
  const name = commonName(leaf);
  if (name !== robot) {
    throw new PilotfishError(
      'certificate-foreign',
      `the certificate is for ${name}, this is ${robot}`,
    );
  }
  if (!key.publicKey.equals(leaf.publicKey)) {
    throw new PilotfishError(
      'certificate-mismatch',
      "the certificate is not for this robot's key",
      {
        hint: 'sign the request that lies in identity/pending',
      },
    );
  }
  return leaf;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';

/**
 * Throws `certificate-dates` and `certificate-purpose`: a certificate that could not connect. `issuerEndMs`: when the
 * first CA above it expires.
 */
export function checkRenewal(leaf: X509Certificate, nowMs: number, issuerEndMs: number): void {
  const endMs = Math.min(leaf.validToDate.getTime(), issuerEndMs);
  if (nowMs < leaf.validFromDate.getTime() || nowMs > endMs) {
    const to = new Date(endMs).toISOString();
    throw new PilotfishError(
      'certificate-dates',
      `the certificate is good from ${leaf.validFrom} to ${to}, which is not now`,
    );
  }
  // Node names the extended key usage `keyUsage`; without any every use is allowed.
  const uses = leaf.keyUsage as readonly string[] | undefined;
  if (leaf.ca || (uses !== undefined && !uses.includes(clientAuth))) {
    throw new PilotfishError('certificate-purpose', 'the certificate is not one of a TLS client');
  }
}
