import { ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { callLocalApi } from '../../agent/io/local.ts';
import { silentLog } from '../../base/log.ts';
import { flashSlot } from '../../hal/sim/flash.ts';
import { buildAgentBundle } from '../../tools/firmware/bundle.ts';
import { type BoardProcess, runSimBoard } from './board-process.ts';
import type { Ended } from './child.ts';
import { startTestStub, type TestStub } from './cloud-stub.ts';
import { until } from './cloud-until.ts';
import { startLine, type TestLine } from './pki-line.ts';

/** A robot's agent as processes: its command line, and the agent in the slot of a simulated board. */

const main = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));

/** Runs `pilotfish` with these arguments, on this Node with `nodeArgs` before them. */
export async function pilotfish(
  argv: readonly string[],
  { nodeArgs = [], env = {} }: { nodeArgs?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...nodeArgs, main, ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, out, err };
}

/** What the tests read of the status. */
export interface RobotStatus {
  readonly robot: string;
  readonly link: { readonly state: string };
  readonly identity: {
    readonly state: string;
    readonly certificate: string | null;
    readonly last: { readonly result: string } | null;
  };
  readonly connection: { readonly state: string; readonly observation: object | null };
  readonly evidence: { readonly certificate: string | null; readonly hasConnected: boolean };
}

/** A factory's line with a station, a cloud that knows its CA, and one robot, all in a folder. */
export interface RobotLine extends AsyncDisposable {
  readonly line: TestLine;
  readonly cloud: TestStub;
  readonly robot: string;
  readonly config: string;
  readonly identity: string;
  /** The options that lead `provision` to the station. */
  readonly station: readonly string[];
  /** Switches the robot's board on, with the agent in its slot; at most once. */
  switchOn(): Promise<BoardProcess>;
  /** The running agent's status, once it is as `isSo` says. */
  status(isSo: (status: RobotStatus) => boolean): Promise<RobotStatus>;
}

export async function startRobotLine(
  dir: string,
  { robot = 'R1', settings = {} }: { robot?: string; settings?: object } = {},
): Promise<RobotLine> {
  await using started = new AsyncDisposableStack();
  const line = started.use(await startLine(dir));
  const cloud = started.use(
    await startTestStub({ mqtt: { ca: join(line.folder, 'ca.crt'), port: 0 } }),
  );
  const { port } = cloud.stub.ready.mqtt;
  const config = join(dir, 'robot.json');
  const { serverCa: cloudCa, renewalCa: renewalIssuers } = cloud.stub.ready;
  const address = { cloudHost: 'localhost', cloudPort: port, cloudCa, renewalIssuers };
  const usual = { robot, dataDir: 'robot', ...address };
  const quick = { retryS: 0.2, retrySMax: 1, keepAliveS: 10 };
  await writeFile(config, JSON.stringify({ ...usual, ...quick, ...settings }));
  const jig = join(dir, 'jig-1');
  const localApi = join(dir, 'robot', 'run', 'agent.sock');
  const running = started.move();
  return {
    line,
    cloud,
    robot,
    config,
    identity: join(dir, 'robot', 'identity'),
    station: [
      ...['provision', '--config', config, '--station', `https://localhost:${line.port}`],
      ...['--station-ca', join(jig, 'line-ca.crt')],
      ...['--fixture-cert', join(jig, 'fixture.crt'), '--fixture-key', join(jig, 'fixture.key')],
    ],
    async switchOn() {
      const board = join(dir, 'board');
      const { path } = await buildAgentBundle({ version: '1.0.0', out: join(dir, 'agent.cjs') });
      await flashSlot({ dir: board, image: path, slot: 'a' }, silentLog);
      return running.use(await runSimBoard(board, '--agent-config', config));
    },
    async status(isSo) {
      let found: RobotStatus | undefined;
      await until(async () => {
        const status = await callLocalApi(localApi, 'status').catch(() => ({}));
        const { connection } = status as Partial<RobotStatus>;
        if (connection !== undefined && isSo(status as RobotStatus)) found = status as RobotStatus;
        return found !== undefined;
      });
      if (found === undefined) throw new Error('there is a status');
      return found;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The certificate in use, whose key must fit. */
export async function inUse({ identity }: RobotLine): Promise<X509Certificate> {
  const leaf = new X509Certificate(await readFile(join(identity, 'current', 'chain.pem')));
  const key = createPrivateKey(await readFile(join(identity, 'current', 'key.pem')));
  ok(leaf.checkPrivateKey(key), 'the key is that of the certificate');
  return leaf;
}
