import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { codeOf, PilotfishError } from '../../base/errors.ts';

export interface ChildOptions {
  readonly args: readonly string[];
  readonly input?: Uint8Array;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a child ended: `isOk` means with exit code 0. */
export interface ChildOutcome {
  readonly isOk: boolean;
  readonly out: Buffer;
  /** The start of its output for people. */
  readonly errorOutput: string;
}

const bytesMax = 16 * 1024;

/**
 * Runs a short-lived program. It has no terminal, so it cannot prompt anybody. It is killed at the deadline, when its
 * output is too long, and when `signal` aborts.
 *
 * Throws `child-missing` (no such program), `child-timeout`, `child-output`, and the signal's reason.
 */
export function runChild(command: string, options: ChildOptions): Promise<ChildOutcome> {
  const { args, input = new Uint8Array(), env, clock, deadlineMs, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    // A session of its own: otherwise the program would prompt for a PIN on our terminal.
    const child = spawn(command, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const end = (settle: () => void) => {
      cancel();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    // Not awaited: a process that hangs in a driver does not die at once.
    const fail = (error: unknown) => {
      child.kill('SIGKILL');
      end(() => reject(error));
    };
    const abort = () => fail(signal?.reason);
    const cancel = clock.after(deadlineMs, () =>
      fail(new PilotfishError('child-timeout', `${command}: no answer within ${deadlineMs} ms`)),
    );
    signal?.addEventListener('abort', abort, { once: true });
    child.on('error', (error) => fail(cannotRun(command, error)));
    const output = listen(child, () =>
      fail(new PilotfishError('child-output', `${command}: more than ${bytesMax} bytes of output`)),
    );
    child.on('close', (code) => end(() => resolve({ isOk: code === 0, ...output() })));
    // A child that failed early does not read.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function listen(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  tooMuch: () => void,
): () => { out: Buffer; errorOutput: string } {
  const out: Buffer[] = [];
  const errorOutput: Buffer[] = [];
  let [outBytes, errorBytes] = [0, 0];
  child.stdout.on('data', (chunk: Buffer) => {
    outBytes += chunk.length;
    if (outBytes > bytesMax) tooMuch();
    else out.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (errorBytes < bytesMax) errorOutput.push(chunk.subarray(0, bytesMax - errorBytes));
    errorBytes += chunk.length;
  });
  return () => ({
    out: Buffer.concat(out),
    errorOutput: Buffer.concat(errorOutput).toString('utf8'),
  });
}

const cannotRun = (command: string, error: Error): Error =>
  codeOf(error) === 'ENOENT'
    ? new PilotfishError('child-missing', `${command}: there is no such program`)
    : error;
