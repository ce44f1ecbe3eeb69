import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import { certificateFacts, commonName, pathTo, readChain } from '../../base/x509/certificates.ts';

/** The CAs in a configured file. Never rejects: an unreadable file yields none, and `problem` says why. */
export interface ConfiguredIssuers {
  readonly certificates: readonly X509Certificate[];
  readonly problem?: string;
}

/** Reads `renewalIssuers`, a PEM file; '': none is configured. */
export async function readIssuers(file: string): Promise<ConfiguredIssuers> {
  if (file === '') return { certificates: [] };
  const text = await readFile(file, 'utf8').catch((error: unknown) => error as Error);
  if (typeof text !== 'string') {
    return { certificates: [], problem: `${file} cannot be read (${codeOf(text)})` };
  }
  const read = readChain(text);
  if (read === undefined || read.length === 0) {
    return { certificates: [], problem: `${file} holds no readable certificate` };
  }
  const stranger = read.find(({ ca }) => !ca);
  if (stranger !== undefined) {
    const name = commonName(stranger) ?? 'a certificate';
    return { certificates: [], problem: `${file} holds ${name}, which is not a CA` };
  }
  return { certificates: read };
}

/** The issuers whose renewed certificates this robot accepts. */
export interface Issuers {
  /**
   * Pins the CAs of the chain that the factory issued. A chain that is only a leaf pins none: then the configuration
   * must name the issuers.
   */
  pin(chain: string): Promise<void>;
  /**
   * The CAs above `leaf`, nearest first. Empty for a robot of an earlier release without any known issuer, if the
   * certificate in use has the same issuer's name. Throws `certificate-issuer-not-pinned`.
   */
  pathOf(
    chain: readonly X509Certificate[],
    inUse: X509Certificate | undefined,
  ): Promise<X509Certificate[]>;
  /** When the issuer of `leaf` ends, if known. */
  endMsOf(leaf: X509Certificate): Promise<number>;
}

/**
 * Theory of operation. An attacker with a stolen server key can answer a renewal with a certificate of its own CA. So a
 * renewed certificate is accepted only when its whole chain verifies to a pinned CA: one of the chain that the factory
 * issued (`issuers.pem`, written when the identity was installed) or one that `renewalIssuers` names.
 *
 * A robot that was provisioned by a release without `issuers.pem` pins its factory chain from the stored credentials,
 * as long as they exist. If only renewed certificates are left, no issuer is known: such a robot checks only the
 * issuer's name, as before. `renewalIssuers` ends that.
 */
export function createIssuers(parts: {
  files: Files;
  folder: string;
  configured: () => Promise<ConfiguredIssuers>;
  /** The chains of the credentials on disk (PEM), for a robot without the file. */
  chains: () => Promise<readonly string[]>;
}): Issuers {
  const { files } = parts;
  const file = join(parts.folder, 'issuers.pem');
  const pin = (chain: string) => files.writeDurable(file, issuersAbove(chain));

  /** Undefined: this robot is of an earlier release, and no issuer is known. */
  const pinned = async (): Promise<X509Certificate[] | undefined> => {
    const text = await files.readText(file);
    if (text !== undefined) return readChain(text) ?? [];
    for (const chain of await parts.chains()) {
      const found = issuersAbove(chain);
      if (found === '') continue;
      await files.writeDurable(file, found).catch(() => {});
      return readChain(found) ?? [];
    }
    return undefined;
  };

  return {
    pin,

    async pathOf([leaf, ...others], inUse) {
      const { certificates, problem } = await parts.configured();
      const fromFactory = await pinned();
      const path = leaf && pathTo(leaf, others, [...certificates, ...(fromFactory ?? [])]);
      if (path !== undefined) return path;
      const isUnknown = fromFactory === undefined && certificates.length === 0;
      if (isUnknown && problem === undefined && leaf?.issuer === inUse?.issuer) return [];
      throw notPinnedError(leaf, problem);
    },

    async endMsOf(leaf) {
      const { certificates } = await parts.configured();
      const path = pathTo(leaf, [], [...certificates, ...((await pinned()) ?? [])]);
      return endOf(path ?? []);
    },
  };
}

/** When the first of them expires. */
export const endOf = (path: readonly X509Certificate[]): number =>
  Math.min(Number.POSITIVE_INFINITY, ...path.map(({ validToDate }) => validToDate.getTime()));

/** The CAs of a chain that verifies, as PEM. */
function issuersAbove(chain: string): string {
  const [leaf, ...others] = readChain(chain) ?? [];
  const issuers: X509Certificate[] = [];
  for (let below = leaf; below !== undefined; ) {
    const issuer = pathTo(below, [], others)?.[0];
    if (issuer === undefined || issuers.includes(issuer)) break;
    issuers.push(issuer);
    below = issuer;
  }
  return issuers.map((issuer) => issuer.toString()).join('');
}

function notPinnedError(leaf: X509Certificate | undefined, problem: string | undefined) {
  const issuer = leaf && certificateFacts(leaf).issuer;
  const because = problem === undefined ? '' : `; renewalIssuers: ${problem}`;
  return new PilotfishError(
    'certificate-issuer-not-pinned',
    `the renewed certificate was issued by "${issuer}", which is not a CA that this robot takes renewals from${because}`,
    {
      hint: 'if that CA is yours, put its certificate (PEM) into a file and name it as renewalIssuers',
    },
  );
}
