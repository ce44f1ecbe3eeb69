import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', '..', 'tools', 'demo', 'main.ts');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningDemo {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when a line of standard output satisfies `isExpected`; rejects when the demo ends before. */
  line(isExpected: (line: string) => boolean): Promise<string>;
  /** The whole lines that standard output has so far. */
  lines(): readonly string[];
}

/**
 * Runs `tools/demo/main.ts` as its own process, with nothing that is a terminal; with `isUnderNpm` in a shell, as npm runs
 * scripts, and `child` is that shell.
 */
export function startDemo(args: readonly string[], { isUnderNpm = false } = {}): RunningDemo {
  const { npm_lifecycle_event: _, ...env } = process.env;
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = isUnderNpm
    ? spawn('/bin/sh', ['-c', '"$0" "$@"; exit $?', process.execPath, main, ...args], {
        env: { ...env, npm_lifecycle_event: 'start' },
        stdio,
      })
    : spawn(process.execPath, [main, ...args], { env, stdio });
  let stdout = '';
  let stderr = '';
  const polls = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    for (const poll of polls) poll();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const lines = () => stdout.split('\n').slice(0, -1);
  return {
    child,
    ended,
    lines,
    line: (isExpected) =>
      new Promise((resolve, reject) => {
        const poll = () => {
          const found = lines().find(isExpected);
          if (found !== undefined) resolve(found);
        };
        polls.add(poll);
        poll();
        void ended.then(() => reject(new Error(`the demo ended before that line:\n${stderr}`)));
      }),
  };
}

/** A folder with a path short enough for the sockets in it. */
export const makeDemoFolder = (): Promise<string> => mkdtemp('/tmp/pf-');

export const removeDemoFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true });

export interface ProcessSeen {
  readonly pid: number;
  readonly line: string;
}

/** All processes with `folder` in their command line; of those in a demo's folder none may be left over. */
export async function processesIn(folder: string): Promise<ProcessSeen[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const seen = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid, line: line.replaceAll('\0', ' ').trimEnd() };
    }),
  );
  return seen.filter(({ line }) => line.includes(folder));
}
