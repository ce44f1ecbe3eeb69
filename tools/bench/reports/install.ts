import { spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { CliIo } from '../../../base/command.ts';

/** The other clients are a package of their own, so that the project does not depend on them. */
const folder = fileURLToPath(new URL('../baselines', import.meta.url));

/**
 * Installs the other clients from their lock file if they are missing; their install scripts do not run. Returns
 * whether they are installed now, and prints what to do if not.
 */
export async function installBaselines(io: Pick<CliIo, 'err' | 'signal'>): Promise<boolean> {
  if (await areThere()) return true;
  io.err('Installing the other clients (80 MB): npm ci --ignore-scripts');
  const failure = await npmCi(io.signal);
  if (failure === undefined && (await areThere())) return true;
  io.err(`They could not be installed${failure === undefined ? '' : `: ${failure}`}`);
  io.err('  Pilotfish runs alone. With a registry at hand, try this and then again:');
  io.err('  cd tools/bench/baselines && npm ci --ignore-scripts');
  return false;
}

async function areThere(): Promise<boolean> {
  const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // npm writes this file last.
  const marks = ['.package-lock.json', ...Object.keys(dependencies)];
  const found = marks.map((name) => access(join(folder, 'node_modules', name)));
  return (await Promise.allSettled(found)).every(({ status }) => status === 'fulfilled');
}

/** Undefined on success, else the last lines of npm's output. */
async function npmCi(signal: AbortSignal): Promise<string | undefined> {
  const child = spawn('npm', ['ci', '--ignore-scripts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : `exit code ${code}`));
  });
  const words = await text(child.stderr);
  const how = await ended;
  if (how === undefined) return undefined;
  const line = words.split('\n').find((one) => /^npm error (?!code)/.test(one));
  return line?.replace('npm error ', '').slice(0, 60) ?? how;
}
