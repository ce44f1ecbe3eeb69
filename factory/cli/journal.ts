import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorJson, json, usage } from '../../base/cli.ts';
import { type CliIo, command } from '../../base/command.ts';
import { PilotfishError } from '../../base/errors.ts';
import { readTextIfThere } from '../../base/files.ts';
import { readCaCertificate } from '../ca.ts';
import { adoptEntries, openChain } from '../chain.ts';
import { openJournal, parseEntry } from '../journal.ts';
import { listJournal } from '../list.ts';
import { openRevocations } from '../revocations.ts';
import { chainedFolders, checkHead, findBreaks, headOf } from '../verify.ts';
import { dir } from './options.ts';

export const journalCommand = command({
  summary:
    'list what was issued, is in quarantine and is revoked, or verify that nothing is missing',
  options: {
    dir,
    json: { ...json, describe: 'one JSON object per line; an error, too, on standard error' },
    verify: {
      type: 'boolean',
      describe: 'find entries that are missing, changed or put in; shows the head of the chain',
    },
    head: {
      type: 'string',
      value: 'N:DIGEST',
      describe: 'with --verify: a head that was written down before, and must still be there',
    },
    adopt: {
      type: 'boolean',
      describe: 'once, for a folder of an earlier release: give its entries their chain',
    },
  },
  async run(options, io) {
    const { dir: folder, head } = options;
    if (options.verify && options.adopt) throw usage('--verify and --adopt exclude each other');
    if (head !== undefined && !options.verify) throw usage('--head is of use only with --verify');
    await readCaCertificate(folder); // Changes no folder that is not a station's.
    if (options.adopt) return adopt(folder, options.json, io);
    const parts = {
      journal: await openJournal(folder),
      revocations: await openRevocations(folder),
    };
    if (options.verify) return verify(folder, { isJson: options.json, head }, io);
    return listJournal(parts, { isJson: options.json, io });
  },
});

/** Exit code 1 when the journal is not whole; each break is a line on standard error. */
async function verify(
  folder: string,
  { isJson, head }: { isJson: boolean; head: string | undefined },
  io: Pick<CliIo, 'out' | 'err'>,
): Promise<number> {
  const chain = openChain(folder);
  let count = 0;
  for await (const { code, message } of findBreaks(folder, chain, { texts: true })) {
    count += 1;
    io.err(isJson ? errorJson({ code, message }) : `factory: ${message} (${code})`);
  }
  if (head !== undefined) checkHead(chain, head);
  const { n, link } = headOf(chain);
  if (isJson) io.out(JSON.stringify({ entries: n, head: `${n}:${link}`, breaks: count }));
  else if (count === 0) io.out(`journal whole: ${n} entries, head ${n}:${link}`);
  else
    io.err(`  ${count} breaks: restore the folder from a copy; the station issues nothing before`);
  return count === 0 ? 0 : 1;
}

/** Adopts entries in the order in which they were made; stops at an unreadable one. */
async function adopt(folder: string, isJson: boolean, io: Pick<CliIo, 'out'>): Promise<number> {
  const entries: { name: string; text: string; atMs: number }[] = [];
  for (const part of chainedFolders) {
    const files = await readdir(join(folder, part)).catch((): string[] => []);
    for (const file of files.filter((name) => /^[^.].*\.json$/.test(name))) {
      const text = (await readTextIfThere(join(folder, part, file))) ?? '';
      const entry = parseEntry(text) as Record<string, unknown> | undefined;
      const atMs = Number(entry?.['issuedMs'] ?? entry?.['quarantinedMs'] ?? entry?.['revokedMs']);
      if (!Number.isFinite(atMs)) {
        const path = join(folder, part, file);
        throw new PilotfishError('journal-corrupt', `${path} is not a journal entry`, {
          hint: 'restore it from a copy first: what is adopted counts from then on',
        });
      }
      entries.push({ name: `${part}/${file}`, text, atMs });
    }
  }
  entries.sort((a, b) => a.atMs - b.atMs || (a.name < b.name ? -1 : 1));
  adoptEntries(folder, entries);
  const { n, link } = headOf(openChain(folder));
  const text = `journal adopted: ${n} entries, head ${n}:${link}`;
  io.out(isJson ? JSON.stringify({ entries: n, head: `${n}:${link}` }) : text);
  return 0;
}
