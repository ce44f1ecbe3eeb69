import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { systemClock } from '../../../base/clock.ts';

/** How to start a client, and how it reports that it has nothing left to do. */
export interface ClientKind {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether it knows all `ended` missions, reported or not; a client without it cannot report that. */
  hasTaken?(ended: number): Promise<boolean>;
  /** Its remaining work, as far as it knows, when `ended` missions have ended. */
  rest(request: Request, ended: number): Promise<Rest>;
}

/** `reported`: the broker has every report, and maps wait for their grants. */
export type Rest = 'nothing' | 'reported' | 'much';

/** Queries the running process by a line on its standard input; undefined when no answer comes. */
type Request = () => Promise<Record<string, unknown> | undefined>;

/** A client as a process that is started again whenever it ends. */
export interface Client extends AsyncDisposable {
  /** SIGKILL; its supervisor starts the next one at once. */
  kill(): void;
  rest(ended: number): Promise<Rest>;
  hasTaken(ended: number): Promise<boolean>;
  /** Starts until now. */
  readonly starts: number;
}

const retryMs = 2000;
const restartMs = 1000;

export function superviseClient(kind: ClientKind, logFile: string): Client {
  let child: ChildProcess | undefined;
  let [isStopping, starts] = [false, 0];
  let onLine: (line: string) => void = () => {};
  const start = () => {
    starts += 1;
    const log = openSync(logFile, 'a', 0o600);
    const [command = '', ...args] = kind.command;
    const started = spawn(command, args, {
      env: { ...process.env, ...kind.env },
      stdio: ['pipe', 'pipe', log],
    });
    closeSync(log);
    child = started;
    started.stdin?.on('error', () => {});
    if (started.stdout) createInterface({ input: started.stdout }).on('line', (l) => onLine(l));
    started.once('close', (_code, signal) => {
      if (isStopping) return;
      // A client that ends by itself must not restart in a tight loop.
      if (signal === 'SIGKILL') start();
      else systemClock.after(restartMs, () => void (isStopping || start()));
    });
  };
  const request: Request = () =>
    new Promise((resolve) => {
      const cancel = systemClock.after(retryMs, () => resolve(undefined));
      onLine = (line) => {
        cancel();
        resolve(line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : undefined);
      };
      child?.stdin?.write('status\n');
    });
  start();
  return {
    kill: () => void child?.kill('SIGKILL'),
    rest: (ended) => kind.rest(request, ended),
    hasTaken: async (ended) => (await kind.hasTaken?.(ended)) ?? true,
    get starts() {
      return starts;
    },
    async [Symbol.asyncDispose]() {
      isStopping = true;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}
