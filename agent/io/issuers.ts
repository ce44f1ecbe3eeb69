import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import { certificateFacts, commonName, pathTo, readChain } from '../../base/x509/certificates.ts';

/** The CAs that a configured file names. Never rejects: what cannot be read names nobody, and `problem` says why. */
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

/** What is known of whom this robot takes renewed certificates from. */
export interface Issuers {
  /**
   * Pins the CAs of the chain that the factory gave. A chain that is only a leaf pins nobody: then the configuration
   * must name the issuers.
   */
  pin(chain: string): Promise<void>;
  /**
   * The CAs above `leaf`, nearest first; empty for a robot of an earlier release of which no issuer is known at all, and
   * whose certificate in use has the same issuer's name. Throws `certificate-issuer-not-pinned`.
   */
  pathOf(
    chain: readonly X509Certificate[],
    inUse: X509Certificate | undefined,
  ): Promise<X509Certificate[]>;
  /** When the issuer of `leaf` ends, if that is known. */
  endMsOf(leaf: X509Certificate): Promise<number>;
}

/**
 * Theory of operation. Whoever holds a stolen server key can answer a renewal with a certificate of a CA of its own. So a
 * renewed certificate is taken only when its whole way up verifies to a pinned CA: one of the chain that the factory gave
 * (`issuers.pem`, written when the identity was installed) or one that `renewalIssuers` names.
 *
 * A robot that was provisioned by a release without `issuers.pem` has its factory chain in a pair as long as that pair is
 * there, and pins it from there. If only renewed certificates are left, no issuer is known: such a robot goes on as
 * before, by the issuer's name. The configuration ends that.
 */
export function createIssuers(parts: {
  files: Files;
  folder: string;
  configured: () => Promise<ConfiguredIssuers>;
  /** The chains of the pairs on disk (PEM), for a robot without the file. */
  chains: () => Promise<readonly string[]>;
}): Issuers {
  const { files } = parts;
  const file = join(parts.folder, 'issuers.pem');
  const pin = (chain: string) => files.writeDurable(file, above(chain));

  /** Undefined: this robot is of an earlier release, and nobody is known. */
  const pinned = async (): Promise<X509Certificate[] | undefined> => {
    const text = await files.readText(file);
    if (text !== undefined) return readChain(text) ?? [];
    for (const chain of await parts.chains()) {
      const found = above(chain);
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
      throw notPinned(leaf, problem);
    },

    async endMsOf(leaf) {
      const { certificates } = await parts.configured();
      const path = pathTo(leaf, [], [...certificates, ...((await pinned()) ?? [])]);
      return endOf(path ?? []);
    },
  };
}

/** When the first of them ends. */
export const endOf = (path: readonly X509Certificate[]): number =>
  Math.min(Number.POSITIVE_INFINITY, ...path.map(({ validToDate }) => validToDate.getTime()));

/** The CAs of a chain that verifies, as PEM. */
function above(chain: string): string {
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

function notPinned(leaf: X509Certificate | undefined, problem: string | undefined) {
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
