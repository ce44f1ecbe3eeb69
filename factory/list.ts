import type { CliIo } from '../base/cli.ts';
import { PilotfishError } from '../base/errors.ts';
import type { Issued, Journal, Quarantined } from './journal.ts';

/** Prints the journal, one line per entry; answers exit code 1 when an entry could not be read. */
export async function listJournal(
  journal: Journal,
  { isJson, io }: { isJson: boolean; io: Pick<CliIo, 'out' | 'err'> },
): Promise<number> {
  let exitCode = 0;
  for await (const entry of journal.entries()) {
    if (entry instanceof PilotfishError) {
      io.err(`factory: ${entry.message} (${entry.code})`);
      exitCode = 1;
    } else {
      io.out(isJson ? jsonLine(entry) : textLine(entry));
    }
  }
  return exitCode;
}

function jsonLine(entry: Issued | Quarantined): string {
  const kind = 'issuedMs' in entry ? 'issued' : 'quarantined';
  return JSON.stringify({ kind, ...entry });
}

function textLine(entry: Issued | Quarantined): string {
  if ('issuedMs' in entry) {
    return `${iso(entry.issuedMs)}  issued       ${entry.serial}  ${entry.certificateId}`;
  }
  return `${iso(entry.quarantinedMs)}  QUARANTINED  ${entry.serial}  second key ${entry.keyId}`;
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
