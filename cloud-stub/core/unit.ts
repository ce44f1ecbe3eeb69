import type { Log, LogFields, LogLevel } from '../../base/log.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { CloudConfig } from '../config.ts';
import { type Changes, createChanges } from './changes.ts';
import type { Confirmed, Outbound, Task } from './messages.ts';
import type { Reads, Write } from './store.ts';

/**
 * Theory of operation. A unit of work is one message, request or tick. Its handler is a synchronous function of its
 * input, this context and nothing else: it reads rows, writes rows, and emits what is to leave. The writes are committed
 * together. Only then does what was emitted leave, log lines too, in the order in which it was emitted: nothing is
 * confirmed, sent or logged that is not stored. A handler that throws has done nothing.
 */
export interface Context {
  /** The rows, with this unit's own writes. */
  readonly store: Omit<Changes, 'writes'>;
  readonly nowMs: number;
  readonly entropy: Entropy;
  readonly config: CloudConfig;
  readonly log: Log;
  emit(...messages: readonly Outbound[]): void;
  /** Documents that are stored for good once this is committed. */
  confirm(robot: RobotId, confirmed: readonly Confirmed[]): void;
  /** Leaves work to an adapter. */
  enqueue(task: Task): void;
  /** The message comes from the archive: what is known already changes nothing, not even a count. */
  readonly replaying?: true;
}

/** Random bytes as lower-case hex. */
export type Entropy = (bytes: number) => string;

/** What leaves a unit of work. */
export type Emission =
  | { readonly kind: 'message'; readonly message: Outbound }
  | {
      readonly kind: 'confirmed';
      readonly robot: RobotId;
      readonly confirmed: readonly Confirmed[];
    }
  | { readonly kind: 'task'; readonly task: Task }
  | {
      readonly kind: 'line';
      readonly level: LogLevel;
      readonly fields: LogFields;
      readonly message: string;
    };

export interface UnitParts {
  readonly entropy: Entropy;
  readonly config: CloudConfig;
}

/** What a unit of work led to. Nothing of it is stored yet, and nothing has left. */
export interface Worked<T> {
  readonly result: T;
  readonly writes: readonly Write[];
  readonly emitted: readonly Emission[];
}

/** Runs `work` over `stored`, without a commit. */
export function workOn<T>(
  stored: Reads,
  { entropy, config, nowMs }: UnitParts & { readonly nowMs: number },
  work: (ctx: Context) => T,
): Worked<T> {
  const store = createChanges(stored);
  const emitted: Emission[] = [];
  const result = work({ store, nowMs, entropy, config, ...emitters(emitted) });
  return { result, writes: store.writes(), emitted };
}

/** Runs a part of a unit's work that may fail: what it threw, after undoing all that the part did. */
export function attempt<T>(
  ctx: Context,
  work: (ctx: Context) => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown } {
  const store = createChanges(ctx.store);
  const emitted: Emission[] = [];
  let value: T;
  try {
    value = work({ ...ctx, store, ...emitters(emitted) });
  } catch (error) {
    return { ok: false, error };
  }
  ctx.store.absorb(store.writes());
  for (const emission of emitted) emitTo(ctx, emission);
  return { ok: true, value };
}

/** Runs `work` and holds back its messages, for a caller that has something to send before them. */
export function holdMessages<T>(
  ctx: Context,
  work: (ctx: Context) => T,
): { result: T; messages: Outbound[] } {
  const messages: Outbound[] = [];
  const result = work({ ...ctx, emit: (...more) => void messages.push(...more) });
  return { result, messages };
}

function emitters(emitted: Emission[]): Pick<Context, 'log' | 'emit' | 'confirm' | 'enqueue'> {
  return {
    log: linesTo(emitted, {}),
    emit(...messages) {
      for (const message of messages) emitted.push({ kind: 'message', message });
    },
    confirm: (robot, confirmed) => void emitted.push({ kind: 'confirmed', robot, confirmed }),
    enqueue: (task) => void emitted.push({ kind: 'task', task }),
  };
}

function emitTo(ctx: Context, emission: Emission): void {
  if (emission.kind === 'message') ctx.emit(emission.message);
  else if (emission.kind === 'confirmed') ctx.confirm(emission.robot, emission.confirmed);
  else if (emission.kind === 'task') ctx.enqueue(emission.task);
  else writeLine(ctx.log, emission);
}

/** Writes a line that a unit of work has emitted. */
export function writeLine(
  log: Log,
  { level, fields, message }: Extract<Emission, { kind: 'line' }>,
): void {
  log[level](fields, message);
}

function linesTo(emitted: Emission[], fixed: LogFields): Log {
  const at = (level: LogLevel) => (fields: LogFields, message: string) =>
    void emitted.push({ kind: 'line', level, fields: { ...fixed, ...fields }, message });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => linesTo(emitted, { ...fixed, ...fields }),
  };
}
