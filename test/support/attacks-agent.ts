import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callLocalApi } from '../../agent/io/local.ts';
import { silentLog } from '../../base/log.ts';
import type { Handle } from '../../hal/sim/board/calls.ts';
import { serveLines } from '../../hal/sim/wire/server.ts';
import { boardFolder } from './board-folder.ts';
import { modelBoard } from './board-model.ts';
import { operatorOf } from './cloud-operator.ts';
import type { TestStub } from './cloud-stub.ts';
import { until } from './cloud-until.ts';

const main = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));

/** The agent as a process of its own, beside a board whose body the test can silence. */
export interface VictimAgent extends AsyncDisposable {
  readonly body: {
    isSilent: boolean;
    /** The commands that the body received, as `verb tag`, and how often the watchdog was kicked. */
    readonly commands: readonly string[];
    readonly kicks: number;
    /** Requests that the silent body has not answered. */
    readonly pendingCount: number;
  };
  readonly isRunning: boolean;
  status(): Promise<Record<string, Record<string, unknown>>>;
}

export async function startVictim(cloud: TestStub, robot: string): Promise<VictimAgent> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await boardFolder());
  const model = started.use(await modelBoard());
  const commands: string[] = [];
  const body = { isSilent: false, commands, kicks: 0, pendingCount: 0 };
  const handle: Handle = (op, params) => {
    if (op === 'system.kick') body.kicks += 1;
    if (op === 'body.command') {
      const { verb, tag } = params as { verb: string; tag: string };
      commands.push(`${verb} ${tag}`);
    }
    if (!body.isSilent || !op.startsWith('body.')) return model.board.handle(op, params);
    body.pendingCount += 1;
    return new Promise(() => {});
  };
  const path = join(folder.path, 'board.sock');
  started.use(await serveLines({ path, handle, onChanged: model.board.onChanged, log: silentLog }));

  const dataDir = join(folder.path, 'robot');
  const credentials = join(dataDir, 'identity', 'current');
  await mkdir(credentials, { recursive: true, mode: 0o700 });
  const { key, cert } = await cloud.mint(robot);
  await writeFile(join(credentials, 'key.pem'), key, { mode: 0o600 });
  await writeFile(join(credentials, 'chain.pem'), cert);
  const { mqtt, serverCa: cloudCa } = cloud.stub.ready;
  const config = join(folder.path, 'robot.json');
  const place = { robot, dataDir, cloudHost: 'localhost', cloudPort: mqtt.port, cloudCa };
  await writeFile(config, JSON.stringify({ ...place, retryS: 0.2, retrySMax: 1, keepAliveS: 10 }));
  const child = spawn(process.execPath, [main, 'run', '--config', config], {
    env: { ...process.env, PILOTFISH_BOARD: path },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  started.defer(() => ended(child, exited));
  const operator = operatorOf(cloud.stub.cloud);
  await until(() => operator.get('presence', robot)?.state === 'connected');
  const running = started.move();
  return {
    body,
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    status: async () =>
      (await callLocalApi(join(dataDir, 'run', 'agent.sock'), 'status')) as Awaited<
        ReturnType<VictimAgent['status']>
      >,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function ended(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await exited;
}
