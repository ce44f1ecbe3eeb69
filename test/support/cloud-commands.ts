import { runCli } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import { operatorCommands } from '../../cloud-stub/cli/operator.ts';

/** What a command line has printed, and its exit code. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An operator's command line in this process, on the stub that runs in `dir`; `answer` is what a person types. */
export async function operate(
  dir: string,
  [word = '', ...rest]: readonly string[],
  { answer }: { answer?: string } = {},
): Promise<Said> {
  let [out, err] = ['', ''];
  const program = {
    name: 'cloud-stub',
    version: '1',
    summary: '',
    commands: operatorCommands(systemClock),
  };
  const code = await runCli(program, {
    argv: [word, '--dir', dir, ...rest],
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    isTerminal: answer !== undefined,
    ...(answer !== undefined && { ask: () => Promise.resolve(answer) }),
    signal: new AbortController().signal,
  });
  return { code, out, err };
}
