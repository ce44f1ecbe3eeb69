import { type DestinationStream, pino } from 'pino';
import pretty from 'pino-pretty';

/** What a line is about. `robotId` and the artifact's id stand on every line that has one, so that one id finds it all. */
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

/** Fields that may hold a secret, wherever they stand down to the third level. */
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
 * JSON lines on standard error; readable lines when that is a terminal.
 *
 * Standard output stays free for what a command answers. Secrets never reach a log: whole URLs are not logged (a
 * pre-signed query is a bearer secret), keys and tokens are redacted by name as a second lock.
 */
export function createLogger(options: {
  name: string;
  level?: LogLevel | 'silent';
  fields?: LogFields;
}): Log {
  const destination: DestinationStream = process.stderr.isTTY
    ? pretty({
        destination: 2,
        sync: true,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss.l',
      })
    : pino.destination({ fd: 2, sync: true });
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { pid: process.pid, ...options.fields },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretPaths, censor: '[redacted]' },
    },
    destination,
  );
}

/** A logger that says nothing, for tests and embedding. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
