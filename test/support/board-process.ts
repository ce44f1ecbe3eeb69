import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../../base/cli.ts';
import { silentLog } from '../../base/log.ts';
import { commands } from '../../hal/sim/cli.ts';
import { flashSlot } from '../../hal/sim/flash.ts';

const MAIN = join(import.meta.dirname, '../../hal/sim/main.ts');

/** What `sim-board run` prints when it is ready. */
export interface BoardReady {
  readonly ready: true;
  readonly dir: string;
  readonly socket: string;
  readonly bench: string;
  readonly bootId: string;
  readonly booted: string | null;
}

export interface BoardProcess extends AsyncDisposable {
  readonly ready: BoardReady;
  readonly pid: number;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | string>;
  /** All of standard error and standard output until now. */
  stderr(): string;
  stdout(): string;
}

/** Runs one `sim-board` command to its end. */
export async function simBoard(
  ...args: string[]
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const child = start(args);
  const code = await child.exited;
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}

/** Flashes an image into slot a (or another), as the factory does. */
export async function flashBoard(dir: string, image: Uint8Array, slot = 'a'): Promise<void> {
  const file = join(dir, 'factory-image');
  await writeFile(file, image);
  await flashSlot({ dir, image: file, slot }, silentLog);
}

/** Starts `sim-board run` and waits until it is ready; rejects with its output when it ends instead. */
export async function runSimBoard(dir: string, ...args: string[]): Promise<BoardProcess> {
  const child = start(['run', '--dir', dir, ...args]);
  const line = await Promise.race([child.firstLine, child.exited]);
  if (typeof line !== 'string' || !line.startsWith('{')) {
    throw new Error(`sim-board ended (${line}): ${child.stderr()}`);
  }
  const end = async (signal: NodeJS.Signals) => {
    child.process.kill(signal);
    return child.exited;
  };
  return {
    ready: JSON.parse(line) as BoardReady,
    pid: child.process.pid ?? 0,
    exited: child.exited,
    end,
    stderr: child.stderr,
    stdout: child.stdout,
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
    },
  };
}

/** The same board behind the same sockets, in this process: a process differs only in its start. */
export async function hostSimBoard(
  dir: string,
  ...args: string[]
): Promise<{ readonly ready: BoardReady } & AsyncDisposable> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<BoardReady>();
  let said = '';
  const ended = runCli(
    {
      name: 'sim-board',
      version: '1',
      summary: '',
      commands: commands({
        env: process.env,
        pid: process.pid,
        sendSignal: (pid, signal) => void process.kill(pid, signal),
        createLog: () => silentLog,
      }),
    },
    {
      argv: ['run', '--dir', dir, ...args],
      out: (text) => ready.resolve(JSON.parse(text) as BoardReady),
      err: (text) => {
        said += `${text}\n`;
      },
      isTerminal: false,
      signal: stop.signal,
    },
  );
  void ended.then((code) => ready.reject(new Error(`sim-board ended (${code}): ${said}`)));
  return {
    ready: await ready.promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

function start(args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const firstLine = new Promise<string>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    process: child,
    firstLine,
    exited: new Promise<number | string>((resolve) => {
      child.on('close', (code, signal) => resolve(signal ?? code ?? -1));
    }),
    stdout: () => stdout,
    stderr: () => stderr,
  };
}
