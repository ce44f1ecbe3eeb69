import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { usage } from '../../base/cli.ts';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { makeFolder } from '../../base/files.ts';
import { answers } from '../../hal/sim/wire/server.ts';

/** Everything of the day lies under one folder. */
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

/** The day's folder when none is named. */
export const usualDir = '.pilotfish';

/** What the kernel takes for a Unix socket's path. */
const socketBytesMax = 107;
/** Marks a folder as a day's, so that `--fresh` never empties another one. */
const mark = 'day.json';

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

/**
 * Makes the day's folder, begun anew when `isFresh`. Throws `usage` when it is too deep for sockets or holds something
 * else, `day-running` when another day is at work in it.
 */
export async function preparePlaces(folder: string, isFresh: boolean): Promise<Places> {
  const places = placesIn(folder);
  const { dir } = places;
  checkDepth(places);
  const content = await contentOf(dir);
  if (content.length > 0 && !content.includes(mark)) {
    throw usage(`--dir ${dir} holds something else`, 'choose an empty folder, or a new one');
  }
  if (await answers(join(places.board, 'bench.sock'))) {
    throw new PilotfishError('day-running', `a robot lives its day in ${dir} already`, {
      hint: 'stop that one first, or choose another --dir',
    });
  }
  const { cloud, board, robot, logs } = places;
  if (isFresh) {
    const { dir: _dir, config: _config, ...folders } = places;
    for (const path of [...Object.values(folders), mapPicture(places)]) {
      await rm(path, { recursive: true, force: true });
    }
  }
  await makeFolder(dir);
  await writeFile(join(dir, mark), '{ "v": 1 }\n');
  for (const path of [cloud, board, robot, logs]) await makeFolder(path, 0o700);
  await linkAgentLog(places);
  return places;
}

/** The newest map, under a name short enough for a link. */
export const mapPicture = ({ dir }: Places): string => join(dir, 'map.png');

/** The longest sockets are the bench's and the agent's door. */
function checkDepth({ dir, board, robot }: Places): void {
  const sockets = [join(board, 'bench.sock'), join(robot, 'run', 'door.sock')];
  const bytes = Math.max(...sockets.map((path) => Buffer.byteLength(path)));
  if (bytes <= socketBytesMax) return;
  throw usage(
    `--dir ${dir} is too deep: a socket's path in it has ${bytes} bytes, at most ${socketBytesMax} work`,
    'choose a shorter one, such as --dir /tmp/day',
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

/** The board writes the agent's log; here it lies beside the others. */
async function linkAgentLog({ board, logs }: Places): Promise<void> {
  const link = join(logs, 'agent.log');
  await rm(link, { force: true });
  await symlink(join(board, 'agent.log'), link);
}
