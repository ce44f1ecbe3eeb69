import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const linesShown = 12;

/** The last lines of every log in a folder, for the message of a test that waited in vain. */
export function logTails(folder: string): string {
  return readdirSync(folder)
    .toSorted()
    .map((name) => `--- ${name}\n${tail(join(folder, name))}`)
    .join('\n');
}

/** The JSON lines in the logs of all runs of a program, oldest first. */
export function logRecords(folder: string, program: string): Record<string, unknown>[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(`${program}-`));
  const lines = names.toSorted().flatMap((name) => textOf(join(folder, name)).split('\n'));
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

const tail = (file: string): string =>
  textOf(file).trimEnd().split('\n').slice(-linesShown).join('\n');

/** The agent's log is a link, which leads nowhere before its first start. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
