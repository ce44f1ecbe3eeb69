import { isatty } from 'node:tty';
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { openErrorLines } from './stdio.ts';

/**
 * The fields of a line. `robotId` and the artifact's id are on every line that has one, so that a search for one id
 * finds all lines.
 */
export interface LogFields {
  robotId?: string;
  missionId?: string;
  mapId?: string;
  jobId?: string;
  commandId?: string;
  certificateId?: string;
  code?: string;
  [field: string]: unknown;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The logger that every part gets from its composition root. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same logger with fields fixed for all its lines. */
  child(fields: LogFields): Log;
}

/** Fields that may hold a secret, down to the third level. */
const secretPaths = [
  'key',
  'privateKey',
  'secret',
  'token',
  'password',
  'authorization',
  'url',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * JSON lines on standard error; readable lines when that is a terminal. Lines that cannot be written are dropped,
 * counted and reported, and never end the process.
 *
 * Standard output is reserved for a command's result. Secrets never reach a log: whole URLs are not logged (a
 * pre-signed query is a bearer secret), and as a second safeguard keys and tokens are redacted by name.
 */
export function createLogger(options: {
  name: string;
  level?: LogLevel | 'silent';
  fields?: LogFields;
}): Log {
  const settings = {
    name: options.name,
    level: options.level ?? 'info',
    base: { pid: process.pid, ...options.fields },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretPaths, censor: '[redacted]' },
  };
  const shape = isatty(2) ? createReadable() : (line: string) => line;
  const lines = openErrorLines((lost, code) => {
    let report = '';
    const keep = (line: string) => {
      report = shape(line);
    };
    pino(settings, { write: keep }).warn({ code, lost }, 'log lines lost');
    return report;
  });
  return pino(settings, { write: (line) => lines.write(shape(line)) });
}

/** Lines for a person at a terminal. */
function createReadable(): (line: string) => string {
  const colorize = process.stderr.hasColors();
  const shape = prettyFactory({
    colorize,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return (line) => String(shape(line));
}

/** A logger that writes nothing, for tests and embedding. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
