import { access, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { usage } from '../../base/cli.ts';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { makeFolder } from '../../base/files.ts';
import { holdFile } from '../../cloud-stub/store/sqlite.ts';
import { isServing } from '../../hal/sim/wire/server.ts';
import { until } from './watch.ts';

/** The paths of the demo, all under one folder. */
export interface Places {
  readonly dir: string;
  readonly factory: string;
  readonly cloud: string;
  readonly board: string;
  readonly robot: string;
  readonly firmware: string;
  readonly logs: string;
  /** The agent's configuration. */
  readonly config: string;
}

/** The demo's folder by default. */
export const usualDir = '.pilotfish';

/** The kernel's limit for a Unix socket's path. */
const socketBytesMax = 107;
/** Marks a folder as a demo's, so that `--fresh` never empties another one, and records the last process in it. */
const mark = 'demo.json';
/** A kernel lock, held while a demo runs: it ends with the process, however that ends. */
const lock = 'demo.lock';
/** The longest time that the programs of a killed demo take to notice and end. */
const leftoversS = 10;

export function placesIn(folder: string): Places {
  const dir = resolve(folder);
  const within = (name: string) => join(dir, name);
  return {
    dir,
    factory: within('factory'),
    cloud: within('cloud'),
    board: within('board'),
    robot: within('robot'),
    firmware: within('firmware'),
    logs: within('logs'),
    config: join(dir, 'robot', 'agent.json'),
  };
}

/** A demo's folder, locked for other demos until this is disposed. */
export interface LockedPlaces extends Places, Disposable {}

/**
 * Makes the demo's folder, emptied when `isFresh`, and holds it. Throws `usage` when its path is too long for sockets
 * or it holds something else, `demo-running` when another demo is at work in it. Nothing is changed before the folder is
 * held.
 */
export async function holdPlaces(
  folder: string,
  { isFresh, pid, signal }: { isFresh: boolean; pid: number; signal: AbortSignal },
): Promise<LockedPlaces> {
  const places = placesIn(folder);
  const { dir } = places;
  checkDepth(places);
  const content = await contentOf(dir);
  if (!content.includes(mark) && content.some((name) => !name.startsWith(lock))) {
    throw usage(`--dir ${dir} holds something else`, 'choose an empty folder, or a new one');
  }
  await makeFolder(dir);
  const release = holdFile(join(dir, lock));
  if (release === undefined) throw await runningError(dir);
  try {
    await writeFile(join(dir, mark), `${JSON.stringify({ v: 1, pid })}\n`);
    await waitForLeftovers(places, signal);
    await fillFolder(places, isFresh);
  } catch (error) {
    release();
    throw error;
  }
  return { ...places, [Symbol.dispose]: release };
}

async function runningError(dir: string): Promise<PilotfishError> {
  const text = await readFile(join(dir, mark), 'utf8').catch(() => '');
  const [, pid] = /"pid":(\d+)/.exec(text) ?? [];
  return new PilotfishError(
    'demo-running',
    `${pid ? `process ${pid}` : 'another process'} runs a demo in ${dir}: stop it first, or choose another --dir`,
  );
}

/** The cloud and board of a killed demo end by themselves, a moment later. */
async function waitForLeftovers({ cloud, board }: Places, signal: AbortSignal): Promise<void> {
  const expected = 'the processes of an earlier demo to end';
  await until({ expected, timeoutS: leftoversS, signal }, async () => {
    const isCloudThere = await isLocked(join(cloud, 'lock'));
    return isCloudThere || (await isServing(join(board, 'bench.sock'))) ? undefined : true;
  });
}

async function isLocked(path: string): Promise<boolean> {
  if (await access(path).catch(() => true)) return false;
  const release = holdFile(path);
  release?.();
  return release === undefined;
}

async function fillFolder(places: Places, isFresh: boolean): Promise<void> {
  const { cloud, board, robot, logs } = places;
  if (isFresh) {
    const { dir: _dir, config: _config, ...folders } = places;
    for (const path of Object.values(folders)) await rm(path, { recursive: true, force: true });
  }
  for (const path of [cloud, board, robot, logs]) await makeFolder(path, 0o700);
  await linkAgentLog(places);
}

/**
 * A copy of the newest map. A link to it was printed, so it stays until there is a newer one, whatever else is removed.
 */
export const mapPicture = ({ dir }: Places): string => join(dir, 'map.png');

/** The longest socket paths are those of the bench and of the agent's local API. */
function checkDepth({ dir, board, robot }: Places): void {
  const sockets = [join(board, 'bench.sock'), join(robot, 'run', 'agent.sock')];
  const bytes = Math.max(...sockets.map((path) => Buffer.byteLength(path)));
  if (bytes <= socketBytesMax) return;
  throw usage(
    `--dir ${dir} is too deep: a socket's path in it has ${bytes} bytes, at most ${socketBytesMax} work`,
    'choose a shorter one, such as --dir /tmp/demo',
  );
}

async function contentOf(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw usage(`--dir ${dir} cannot be read (${codeOf(error)}), expected a folder`);
  }
}

/** The board writes the agent's log; here it is linked beside the others. */
async function linkAgentLog({ board, logs }: Places): Promise<void> {
  const link = join(logs, 'agent.log');
  await rm(link, { force: true });
  await symlink(join(board, 'agent.log'), link);
}
