import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { callLocalApi } from '../../agent/io/local.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { identityIn, signCsr } from './agent-identity.ts';
import { flashBoard, runSimBoard } from './board-process.ts';
import { until } from './cloud-until.ts';

/** A real agent process on a simulated board, whose cloud is whatever the test makes of it. */
export interface AttackedAgent extends AsyncDisposable {
  readonly pid: number;
  /** It has not ended. */
  readonly isRunning: boolean;
  /** Memory of the process, in bytes. */
  rssBytes(): number;
  status(isSo?: (status: AgentStatus) => boolean): Promise<AgentStatus>;
}

export interface AgentStatus {
  readonly link: {
    readonly state: string;
    readonly connects: number;
    readonly last: object | null;
  };
  readonly counts: Readonly<Record<string, number>>;
  readonly safeMode?: object;
}

const main = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));

/** Starts the agent of the robot R1 in `dir`; it trusts `ca` as its cloud and was given its certificate by it. */
export async function startAttackedAgent(
  dir: string,
  { ca, port, settings = {} }: { ca: KeyAndCertificate; port: number; settings?: object },
): Promise<AttackedAgent> {
  await using started = new AsyncDisposableStack();
  await flashBoard(dir, Buffer.from('no agent of its own'));
  const board = started.use(await runSimBoard(dir));
  const identity = identityIn(join(dir, 'robot', 'identity'));
  const { csr } = await identity.request('new', new AbortController().signal);
  await identity.install(await signCsr(ca, csr));
  await writeFile(join(dir, 'ca.crt'), ca.certificatePem);
  const config = join(dir, 'robot.json');
  const usual = { robot: 'R1', dataDir: 'robot', cloudHost: 'localhost', cloudPort: port };
  const quick = { cloudCa: 'ca.crt', retryS: 0.2, retrySMax: 1, keepAliveS: 10 };
  await writeFile(config, JSON.stringify({ ...usual, ...quick, renewal: false, ...settings }));
  const child = spawn(process.execPath, [main, 'run', '--config', config], {
    env: { ...process.env, PILOTFISH_BOARD: board.ready.socket },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = text(child.stderr);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  started.defer(async () => {
    child.kill();
    await ended;
  });
  const localApi = join(dir, 'robot', 'run', 'agent.sock');
  const status: AttackedAgent['status'] = async (isSo = () => true) => {
    let found: AgentStatus | undefined;
    await until(async () => {
      if (!isAlive(child)) throw new Error(`the agent has ended: ${(await log).slice(-2000)}`);
      const seen = (await callLocalApi(localApi, 'status').catch(
        () => ({}),
      )) as Partial<AgentStatus>;
      if (seen.link !== undefined && isSo(seen as AgentStatus)) found = seen as AgentStatus;
      return found !== undefined;
    }, 60_000);
    return found as AgentStatus;
  };
  const running = started.move();
  return {
    pid: child.pid ?? 0,
    get isRunning() {
      return isAlive(child);
    },
    rssBytes: () => rssBytes(child.pid ?? 0),
    status,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

/** Of a process on Linux, from proc(5). */
function rssBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(found) * 1024;
}
