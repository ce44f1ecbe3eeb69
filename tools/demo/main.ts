#!/usr/bin/env node
import { constants } from 'node:os';
import { runCli } from '../../base/cli.ts';
import type { CliIo } from '../../base/command.ts';
import { openStdio } from '../../base/stdio.ts';
import about from '../../package.json' with { type: 'json' };
import { demoCommand } from './command.ts';

/** However this process ends, except by SIGKILL, everything that it started ends too. */
const atExit = (work: () => void) => void process.on('exit', work);

const stop = new AbortController();
/** The first signal counts, also for the exit code. */
const stopBy = (name: NodeJS.Signals) => stop.abort(name);
for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, stopBy);
process.on('SIGINT', interrupt);
if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent();

/** One Ctrl-C can come twice: from the terminal, and passed on by npm. */
const sameMs = 500;
let interruptedMs: number | undefined;

/** The first interrupt ends the demo in order, which can take some seconds; the second ends it at once. */
function interrupt(): void {
  const nowMs = performance.now();
  if (interruptedMs !== undefined && nowMs - interruptedMs > sameMs) {
    process.exit(128 + constants.signals.SIGINT);
  }
  interruptedMs ??= nowMs;
  stopBy('SIGINT');
}

/** When npm is stopped, it ends its shell but not what runs in it. */
function stopWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stopBy('SIGTERM');
  }, 250).unref();
}

// The reader of the output may close it early; then the demo stops.
const stdio = openStdio(stop);
const io: CliIo = { ...stdio, argv: ['--', ...process.argv.slice(2)], signal: stop.signal };
const demo = demoCommand({
  ...{ env: process.env, pid: process.pid, columns: process.stdout.columns, atExit },
  write: stdio.write,
});
// The name and the subcommand together are what a user types.
const program = {
  name: 'npm start',
  version: about.version,
  summary: '',
  commands: { '--': demo },
};
void runCli(program, io).then(async (code) => {
  const number = constants.signals[stop.signal.reason as NodeJS.Signals] as number | undefined;
  // The exit code that a shell shows for a process ended by a signal: 130 for Ctrl-C.
  const isStopped = code === 1 && number !== undefined;
  process.exitCode = await stdio.settle(isStopped ? 128 + number : code, program.name);
});
