import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { PilotfishError } from '../../base/errors.ts';

/** A program of the demo: its name, and the start of its command line. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** The demo's child processes, each with its log `NAME.log`. */
export interface Processes extends AsyncDisposable {
  /** Runs a command to its end and returns its output. Throws `command-failed` with the last line of its log. */
  run(program: Program, args: readonly string[]): Promise<string>;
  /**
   * Starts a program that keeps running, and returns the JSON line by which it reports that it is ready. Throws
   * `not-ready` when it ends before that or prints nothing for 20 s.
   */
  serve(program: Program, args: readonly string[]): Promise<Record<string, unknown>>;
  /** Aborted with the reason when a program that should keep running has ended by itself. */
  readonly fallen: AbortSignal;
  /** Ends at once all that is left, for a process that is about to exit. */
  killNow(): void;
}

const readyMsMax = 20_000;

/**
 * Each child's standard input is a pipe from this process: its end shows a program with `--until-stdin-ends` that this
 * process was killed. Every child leads a process group of its own: Ctrl-C on a terminal reaches the demo alone, which
 * then ends the children in order, the newest first.
 */
export function createProcesses(
  logs: string,
  signal: AbortSignal,
  { graceMs = 8000 } = {},
): Processes {
  const fallen = new AbortController();
  const served: { program: Program; child: ChildProcess; exited: Promise<unknown> }[] = [];
  const living = new Set<ChildProcess>();
  const begun = new Set<string>();
  let isStopping = false;

  /** Each demo starts with empty logs. */
  const openLog = (name: string): number => {
    const file = openSync(join(logs, `${name}.log`), begun.has(name) ? 'a' : 'w', 0o600);
    begun.add(name);
    return file;
  };

  const start = (program: Program, args: readonly string[]): ChildProcess => {
    const log = openLog(program.name);
    try {
      const child = spawn(program.command, [...program.args, ...args], {
        detached: true,
        stdio: ['pipe', 'pipe', log],
      });
      living.add(child);
      child.once('error', () => living.delete(child));
      child.once('exit', () => living.delete(child));
      return child;
    } finally {
      closeSync(log);
    }
  };

  const wordsOf = ({ name }: Program) => lastWords(join(logs, `${name}.log`));

  return {
    fallen: fallen.signal,

    async run(program, args) {
      signal.throwIfAborted();
      const log = openLog(program.name);
      writeSync(log, `$ ${program.name} ${args.join(' ')}\n`);
      closeSync(log);
      const child = start(program, args);
      const stop = () => killGroup(child, 'SIGTERM');
      signal.addEventListener('abort', stop, { once: true });
      const [stdout, ended] = await Promise.all([textOf(child.stdout), endOf(child)]);
      signal.removeEventListener('abort', stop);
      signal.throwIfAborted();
      if (ended === 'exit code 0') return stdout;
      throw new PilotfishError(
        'command-failed',
        `${program.name} ${args[0] ?? ''} ended with ${ended}: ${wordsOf(program)}`,
      );
    },

    async serve(program, args) {
      signal.throwIfAborted();
      const child = start(program, args);
      const exited = endOf(child);
      served.push({ program, child, exited });
      const fault = (code: string, what: string) =>
        new PilotfishError(code, `${program.name} ${what}: ${wordsOf(program)}`);
      const ready = await firstLine(child, { exited, signal });
      if (ready === undefined) throw fault('not-ready', 'did not become ready');
      void exited.then((how) => {
        if (!isStopping) fallen.abort(fault('process-fallen', `has ended by itself (${how})`));
      });
      return ready;
    },

    killNow() {
      for (const child of living) killGroup(child, 'SIGKILL');
    },

    async [Symbol.asyncDispose]() {
      isStopping = true;
      for (const { child, exited } of served.toReversed()) {
        if (!living.has(child)) continue;
        killGroup(child, 'SIGTERM');
        const timer = setTimeout(() => killGroup(child, 'SIGKILL'), graceMs);
        await exited;
        clearTimeout(timer);
      }
    },
  };
}

/** How a child ended, such as `exit code 1`, `killed by SIGKILL`. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`no start: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`),
    );
  });
}

async function textOf(stream: Readable | null): Promise<string> {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (stream) await once(stream, 'close');
  return Buffer.concat(chunks).toString();
}

/** The first line of a child's output as JSON; undefined when none comes. */
function firstLine(
  child: ChildProcess,
  { exited, signal }: { exited: Promise<unknown>; signal: AbortSignal },
): Promise<Record<string, unknown> | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), readyMsMax);
    const settle = (line: string | undefined) => {
      clearTimeout(timer);
      resolve(line === undefined ? undefined : parseObject(line));
    };
    void exited.then(() => settle(undefined));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (child.stdout) createInterface({ input: child.stdout }).once('line', settle);
  });
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The last line of a log that is no hint and no stack, or its message when it is a pino line. */
function lastWords(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  const line = lines.findLast((one) => /^\S/.test(one) && !one.startsWith('Node.js v')) ?? '';
  const message = parseObject(line)?.['msg'];
  return typeof message === 'string' ? message : line || 'it printed nothing';
}

/** The child and what it has started in its group; a missing group is no error. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
