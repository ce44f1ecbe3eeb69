import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..', '..');

/** Runs another file of tests, with something different in its environment, and returns the result. */
export async function runTests(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; said: string }> {
  const vitest = join(project, 'node_modules', 'vitest', 'vitest.mjs');
  // A run of its own: it must not take itself for a worker of the one that started it.
  const outer = Object.entries(process.env).filter(([key]) => !key.startsWith('VITEST'));
  const child = spawn(process.execPath, [vitest, 'run', file], {
    cwd: project,
    env: { ...Object.fromEntries(outer), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => said.push(chunk));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: Buffer.concat(said).toString() };
}
