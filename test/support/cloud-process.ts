import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Ready } from '../../cloud-stub/running.ts';
import { until } from './cloud-until.ts';

const program = join(import.meta.dirname, '..', '..', 'cloud-stub', 'main.ts');

/** A process starts slowly beside others. */
const waitMsMax = 60_000;

/** The command line as its own process. */
export interface CloudProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly out: string;
  readonly err: string;
  /** The ready line of `serve`; fails when the process ends instead. */
  ready(): Promise<Ready>;
  /** The exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
}

export const runCloud = (...args: string[]): CloudProcess =>
  follow(spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));

/** The same with at most `descriptors` open files. */
export function runCloudWith(descriptors: number, ...args: string[]): CloudProcess {
  const script = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  const argv = ['-c', script, process.execPath, program, ...args];
  return follow(spawn('sh', argv, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

function follow(child: ChildProcessByStdio<null, Readable, Readable>): CloudProcess {
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  let end: number | NodeJS.Signals | undefined;
  child.on('close', (code, signal) => {
    end = code ?? signal ?? 0;
  });
  const ended = async () => {
    await until(() => end !== undefined, waitMsMax);
    return end ?? 0;
  };
  return {
    child,
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    async ready() {
      await until(() => out.includes('\n') || end !== undefined, waitMsMax);
      if (end !== undefined) throw new Error(`ended with ${end}: ${err}`);
      return JSON.parse(out) as Ready;
    },
    ended,
    async [Symbol.asyncDispose]() {
      if (end === undefined) child.kill('SIGKILL');
      await ended();
    },
  };
}
