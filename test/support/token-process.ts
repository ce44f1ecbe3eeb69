import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TokenOptions } from '../../hal/linux/token-options.ts';

export interface RobotTask {
  readonly name: string;
  readonly port: number;
  /** PEM. */
  readonly serverCa: string;
  readonly certificate: string;
  readonly token: Omit<TokenOptions, 'clock'>;
  /** Whether it sets what OpenSSL reads from its environment. */
  readonly setsEnvironment: boolean;
}

/** The outcome of some connections. */
export interface ConnectResult {
  readonly ups: number;
  readonly observations: readonly string[];
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** What a process uses after a garbage collection. */
export interface Usage {
  readonly contexts: number;
  /** Open files and sockets. */
  readonly files: number;
  readonly rssKiB: number;
}

export interface RobotProcess extends AsyncDisposable {
  connect(count: number): Promise<ConnectResult>;
  measure(): Promise<Usage>;
  /** Connects and keeps the connection up until `release`. */
  hold(): Promise<object>;
  release(): Promise<object>;
}

const program = join(import.meta.dirname, 'token-robot.ts');

/** `env`: what the token's module itself needs in the robot's process, such as SOFTHSM2_CONF. */
export function startRobot(task: RobotTask): RobotProcess {
  const { PATH } = process.env;
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=DEP0183',
      '--disable-warning=ExperimentalWarning',
      program,
      JSON.stringify(task),
    ],
    {
      env: { PATH, ...task.token.env },
      // The engine prints on standard error what it does not find.
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = async <Answer>(line: string): Promise<Answer> => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the robot ended: ${child.exitCode ?? child.signalCode}`);
    const answer = JSON.parse(String(value)) as Answer & { uncaught?: string };
    if (answer.uncaught !== undefined) throw new Error(`uncaught: ${answer.uncaught}`);
    return answer;
  };
  return {
    connect: (count) => send<ConnectResult>(String(count)),
    measure: () => send<Usage>('measure'),
    hold: () => send('hold'),
    release: () => send('release'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
