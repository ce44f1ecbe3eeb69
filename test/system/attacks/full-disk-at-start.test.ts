import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callLocalApiAnywhere } from '../../../agent/io/local-api-place.ts';
import { openStore } from '../../../agent/io/store.ts';
import { openSqliteStore } from '../../../cloud-stub/store/sqlite.ts';
import type { Places } from '../../../tools/demo/places.ts';
import { killAgent } from '../../support/system-interruptions.ts';
import { logRecords } from '../../support/system-logs.ts';
import { makeWorkbench, type Workbench } from '../../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../../support/system-world.ts';

const run = promisify(execFile);

/** The robot's folder on a small medium of its own. */
async function onSmallMedium({ robot }: Places): Promise<AsyncDisposable> {
  const backup = await mkdtemp('/tmp/pf-');
  await cp(robot, backup, { recursive: true, verbatimSymlinks: true });
  await run('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'pilotfish-test', robot]);
  await cp(backup, robot, { recursive: true, verbatimSymlinks: true });
  await rm(backup, { recursive: true });
  return { [Symbol.asyncDispose]: async () => void (await run('umount', ['-l', robot])) };
}

const remount = (how: 'ro' | 'rw') => (robot: string) =>
  run('mount', ['-o', `remount,${how}`, robot]);
const filler = (robot: string) => join(robot, 'filler');
/** Not a byte more, nor in the log that an agent left behind which was cut off. */
function fill(robot: string): Promise<void> {
  openStore(join(robot, 'store.db'))[Symbol.dispose]();
  return writeFile(filler(robot), Buffer.alloc(4 << 20)).catch((error: { code?: string }) => {
    expect(error.code).toBe('ENOSPC');
  });
}

describe('a robot whose dataDir cannot be written at power-on', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await makeWorkbench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const request = ({ robot, places }: RobotWorld, method: string, params = {}) =>
    callLocalApiAnywhere({ robot, folder: join(places.robot, 'run') }, method, params);
  const reported = async ({ cloud, robot }: RobotWorld) => {
    const document = await cloud.operator.shadow(robot);
    const { reported } = (document?.state ?? {}) as { reported?: { agent?: { storage: string } } };
    return reported?.agent?.storage;
  };
  const untilReported = (world: RobotWorld, word: RegExp) =>
    world.until(`the storage to be ${word}`, async () => {
      const storage = await reported(world);
      return storage !== undefined && word.test(storage) ? storage : undefined;
    });
  /** The missions that the robot has reported and that the cloud has stored. */
  const confirmed = async (world: RobotWorld) => {
    const { history } = (await request(world, 'missions', { all: true })) as {
      history: { newest: { missionId: string }[] };
    };
    return history.newest.map(({ missionId }) => missionId);
  };
  const clean = async (world: RobotWorld, count: number) => {
    await world.board.press();
    return world.until(
      `mission ${count} to be confirmed`,
      async () => {
        const ids = await confirmed(world);
        return ids.length === count ? ids : undefined;
      },
      60,
    );
  };

  it.each([
    ['full', fill, (robot: string) => rm(filler(robot)), /^reduced: /],
    ['read-only', remount('ro'), remount('rw'), /^reduced: /],
  ])(
    'connects and works on a %s medium, and stores everything after there is room',
    async (_how, spoil, fix, word) => {
      await using world = await startRobotWorld({ ...bench, speed: 150, prepare: onSmallMedium });
      await clean(world, 1);
      await world.board.cutPower();
      await spoil(world.places.robot);
      await world.board.start();
      await untilReported(world, word);
      expect(await request(world, 'status')).toMatchObject({
        connection: { state: 'up' },
        storage: { state: 'reduced' },
      });
      // It keeps working, and its earlier missions are known.
      const ids = await clean(world, 2);
      await fix(world.places.robot);
      await untilReported(world, /^ok$/);
      expect(await request(world, 'status')).not.toHaveProperty('storage');
      await killAgent(world);
      await world.until('the missions after a restart', () =>
        confirmed(world).then(
          (after) => (after.length === 2 ? true : undefined),
          (error: { code?: string }) => {
            if (error.code !== 'starting') throw error;
            return undefined;
          },
        ),
      );
      expect((await confirmed(world)).toSorted()).toEqual(ids.toSorted());
      expect(await world.agentStatus()).not.toHaveProperty('safeMode');
      // Nobody else has noticed.
      const errors = logRecords(world.places.logs, 'cloud-stub').filter(
        ({ level }) => level === 'error',
      );
      expect(errors).toEqual([]);
      const { slots } = (await world.board.status()).boot;
      expect(slots).toMatchObject([{ state: 'good' }, { state: 'empty' }]);
    },
  );
});

describe('a cloud whose folder cannot be written at its start', () => {
  const program = join(import.meta.dirname, '../../../cloud-stub/main.ts');
  const serve = (dir: string, ca: string) =>
    run(process.execPath, [
      ...[program, 'serve', '--dir', dir, '--ca', ca],
      ...['--mqtt-port', '0', '--https-port', '0'],
    ]).then(
      () => ({ code: 0, stderr: '' }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    );

  it.each([
    ['full', fill, 'store-full'],
    ['read-only', remount('ro'), 'store-read-only'],
  ])(
    'reports that it is %s with a code and a remedy, and does not suggest moving a valid file',
    async (_how, spoil, code) => {
      await using bench = await makeWorkbench();
      const dir = join(bench.home, 'cloud');
      await using _medium = await onSmallMedium({ robot: dir } as Places);
      openSqliteStore(join(dir, 'cloud.db')).close();
      await spoil(dir);
      const ended = await serve(dir, join(bench.home, 'factory', 'ca.crt'));
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(/^cloud-stub: .*\n {2}.*\n$/);
      expect(ended.stderr).toMatch(new RegExp(`\\((${code}|store-out-of-reach|ENOSPC|EROFS)\\)`));
      expect(ended.stderr).not.toContain('move the file away');
    },
  );
});
