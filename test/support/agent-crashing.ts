import { createPrivateKey } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRunsFile } from '../../agent/io/crashes.ts';
import { openStore } from '../../agent/io/store.ts';
import { MachineCrashed } from '../../agent/kernel/machine-crashed.ts';
import type { StoredValue } from '../../agent/kernel/ports.ts';
import { type Runs, recordCrash, startRun } from '../../agent/supervise/crashes.ts';
import { systemClock } from '../../base/clock.ts';
import { nodeTransientFiles } from '../../base/transient-files.ts';
import { HARDWARE_ID } from '../../hal/sim/board/core.ts';
import { connectLines } from '../../hal/sim/wire/link.ts';
import type { BenchStatus } from '../../tools/demo/board.ts';
import { buildAgentBundle } from '../../tools/firmware/bundle.ts';
import { createSigningKey, signFirmware } from '../../tools/firmware/sign.ts';
import { memoryJournal } from './agent-journal.ts';
import { pilotfish, type RobotLine, type RobotStatus, startRobotLine } from './agent-process.ts';
import type { BoardProcess } from './board-process.ts';
import { until } from './cloud-until.ts';

/** A robot whose agent is made to crash: real processes, from the cloud to the board. */
export interface CrashingRobot extends AsyncDisposable {
  readonly world: RobotLine;
  readonly board: BoardProcess;
  /** How often the board has started an agent. */
  starts(): Promise<number>;
  /** Ends the agent that is up, and waits for the one after it to be up. */
  endAgent(signal: NodeJS.Signals): Promise<CrashStatus>;
  /** Cuts the board's power, switches it on again, and waits for the next agent to be up. */
  cutPower(): Promise<CrashStatus>;
  pressButton(): Promise<void>;
  status(isSo: (status: CrashStatus) => boolean): Promise<CrashStatus>;
  /** What is stored of a machine, while no agent writes it. */
  stored(machine: string): readonly StoredValue[];
  agentLog(): Promise<string>;
  /** Makes version 2.0.0, and a job that offers it. */
  offerUpdate(): Promise<void>;
}

export interface CrashStatus extends RobotStatus {
  readonly boot: number;
  readonly version: string;
  readonly quarantine?: readonly string[];
  readonly safeMode?: {
    readonly because: string;
    readonly machine: string | null;
    readonly until: string;
    readonly since: string;
  };
  readonly missions?: { readonly epoch: string };
  readonly counts: Readonly<Record<string, number>>;
}

const row = (data: object) => ({
  machine: 'missions',
  key: '',
  value: { v: 1, minReader: 1, data },
});

/** A row that no release of ours has ever written: the missions machine throws at its first poll of the body. */
export const poison = row({});
const sound = row({ epoch: '00000000000000aa', nextN: 5, open: null, known: [], dropped: 0 });

/** Gives a robot its identity, has `before` prepare its folder, and switches its board on. */
export async function startCrashingRobot(
  dir: string,
  before: (dataDir: string) => void = () => {},
): Promise<CrashingRobot> {
  await using started = new AsyncDisposableStack();
  const keys = await createSigningKey(join(dir, 'keys'));
  const settings = { firmwareKeys: keys.publicKeyFile };
  const world = started.use(await startRobotLine(dir, { settings }));
  const provisioned = await pilotfish(world.station);
  if (provisioned.code !== 0) throw new Error(provisioned.err);
  const dataDir = join(dir, 'robot');
  before(dataDir);
  let board = await world.switchOn();
  const callBench = async (op: string) => {
    const { signal } = new AbortController();
    await using link = await connectLines(board.ready.bench, signal);
    return await link.call(op, {}, signal);
  };
  const bench = async () => (await callBench('status')) as BenchStatus;
  const status: CrashingRobot['status'] = async (isSo) =>
    (await world.status((seen) => isSo(seen as CrashStatus))) as CrashStatus;
  const running = started.move();
  return {
    world,
    get board() {
      return board;
    },
    status,
    starts: async () => (await bench()).agent.starts,
    async endAgent(signal) {
      const { boot } = await status(() => true);
      const { pid } = (await bench()).agent;
      if (pid === null) throw new Error('no agent is running');
      process.kill(pid, signal);
      return status((next) => next.boot > boot);
    },
    async cutPower() {
      const { pid } = (await bench()).agent;
      // A board without power does not answer any more.
      await callBench('cut-power').catch(() => {});
      await board.exited;
      await until(() => !isRunning(pid));
      board = await world.switchOn();
      return status(() => true);
    },
    async pressButton() {
      await callBench('press-button');
    },
    stored(machine) {
      // A copy: the agent has the file for itself.
      const copy = mkdtempSync(join(dir, 'copy-'));
      for (const name of ['store.db', 'store.db-wal']) {
        copyFileSync(join(dataDir, name), join(copy, name));
      }
      using store = openStore(join(copy, 'store.db'));
      return store.load().filter((one) => one.machine === machine);
    },
    agentLog: () => readFile(join(dir, 'board', 'agent.log'), 'utf8'),
    async offerUpdate() {
      const built = await buildAgentBundle({ version: '2.0.0', out: join(dir, 'v2.cjs') });
      const { length, sha256, path } = built;
      const manifest = signFirmware({
        manifest: {
          ...{ v: 1, hardwareId: HARDWARE_ID, version: '2.0.0', securityCounter: 1 },
          ...{ length, sha256, expiresMs: Date.now() + 86_400_000 },
        },
        privateKey: createPrivateKey(await readFile(keys.privateKeyFile)),
      });
      const { operator } = world.cloud;
      await operator.putObject('firmware/v2', path, 'application/octet-stream');
      const imageUrl = operator.placeholderFor('firmware/v2');
      const document = { v: 1, operation: 'firmware-update', manifest, imageUrl };
      await operator.createJob({ jobId: 'repair', targets: [world.robot], document });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const storing = (value: typeof poison) => (dataDir: string) => {
  using store = openStore(join(dataDir, 'store.db'));
  store.commit([value]);
};

export const poisonStore = storing(poison);
export const soundStore = storing(sound);

/** Stores the poison, and that it has made three agents of this boot crash. */
export function crashedBefore(dataDir: string): void {
  poisonStore(dataDir);
  const cause = new TypeError('odd');
  const error = new MachineCrashed('missions', 'body/snapshot', { cause });
  const nowMs = systemClock.monoMs();
  let runs: Runs | undefined;
  for (let n = 0; n < 3; n++) {
    runs = recordCrash(startRun(runs, { bootId: null, isOnTrial: false, nowMs }), error, nowMs);
  }
  mkdirSync(join(dataDir, 'run'), { mode: 0o700 });
  writeFileSync(join(dataDir, 'run', 'crashes.json'), JSON.stringify(runs));
}

/** Lets the running safe mode end in `ms`; the next agent to start reads it. */
export async function endSafeModeIn(dir: string, ms: number): Promise<void> {
  const path = join(dir, 'robot', 'run', 'crashes.json');
  const runs = openRunsFile(path, nodeTransientFiles, memoryJournal()).read();
  if (!runs?.safe) throw new Error('there is a safe mode');
  const untilMs = systemClock.monoMs() + ms;
  await writeFile(path, JSON.stringify({ ...runs, safe: { ...runs.safe, untilMs } }));
}

/** Resolves when the cloud has the robot connected. */
export const connected = ({ world }: CrashingRobot): Promise<void> =>
  until(
    () => world.cloud.stub.cloud.rows.get('presence', world.robot)?.state === 'connected',
    30_000,
  );

function isRunning(pid: number | null): boolean {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
}
