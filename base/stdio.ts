import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { codeOf, PilotfishError } from './errors.ts';
import { createLineSink, type LineSink } from './line-sink.ts';

/** The process's standard streams, as programs use them: failing to write is an event here, and never an exception. */

/**
 * Standard error, one line at a time: see `createLineSink`. What still waits when the process ends is given half a second.
 */
export function openErrorLines(lossLine?: (lines: number, code: string) => string): LineSink {
  const fd = withoutWaiting(2);
  const sink = createLineSink({
    writeSome: (bytes) => writeSync(fd, bytes),
    after: (ms, action) => void setTimeout(action, ms).unref(),
    lossLine,
  });
  process.on('exit', () => {
    for (let tries = 0; !sink.flush() && tries < 25; tries++) sleepMs(20);
  });
  return sink;
}

/**
 * A descriptor for the same pipe or terminal that never waits: a reader that stops reading must not stop the program.
 * Opened anew, because the flag would otherwise hold for every process that shares it.
 */
function withoutWaiting(fd: number): number {
  try {
    const canStall = isatty(fd) || fstatSync(fd).isFIFO();
    if (canStall) {
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    }
    // A file or device does not wait; of a socket, which cannot be opened anew, Node sets the flag itself.
    if (fstatSync(fd).isSocket()) void process.stderr;
  } catch {
    // Another user's pipe, or no /proc: again Node sets the flag.
    void process.stderr;
  }
  return fd;
}

function sleepMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** How a shell shows a process that a closed pipe has ended: 128 + SIGPIPE. */
export const closedPipeExitCode = 141;

/** What a command line writes to, and what became of it. */
export interface Stdio {
  readonly isTerminal: boolean;
  /** Writes to standard output as it is. */
  write(text: string): void;
  /** A line on standard output. */
  out(text: string): void;
  /** A line on standard error. */
  err(text: string): void;
  /** Waits until the output is written, and answers the process's exit code: `code` unless output was lost. */
  settle(code: number, name: string): Promise<number>;
}

/**
 * The process's own. Output that cannot be written aborts `stop`. A reader who has read enough (`| head -1`) ends the
 * program quietly; any other loss is an error, because whoever asked has not got the answer: `output-lost`.
 */
export function openStdio(stop: AbortController): Stdio {
  // A file above the limit of its size is a failed write, and not the end of the process.
  process.on('SIGXFSZ', () => {});
  const errors = openErrorLines();
  const stdout = process.stdout;
  let lostBy: string | undefined;
  let settled = () => {};
  stdout.on('error', (error) => {
    lostBy ??= codeOf(error);
    stop.abort(new PilotfishError('output-lost', lostText(lostBy)));
    settled();
  });
  const write = (text: string) => {
    if (lostBy === undefined) stdout.write(text);
  };
  const err = (text: string) => {
    // Whoever closed the pipe wants to hear no more.
    if (lostBy !== 'EPIPE') errors.write(`${text}\n`);
  };
  return {
    isTerminal: stdout.isTTY === true,
    write,
    out: (text) => write(`${text}\n`),
    err,
    async settle(code, name) {
      if (lostBy === undefined && stdout.writableLength > 0) {
        await new Promise<void>((resolve) => {
          settled = resolve;
          stdout.write('', () => resolve());
          stop.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      // The stream tells of a failed write one turn later.
      await new Promise((resolve) => setImmediate(resolve));
      // Asked to stop while a reader stopped reading: what is left would be waited for without end.
      if (lostBy === undefined && stop.signal.aborted && stdout.writableLength > 0) {
        process.exit(code);
      }
      if (lostBy === undefined) return code;
      if (lostBy === 'EPIPE') return closedPipeExitCode;
      err(`${name}: ${lostText(lostBy)} (output-lost)`);
      err('  what it was asked to do may be done: look before doing it again');
      return code === 0 ? 1 : code;
    },
  };
}

const lostText = (code: string) =>
  `standard output cannot be written (${code}), what the command answered is lost`;

/** What a command has left open may keep its process for this long. */
const lingerMs = 2000;

/**
 * Ends a process that is done and still kept by something: a service manager waits for its end to start the next one. In a
 * process with nothing left the timer never goes off, because it keeps nothing itself. `say` tells what is still open.
 */
export function endSurely(name: string, say = sayOpen(name)): void {
  const end = () => {
    say([...new Set(process.getActiveResourcesInfo())]);
    process.exit();
  };
  setTimeout(end, lingerMs).unref();
}

const sayOpen =
  (name: string) =>
  (open: readonly string[]): void => {
    const what = open.join(', ');
    process.stderr.write(`${name}: ended, although something was still open: ${what}\n`);
  };
