import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PilotfishError } from '../base/errors.ts';
import { makeFolder, readTextIfThere } from '../base/files.ts';
import { certificateId } from '../base/x509/certificates.ts';
import { openChain } from './chain.ts';
import { checkWhole } from './verify.ts';

/**
 * What the station has issued: one file per robot serial, written once and never changed. It is durable before a
 * certificate leaves the station, and the chain protects its place. So a station that was interrupted anywhere can run
 * again, two can run side by side, and a removed or changed entry is detected before it is needed.
 */

/** A certificate that was issued. */
export interface Issued {
  readonly v: 1;
  readonly serial: string;
  /** SHA-256 of the robot's public key (SubjectPublicKeyInfo). */
  readonly keyId: string;
  readonly certificateId: string;
  readonly certificatePem: string;
  readonly caId: string;
  readonly issuedMs: number;
  /** Which of the line's fixtures made the request; absent when a person did. */
  readonly fixture?: string;
}

/** A second key that was requested for a serial that has its certificate. */
export interface Quarantined {
  readonly v: 1;
  readonly serial: string;
  readonly keyId: string;
  readonly csrPem: string;
  readonly quarantinedMs: number;
}

/** Keys kept in quarantine for one serial; more of them would bring no new information. */
const quarantinedPerSerialMax = 16;

export interface Journal {
  /** The certificate of a serial. Throws `journal-corrupt`, and `journal-broken` when its entry was removed. */
  issued(serial: string): Promise<Issued | undefined>;
  /** Writes durably; false when the serial has an entry already, which stays as it is. */
  add(entry: Issued): Promise<boolean>;
  /** Records a second key durably, once; false when the serial has too many of them already. */
  quarantine(entry: Quarantined): Promise<boolean>;
  /** Throws `journal-broken` when the journal is not whole. */
  check(): Promise<void>;
  /** All that was issued and quarantined, by name; an unreadable entry is returned as its error. */
  entries(): AsyncIterable<Issued | Quarantined | PilotfishError>;
}

/** Opens the journal of a station's folder. Throws `journal-unchained`. */
export async function openJournal(folder: string): Promise<Journal> {
  const issued = join(folder, 'journal');
  const quarantined = join(folder, 'quarantine');
  const chain = openChain(folder);
  await makeFolder(issued, 0o700);
  await makeFolder(quarantined, 0o700);
  const nameOf = (serial: string) => `journal/${entryName(serial)}.json`;
  return {
    async issued(serial) {
      const text = await chain.read(nameOf(serial));
      if (text === undefined) return undefined;
      const entry = parseEntry(text);
      if (!isIssued(entry) || entry.serial !== serial)
        throw corruptEntryError(join(folder, nameOf(serial)));
      return entry;
    },
    add: (entry) => chain.append(nameOf(entry.serial), entryText(entry)),
    check: () => checkWhole(folder, chain),
    async quarantine(entry) {
      const prefix = `${entryName(entry.serial)}.`;
      const name = `${prefix}${entry.keyId}.json`;
      const known = (await readdir(quarantined)).filter((other) => other.startsWith(prefix));
      if (known.includes(name)) return true;
      if (known.length >= quarantinedPerSerialMax) return false;
      await chain.append(`quarantine/${name}`, entryText(entry));
      return true;
    },
    async *entries() {
      yield* readAll(issued, isIssued);
      yield* readAll(quarantined, isQuarantined);
    },
  };
}

/**
 * A robot's file name. Serials that differ only in case get different names, even on a case-insensitive file system.
 */
export function entryName(serial: string): string {
  return `${serial}.${createHash('sha256').update(serial).digest('hex').slice(0, 16)}`;
}

export const entryText = (entry: object): string => `${JSON.stringify(entry, null, 2)}\n`;

async function* readAll<T extends Issued | Quarantined>(
  folder: string,
  fits: (entry: unknown) => entry is T,
): AsyncIterable<T | PilotfishError> {
  const names = (await readdir(folder)).filter((name) => /^[^.].*\.json$/.test(name));
  for (const name of names.sort()) {
    const path = join(folder, name);
    const entry = parseEntry((await readTextIfThere(path)) ?? '');
    yield fits(entry) ? entry : corruptEntryError(path);
  }
}

export function parseEntry(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isTimeMs = (value: unknown): boolean =>
  typeof value === 'number' && !Number.isNaN(new Date(value).getTime());

function hasText(entry: unknown, ...fields: readonly string[]): entry is Record<string, unknown> {
  const record = entry as Record<string, unknown> | null | undefined;
  return record?.v === 1 && fields.every((field) => typeof record[field] === 'string');
}

function isIssued(entry: unknown): entry is Issued {
  if (!hasText(entry, 'serial', 'keyId', 'certificateId', 'certificatePem', 'caId')) return false;
  try {
    return (
      isTimeMs(entry.issuedMs) &&
      certificateId(String(entry.certificatePem)) === entry.certificateId
    );
  } catch {
    return false;
  }
}

const isQuarantined = (entry: unknown): entry is Quarantined =>
  hasText(entry, 'serial', 'keyId', 'csrPem') && isTimeMs(entry.quarantinedMs);

const corruptEntryError = (path: string): PilotfishError =>
  new PilotfishError('journal-corrupt', `${path} is not a journal entry`, {
    hint: 'restore it from a copy; without it the station does not know which key the robot has',
  });
