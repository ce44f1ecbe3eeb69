import { runCli } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { operatorCommands } from '../../cloud-stub/cli/operator.ts';
import { serveCommand } from '../../cloud-stub/cli/serve.ts';
import type { Ready } from '../../cloud-stub/running.ts';

/** What a command line has printed, and its exit code. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The commands of `cloud-stub/main.ts`, with a log that writes nothing. */
const program = {
  name: 'cloud-stub',
  version: '1',
  summary: '',
  commands: {
    serve: serveCommand({ clock: systemClock, log: () => silentLog }),
    ...operatorCommands(systemClock),
  },
};

/** `cloud-stub serve` in this process, until it is disposed of. */
export async function serveHere(
  ...args: readonly string[]
): Promise<{ readonly ready: Ready } & AsyncDisposable> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<Ready>();
  let said = '';
  const ended = runCli(program, {
    argv: ['serve', ...args],
    out: (text) => ready.resolve(JSON.parse(text) as Ready),
    err: (text) => {
      said += `${text}\n`;
    },
    isTerminal: false,
    signal: stop.signal,
  });
  void ended.then((code) => ready.reject(new Error(`ended with ${code}: ${said}`)));
  return {
    ready: await ready.promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/** A command line in this process: the same without the start of a process, which is slow. */
export async function runCloudHere(
  argv: readonly string[],
  { answer }: { answer?: string } = {},
): Promise<Said> {
  let [out, err] = ['', ''];
  const code = await runCli(program, {
    argv,
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    isTerminal: answer !== undefined,
    ...(answer !== undefined && { prompt: () => Promise.resolve(answer) }),
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

/** An operator's command line in this process, on the stub that runs in `dir`; `answer` is what a person types. */
export const operate = (
  dir: string,
  [word = '', ...rest]: readonly string[],
  typed: { answer?: string } = {},
): Promise<Said> => runCloudHere([word, '--dir', dir, ...rest], typed);
