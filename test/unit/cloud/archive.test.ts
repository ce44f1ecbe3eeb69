import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchiveFiles, readArchive } from '../../../cloud-stub/archive-files.ts';
import { type ArchiveEntry, tableNames } from '../../../cloud-stub/rows.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  type CloudWorld,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  robot,
  startMs,
} from '../../support/cloud-world.ts';

const report = `robots/${robot}/up/missions/report`;
const dayMs = 24 * 3_600_000;
const ended = (n: number, change: object = {}) =>
  missionDocument({ missionId: `${epoch}-${n}`, ended: true, bodyMission: `b${n}`, ...change });
const list = (...reports: unknown[]) => ({ v: 1, reports });
const archived = (world: CloudWorld) =>
  world.store.list('archive_outbox').map(({ value: { seq, day, payload } }) => {
    return [seq, day, JSON.parse(payload) as unknown];
  });
const tables = (world: CloudWorld) =>
  Object.fromEntries(tableNames.map((table) => [table, world.store.list(table)]));
const command = (world: CloudWorld, id: string) => {
  const expiresMs = world.nowMs + 60_000;
  operatorOf(world.cloud).sendCommand({ robot, command: 'dock', expiresMs, id }, world.nowMs);
  const at = { wallMs: startMs, quality: 'synced', boot: 1, monoMs: 1 };
  return { v: 1, id, outcome: 'done', at };
};

describe('the archive', () => {
  it('stores each message that brought something final, unchanged, once, in order', () => {
    const world = createCloudWorld();
    const outcome = command(world, 'c1');
    const first = list(ended(1), missionDocument({ missionId: `${epoch}-2` }), { bad: true });
    world.send(report, first);
    world.send(report, first);
    world.send(report, list(missionDocument({ missionId: `${epoch}-3` })));
    world.send(report, list(ended(1, { batteryPct: 3 })));
    world.send(report, '{');
    world.nowMs += dayMs;
    for (let i = 0; i < 2; i++) world.send(`robots/${robot}/up/commands/outcome`, outcome);
    const reReported = list(ended(1, { missionId: `ffffffffffffffff-1` }));
    for (let i = 0; i < 2; i++) world.send(report, reReported);
    expect(archived(world)).toEqual([
      [1, '2023-11-14', first],
      [2, '2023-11-15', outcome],
      [3, '2023-11-15', reReported],
    ]);
  });

  it('keeps counting after the files hold an entry, and never goes back to an earlier day', () => {
    const world = createCloudWorld();
    world.send(report, list(ended(1)));
    world.cloud.archived(world.cloud.unarchived());
    world.nowMs -= 30 * dayMs;
    world.send(report, list(ended(2)));
    expect(archived(world)).toEqual([[2, '2023-11-14', list(ended(2))]]);
  });
});

describe('a database without archive numbers', () => {
  it('continues after the highest number in the files', () => {
    const world = createCloudWorld();
    world.cloud.archiveFrom(7);
    world.send(report, list(ended(1)));
    world.cloud.archiveFrom(7);
    world.send(report, list(ended(2)));
    expect(archived(world).map(([seq]) => seq)).toEqual([8, 9]);
  });
});

describe('a replay', () => {
  /** Messages of a robot that change every table. */
  function lived(): CloudWorld {
    const world = createCloudWorld();
    world.enter(robot);
    world.send(report, list(ended(1, { map: mapRef }), ended(4)));
    world.send(report, list(missionDocument({ missionId: `${epoch}-5` })));
    world.send(report, list(ended(1, { missionId: 'ffffffffffffffff-1', map: mapRef })));
    world.send(`robots/${robot}/up/commands/outcome`, command(world, 'c1'));
    world.send(report, list(ended(1, { batteryPct: 3 })));
    world.nowMs += 5000;
    world.cloud.tick(world.nowMs);
    return world;
  }

  it('changes nothing', () => {
    const world = lived();
    const before = tables(world);
    const entries = world.cloud.unarchived();
    expect(entries).toHaveLength(3);
    world.nowMs += dayMs;
    for (const entry of [...entries, ...entries]) {
      expect(operatorOf(world.cloud).replay(entry)).toBe(false);
    }
    expect(tables(world)).toEqual(before);
  });

  it('stores again what a restored database lacks, with its original time, without archiving it', () => {
    const entries = lived().cloud.unarchived();
    const world = createCloudWorld();
    const results = entries.map((entry) => operatorOf(world.cloud).replay(entry));
    // The command itself is not known here.
    expect(results).toEqual([true, true, false]);
    expect(world.store.list('missions').map(({ value }) => value)).toMatchObject([
      {
        missionId: `${epoch}-1`,
        otherIds: ['ffffffffffffffff-1'],
        firstSeenMs: startMs,
        map: { state: 'pending' },
      },
      { missionId: `${epoch}-4` },
    ]);
    expect(archived(world)).toEqual([]);
    expect(world.store.list('refusals')).toEqual([]);
  });

  it('passes on only messages of critical channels', () => {
    const { cloud, store } = createCloudWorld();
    const entry = { seq: 1, atMs: 1, day: '', robot, payload: '{}' };
    expect(operatorOf(cloud).replay({ ...entry, topic: `$aws/things/${robot}/shadow/get` })).toBe(
      false,
    );
    expect(operatorOf(cloud).replay({ ...entry, topic: 'robots/R2/up/missions/report' })).toBe(
      false,
    );
    expect(store.list('shadows')).toEqual([]);
  });
});

describe("the archive's files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'archive-')), 'archive');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  const entry = (seq: number, day = '2026-01-01', payload = '{"a":"\u2028"}'): ArchiveEntry => ({
    ...{ seq, atMs: Date.parse(day) + seq, day, robot, topic: report, payload },
  });
  const all = async (sinceMs = 0) => {
    const found: ArchiveEntry[] = [];
    for await (const one of readArchive(folder, sinceMs)) found.push(one);
    return found;
  };
  const numbers = async (sinceMs = 0) => (await all(sinceMs)).map(({ seq }) => seq);

  it('hold a line for each message, by day, and return them in order and since a given time', async () => {
    expect(await all()).toEqual([]);
    const files = await openArchiveFiles(folder);
    const entries = [entry(1), entry(2), entry(3, '2026-01-02')];
    await files.append(entries.slice(0, 1));
    await files.append(entries.slice(1));
    expect(await readdir(folder)).toEqual(['2026-01-01.jsonl', '2026-01-02.jsonl']);
    expect(await all()).toEqual(entries);
    expect(await numbers(Date.parse('2026-01-02'))).toEqual([3]);
  });

  it('store nothing twice, even after a crash between file and database', async () => {
    await (await openArchiveFiles(folder)).append([entry(1), entry(2)]);
    const again = await openArchiveFiles(folder);
    await again.append([entry(1), entry(2), entry(3)]);
    await again.append([entry(3), entry(4)]);
    expect(await numbers()).toEqual([1, 2, 3, 4]);
  });

  it.each(['', '{"seq":3,"atMs":', `{"seq":3,"atMs":1,"payload":"${'x'.repeat(400_000)}`])(
    'lose a torn line %.20j and nothing else',
    async (torn) => {
      await (await openArchiveFiles(folder)).append([entry(1), entry(2)]);
      await appendFile(join(folder, '2026-01-01.jsonl'), torn);
      await (await openArchiveFiles(folder)).append([entry(2), entry(3), entry(4)]);
      expect(await numbers()).toEqual([1, 2, 3, 4]);
      const text = await readFile(join(folder, '2026-01-01.jsonl'), 'utf8');
      expect(text.split('\n')).toHaveLength(5);
    },
  );

  it('find their last number when the newest file is still empty', async () => {
    await (await openArchiveFiles(folder)).append([entry(1)]);
    await writeFile(join(folder, '2026-01-02.jsonl'), '{"se');
    await (await openArchiveFiles(folder)).append([entry(1), entry(2, '2026-01-02')]);
    expect(await numbers()).toEqual([1, 2]);
  });

  it('append everything unwritten after a failure', async () => {
    const files = await openArchiveFiles(folder);
    await files.append([entry(1)]);
    const lost = { ...entry(2), day: '2026/01' };
    await expect(files.append([lost])).rejects.toThrow('ENOENT');
    await files.append([entry(2), entry(3)]);
    expect(await numbers()).toEqual([1, 2, 3]);
  });
});
