import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a child process ended, and its output. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a piece of TypeScript as a program of its own on the running Node, in the project's root. `nodeArgs` go before
 * it, such as `--import` for a file to load first. `onOutput` sees standard output as it comes, and may send a signal.
 */
export async function runProgram(options: {
  readonly source: string;
  readonly nodeArgs?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly onOutput?: (said: string, kill: (signal: NodeJS.Signals) => void) => void;
}): Promise<Ended> {
  const { source, nodeArgs = [], env = {}, onOutput } = options;
  const child = spawn(
    process.execPath,
    [...nodeArgs, '--input-type=module-typescript', '--eval', source],
    {
      cwd: new URL('../..', import.meta.url),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stdout.on('data', (chunk: Buffer) => {
    onOutput?.(chunk.toString(), (signal) => void child.kill(signal));
  });
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, out, err };
}
