import { errorJson } from '../base/cli.ts';
import type { CliIo } from '../base/command.ts';
import { PilotfishError } from '../base/errors.ts';
import type { Issued, Journal, Quarantined } from './journal.ts';
import type { Revocation, Revocations } from './revocations.ts';

type Entry = Issued | Quarantined | Revocation;

/** Prints the journal, one line per entry; returns exit code 1 when an entry could not be read. */
export async function listJournal(
  { journal, revocations }: { journal: Journal; revocations: Revocations },
  { isJson, io }: { isJson: boolean; io: Pick<CliIo, 'out' | 'err'> },
): Promise<number> {
  let exitCode = 0;
  for await (const entry of entries(journal, revocations)) {
    if (entry instanceof PilotfishError) {
      const { code, message } = entry;
      io.err(isJson ? errorJson({ code, message }) : `factory: ${message} (${code})`);
      exitCode = 1;
    } else {
      io.out(isJson ? jsonLine(entry) : textLine(entry));
    }
  }
  return exitCode;
}

async function* entries(
  journal: Journal,
  revocations: Revocations,
): AsyncIterable<Entry | PilotfishError> {
  yield* journal.entries();
  yield* revocations.entries();
}

function jsonLine(entry: Entry): string {
  if ('issuedMs' in entry) return JSON.stringify({ kind: 'issued', ...entry });
  const kind = 'revokedMs' in entry ? 'revoked' : 'quarantined';
  return JSON.stringify({ kind, ...entry });
}

function textLine(entry: Entry): string {
  if ('revokedMs' in entry) {
    return `${iso(entry.revokedMs)}  REVOKED      ${entry.serial}  ${entry.reason}`;
  }
  if ('issuedMs' in entry) {
    return `${iso(entry.issuedMs)}  issued       ${entry.serial}  ${entry.certificateId}`;
  }
  return `${iso(entry.quarantinedMs)}  QUARANTINED  ${entry.serial}  second key ${entry.keyId}`;
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
