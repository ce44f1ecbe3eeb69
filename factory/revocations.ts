import { X509Certificate } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PilotfishError } from '../base/errors.ts';
import { makeFolder, readTextIfThere } from '../base/files.ts';
import { type RevocationReason, revocationReasonNames } from '../base/x509/crl.ts';
import { openChain } from './chain.ts';
import { entryName, entryText, type Issued, isTimeMs, parseEntry } from './journal.ts';
import { checkWhole } from './verify.ts';

/**
 * Robots whose certificates are revoked: one file per serial beside the journal, written once, durable before the
 * command reports success. A revocation is final: a robot that returns to service gets a new serial.
 */
export interface Revocation {
  readonly v: 1;
  readonly serial: string;
  readonly reason: RevocationReason;
  readonly revokedMs: number;
  /** Every certificate that the robot has from this CA. */
  readonly certificates: readonly RevokedCertificate[];
}

export interface RevokedCertificate {
  readonly certificateId: string;
  /** As hex digits. */
  readonly serialNumber: string;
}

export interface Revocations {
  /** Throws `journal-corrupt`. */
  of(serial: string): Promise<Revocation | undefined>;
  /** Writes durably; returns the valid revocation, which is the older one when there was one. */
  add(entry: Revocation): Promise<{ revocation: Revocation; isNew: boolean }>;
  /** All of them by name; an unreadable one is returned as its error. */
  entries(): AsyncIterable<Revocation | PilotfishError>;
  /**
   * The same, but throws `journal-corrupt` and `journal-broken`: a list that lacks one of them would admit a robot
   * again.
   */
  all(): AsyncIterable<Revocation>;
}

/** Opens the revocations of a station's folder, and makes their folder when it does not exist. */
export async function openRevocations(folder: string): Promise<Revocations> {
  const revoked = join(folder, 'revoked');
  const chain = openChain(folder);
  await makeFolder(revoked, 0o700);
  const nameOf = (serial: string) => `revoked/${entryName(serial)}.json`;
  const of = async (serial: string): Promise<Revocation | undefined> => {
    const text = await chain.read(nameOf(serial));
    const path = join(folder, nameOf(serial));
    const found = text === undefined ? undefined : parseRevocation(text, path);
    if (found !== undefined && found.serial !== serial) throw corruptEntryError(path);
    return found;
  };
  async function* entries(): AsyncIterable<Revocation | PilotfishError> {
    const names = (await readdir(revoked)).filter((name) => /^[^.].*\.json$/.test(name));
    for (const name of names.sort()) {
      try {
        const found = await read(join(revoked, name));
        if (found !== undefined) yield found;
      } catch (error) {
        if (!(error instanceof PilotfishError)) throw error;
        yield error;
      }
    }
  }
  return {
    of,
    async add(entry) {
      if (await chain.append(nameOf(entry.serial), entryText(entry))) {
        return { revocation: entry, isNew: true };
      }
      return { revocation: (await of(entry.serial)) ?? entry, isNew: false };
    },
    entries,
    async *all() {
      await checkWhole(folder, chain);
      for await (const entry of entries()) {
        if (entry instanceof PilotfishError) throw entry;
        yield entry;
      }
    },
  };
}

/** The entry that revokes all certificates in the journal for a robot. */
export function revocationOf(
  issued: Issued,
  { reason, nowMs }: { reason: RevocationReason; nowMs: number },
): Revocation {
  const { serialNumber } = new X509Certificate(issued.certificatePem);
  const certificates = [{ certificateId: issued.certificateId, serialNumber }];
  return { v: 1, serial: issued.serial, reason, revokedMs: nowMs, certificates };
}

async function read(path: string): Promise<Revocation | undefined> {
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseRevocation(text, path);
}

function parseRevocation(text: string, path: string): Revocation {
  const entry = parseEntry(text) as Partial<Revocation> | undefined;
  const isWhole =
    entry?.v === 1 &&
    typeof entry.serial === 'string' &&
    isTimeMs(entry.revokedMs) &&
    revocationReasonNames.includes(entry.reason as RevocationReason) &&
    Array.isArray(entry.certificates) &&
    entry.certificates.length > 0 &&
    entry.certificates.every((one) => /^([0-9A-F]{2}){1,20}$/.test(String(one?.serialNumber)));
  if (!isWhole) throw corruptEntryError(path);
  return entry as Revocation;
}

const corruptEntryError = (path: string): PilotfishError =>
  new PilotfishError('journal-corrupt', `${path} is not a revocation`, {
    hint: 'restore it from a copy; without it a revoked robot could connect again',
  });
