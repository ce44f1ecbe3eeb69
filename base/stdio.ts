import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { codeOf, PilotfishError } from './errors.ts';
import { createLineSink, type LineSink } from './line-sink.ts';

/** The process's standard streams: a failed write is an event here, and never an exception. */

/**
 * Standard error, one line at a time: see `createLineSink`. Lines that still wait when the process ends get half a
 * second.
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
 * A non-blocking descriptor for the same pipe or terminal: a reader that stops reading must not block the program. It
 * is opened again, because the flag would otherwise hold for every process that shares it.
 */
function withoutWaiting(fd: number): number {
  try {
    const canStall = isatty(fd) || fstatSync(fd).isFIFO();
    if (canStall) {
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    }
    // A file or device does not block; for a socket, which cannot be opened again, Node sets the flag itself.
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

/** The output of a command line, and its state. */
export interface Stdio {
  readonly isTerminal: boolean;
  /** Writes to standard output as it is. */
  write(text: string): void;
  /** A line on standard output. */
  out(text: string): void;
  /** A line on standard error. */
  err(text: string): void;
  /** Waits until the output is written, and returns the process's exit code: `code` unless output was lost. */
  settle(code: number, name: string): Promise<number>;
}

/**
 * The process's own streams. Output that cannot be written aborts `stop`. A reader that closes early (`| head -1`) ends
 * the program quietly; any other loss is an error, because the caller has not received the result: `output-lost`.
 */
export function openStdio(stop: AbortController): Stdio {
  // A file above its size limit is a failed write, and not the end of the process.
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
    // After EPIPE the reader needs no more output, standard error included.
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
      // The stream reports a failed write one turn later.
      await new Promise((resolve) => setImmediate(resolve));
      // Asked to stop while the reader does not read: waiting for the rest would never end.
      if (lostBy === undefined && stop.signal.aborted && stdout.writableLength > 0) {
        process.exit(code);
      }
      if (lostBy === undefined) return code;
      if (lostBy === 'EPIPE') return closedPipeExitCode;
      err(`${name}: ${lostText(lostBy)} (output-lost)`);
      err('  the command may have been carried out: check before repeating it');
      return code === 0 ? 1 : code;
    },
  };
}

const lostText = (code: string) =>
  `standard output cannot be written (${code}), what the command answered is lost`;

/** How long open handles may keep a command's process alive. */
const lingerMs = 2000;

/**
 * Ends a process that is done but kept alive by an open handle: a service manager waits for its end to start the next
 * one. The timer itself keeps nothing alive, so without open handles it never fires. `say` reports the open handles.
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
