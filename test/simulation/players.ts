import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PilotfishError } from '../../base/errors.ts';
import { seededFaultVariable } from './seams.ts';
import type { Played, Task } from './task.ts';

const rootUrl = pathToFileURL(join(import.meta.dirname, '..', '..', '/')).href;
const realProgram = join(import.meta.dirname, 'player.ts');
const loader = join(import.meta.dirname, 'fault-loader.ts');
/** A seed takes far less; a seed that takes longer never ends. */
export const hangMs = 120_000;
const errorCharsMax = 4000;

export interface PlayerOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The fault to seed. */
  readonly seededFault?: string | undefined;
  readonly hangMs?: number;
  /** Another program that answers tasks. */
  readonly program?: string;
  /** Ends the process at once, whatever it does; the pending request resolves as a `crash`. */
  readonly signal?: AbortSignal;
}

/** Runs one scenario after another. */
export interface Player extends Disposable {
  play(task: Task): Promise<Played>;
}

/**
 * A player in a process of its own, restarted after its death. A death or a hang is the scenario's outcome: a violation
 * like the others (`crash`, `hang`). Rejects only when no player can be started at all.
 */
export function createPlayer(options: PlayerOptions): Player {
  let child: Promise<ChildProcess> | undefined;
  const end = () => {
    child?.then(
      (running) => running.kill('SIGKILL'),
      () => {},
    );
  };
  options.signal?.addEventListener('abort', end, { once: true });
  return {
    async play(task) {
      child ??= start(options);
      const running = await child;
      const played = await ask(running, task, options.hangMs ?? hangMs);
      if (!running.connected || running.killed) child = undefined;
      return played;
    },
    [Symbol.dispose]() {
      options.signal?.removeEventListener('abort', end);
      end();
    },
  };
}

async function start({ env, seededFault, program }: PlayerOptions): Promise<ChildProcess> {
  const child = fork(program ?? realProgram, {
    execArgv: seededFault === undefined ? [] : ['--import', loader],
    env: { ...env, ...(seededFault === undefined ? {} : { [seededFaultVariable]: seededFault }) },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const errors = keepErrors(child);
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: object) => {
      if ('seeded' in message) said.push(String(message.seeded));
      if ('ready' in message) resolve();
    });
    child.on('error', reject);
    child.once('close', () => {
      reject(new PilotfishError('no-player', `a player did not start: ${errorText(errors())}`));
    });
  });
  listenNoMore(child);
  if (seededFault !== undefined && !said.includes(seededFault)) {
    child.kill('SIGKILL');
    throw new PilotfishError(
      'not-seeded',
      `the seeded fault ${seededFault} was not seeded: nothing loads its file`,
    );
  }
  return child;
}

function ask(child: ChildProcess, task: Task, limitMs: number): Promise<Played> {
  const startMs = performance.now();
  const errors = keepErrors(child);
  return new Promise((resolve) => {
    const end = (played: Played) => {
      clearTimeout(timer);
      listenNoMore(child);
      resolve(played);
    };
    const failed = (invariant: string, detail: string) => {
      child.kill('SIGKILL');
      const wallMs = performance.now() - startMs;
      end({
        violations: [{ invariant, detail }],
        virtualMs: 0,
        faults: {},
        seen: {},
        wallMs,
        trace: [],
      });
    };
    const timer = setTimeout(() => failed('hang', `no end after ${limitMs / 1000} s`), limitMs);
    child.once('message', (played: Played) => end(played));
    // `close`, not `exit`: then standard error has been read to its end.
    child.once('close', (code, signal) =>
      failed('crash', errorText(errors()) || `ended: ${code ?? signal}`),
    );
    child.send(task, (error) => error && failed('crash', errorText(errors()) || error.message));
  });
}

/** Node's report of an uncaught error: its message and the first frame of its stack. */
function errorText(text: string): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /^\w*Error\b/.test(line));
  const said = at < 0 ? lines.slice(-3) : lines.slice(at, at + 3);
  return said.map((line) => line.trim().replaceAll(rootUrl, '')).join(' ');
}

function listenNoMore(child: ChildProcess): void {
  for (const name of ['message', 'close', 'error']) child.removeAllListeners(name);
}

/** The last lines that a child writes to its standard error from now on. */
function keepErrors({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.removeAllListeners('data').setEncoding('utf8');
  stderr?.on('data', (part: string) => {
    text = (text + part).slice(-errorCharsMax);
  });
  return () => text.trim();
}
