import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../base/cli.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import { makeCsr } from '../../base/x509/csr.ts';
import { generateKeys, type KeyPair, type NewKeyKind } from '../../base/x509/keys.ts';
import { factoryCommands } from '../../factory/cli.ts';

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the factory's command line in this process. */
export const runFactory = (...argv: string[]): Promise<Ran> => run(systemClock, argv);

/** The same on a terminal, where a person gives this answer. */
export const runFactoryAsking = (
  prompt: (question: string) => Promise<string>,
  ...argv: string[]
): Promise<Ran> => run(systemClock, argv, prompt);

/** The same, while the station's clock is at `nowMs`. */
export const runFactoryAt = (nowMs: number, ...argv: string[]): Promise<Ran> =>
  run({ ...systemClock, wallMs: () => nowMs }, argv);

async function run(
  clock: Clock,
  argv: readonly string[],
  prompt?: (question: string) => Promise<string>,
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const tools = { clock, random: randomBytes, log: () => silentLog };
  const exitCode = await runCli(
    { name: 'factory', version: '0', summary: '', commands: factoryCommands(tools) },
    {
      argv,
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      isTerminal: prompt !== undefined,
      ...(prompt && { prompt }),
      signal: new AbortController().signal,
    },
  );
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

export const factoryMain = fileURLToPath(new URL('../../factory/main.ts', import.meta.url));

/** Runs the factory's command line as a program of its own, with something more in its environment. */
export async function runFactoryProgram(
  env: Readonly<Record<string, string>>,
  ...argv: string[]
): Promise<Ran> {
  const child = spawn(process.execPath, [factoryMain, ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { exitCode: code ?? -1, out: out.trimEnd(), err: err.trimEnd() };
}

/** A robot's key and request, and the file that the request is in. */
export async function robotRequest(
  folder: string,
  {
    serial,
    kind = 'ec-p256',
    file = `${serial}.csr`,
  }: { serial: string; kind?: NewKeyKind; file?: string },
): Promise<KeyPair & { csrPem: string; path: string }> {
  const keys = await generateKeys(kind);
  const csrPem = await makeCsr({
    subjectCommonName: serial,
    publicKey: keys.publicKey,
    sign: keySigner(keys.privateKey).sign,
  });
  const path = join(folder, file);
  await writeFile(path, csrPem);
  return { ...keys, csrPem, path };
}
