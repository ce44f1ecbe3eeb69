import { json, usage } from '../../base/cli.ts';
import type { Clock } from '../../base/clock.ts';
import type { CliIo, Option } from '../../base/command.ts';
import { connectOperator, type OperatorClient } from '../operator-client.ts';
import { readRunning } from '../running.ts';

/** What the operator's commands share. */

export const dir = {
  type: 'string',
  required: true,
  value: 'DIR',
  describe: 'the folder of the running stub',
} as const satisfies Option;

export const ofRobot = {
  type: 'string',
  value: 'ID',
  describe: 'only of this robot',
} as const satisfies Option;

export const theRobot = { ...ofRobot, required: true, describe: 'the robot' } as const;

export const common = { dir, json } as const;

/** Calls `call` with a client of the running stub and prints the answer: through `show`, or as JSON. */
export type CallRunning = <T>(
  given: { readonly options: { readonly dir: string; readonly json: boolean }; readonly io: CliIo },
  call: (client: OperatorClient) => Promise<T>,
  show: (answer: T) => string,
) => Promise<number>;

export const callRunning =
  (clock: Clock): CallRunning =>
  async ({ options, io }, call, show) => {
    using client = await connectOperator(await readRunning(options.dir), clock);
    const answer = await call(client);
    io.out(options.json ? JSON.stringify(answer ?? null) : show(answer));
    return 0;
  };

/** A point in time from the command line. Throws `usage`. */
export function readMoment(name: string, text: string): number {
  // Without a zone it is UTC, like every time that is printed.
  const isBare = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  const ms = Date.parse(isBare ? `${text.replace(' ', 'T')}Z` : text);
  if (!Number.isNaN(ms)) return ms;
  throw usage(
    `${name} is "${text}"`,
    'expected a moment in UTC, like 2026-01-31 or 2026-01-31T10:00Z',
  );
}
