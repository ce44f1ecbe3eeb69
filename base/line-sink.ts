import { codeOf } from './errors.ts';

/**
 * Theory of operation. Writing a log can fail: on a full disk, into a pipe whose reader has closed it or stopped
 * reading, into a closed descriptor. Such a failure costs lines and nothing else. Each line is written at once while
 * the device accepts it. Lines that a stalled reader does not accept wait, up to a bound, and a timer retries them.
 * Beyond the bound, and on every other failure, lines are dropped and counted. As soon as the device accepts bytes
 * again, one line reports how many were lost, and why.
 */
export interface LineSink {
  /** Accepts a line with its newline. Never throws, never waits. */
  write(line: string): void;
  /** Retries the waiting lines; true when none is left. */
  flush(): boolean;
}

export interface SinkParts {
  /** Writes without waiting and returns the number of bytes written. Throws `EAGAIN` when none can be written now. */
  readonly writeSome: (bytes: Uint8Array) => number;
  /** Calls `action` once after `ms`, without keeping the process alive. */
  readonly after: (ms: number, action: () => void) => void;
  /** The line that reports a loss; undefined where nobody would read it. */
  readonly lossLine: ((lines: number, code: string) => string) | undefined;
  readonly backlogBytesMax?: number;
}

/** Room for some seconds of the most verbose log, and little for a robot's memory. */
const backlogBytesUsual = 256 * 1024;
const retryMs = 100;

interface Waiting {
  readonly bytes: Uint8Array;
  /** How many lines are lost with it: 1, or the number in a report of losses. */
  readonly lines: number;
}

export function createLineSink(parts: SinkParts): LineSink {
  const { writeSome, after, lossLine, backlogBytesMax = backlogBytesUsual } = parts;
  let backlog: Waiting[] = [];
  let backlogBytes = 0;
  let lost = 0;
  let lostCode = '';
  /** The first waiting line is partly written: what follows a torn line must start a new one. */
  let hasBegun = false;
  let isTorn = false;
  let isRetrySet = false;

  const add = (text: string, lines: number) => {
    const bytes = Buffer.from(isTorn && backlog.length === 0 ? `\n${text}` : text);
    backlog.push({ bytes, lines });
    backlogBytes += bytes.length;
  };

  const addLossReport = () => {
    if (lost === 0 || lossLine === undefined) return;
    add(lossLine(lost, lostCode), lost);
    lost = 0;
  };

  const loseAll = (code: string) => {
    lost += backlog.reduce((sum, { lines }) => sum + lines, 0);
    lostCode = code;
    isTorn ||= hasBegun;
    hasBegun = false;
    backlog = [];
    backlogBytes = 0;
  };

  const retryLater = () => {
    if (isRetrySet) return;
    isRetrySet = true;
    after(retryMs, () => {
      isRetrySet = false;
      drain();
    });
  };

  const drain = (): void => {
    for (let first = backlog[0]; first !== undefined; first = backlog[0]) {
      let taken: number;
      try {
        taken = writeSome(first.bytes);
      } catch (error) {
        const code = codeOf(error);
        if (code === 'EAGAIN') retryLater();
        else loseAll(code);
        return;
      }
      backlogBytes -= taken;
      isTorn = false;
      hasBegun = taken < first.bytes.length;
      if (hasBegun) backlog[0] = { ...first, bytes: first.bytes.subarray(taken) };
      else backlog.shift();
      if (backlog.length === 0) addLossReport();
    }
  };

  return {
    write(line) {
      if (backlogBytes + line.length > backlogBytesMax) {
        lost += 1;
        lostCode = 'EAGAIN';
        return;
      }
      if (backlog.length === 0) addLossReport();
      add(line, 1);
      drain();
    },
    flush() {
      drain();
      return backlog.length === 0;
    },
  };
}
