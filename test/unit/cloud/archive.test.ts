import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Archived, openArchiveFiles, readArchive } from '../../../cloud-stub/archive-files.ts';
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
  world.store
    .list('archive_outbox')
    .map(({ value: { payload } }) => JSON.parse(payload) as unknown);
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
    world.nowMs += 1;
    const reReported = list(ended(1, { missionId: `ffffffffffffffff-1` }));
    for (let i = 0; i < 2; i++) world.send(report, reReported);
    expect(archived(world)).toEqual([first, outcome, reReported]);
    const ids = world.store.list('archive_outbox').map(({ value }) => value.id);
    expect(new Set(ids).size).toBe(3);
  });

  it('is written under the robot alone, so that robots do not wait for each other', () => {
    const world = createCloudWorld();
    world.send(report, list(ended(1)));
    const [row] = world.store.list('archive_outbox');
    expect(row?.key).toBe(`${robot}/${String(startMs).padStart(15, '0')}-${row?.value.id}`);
    world.cloud.archived(world.cloud.unarchived());
    expect(world.store.list('archive_outbox')).toEqual([]);
  });

  it('is moved in the order of time, a limited number of messages at once', () => {
    const world = createCloudWorld();
    const robots = ['R3', 'R1', 'R2'];
    for (const name of robots) {
      world.nowMs += 1;
      world.send(`robots/${name}/up/missions/report`, list(ended(1)), name);
    }
    const moved = world.cloud.unarchived().map(({ value }) => value.robot);
    expect(moved).toEqual(robots);
    for (let n = 2; n < 600; n++) world.send(report, list(ended(n)));
    expect(world.cloud.unarchived()).toHaveLength(500);
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
    const entries = world.cloud.unarchived().map(({ value }) => value);
    expect(entries).toHaveLength(3);
    world.nowMs += dayMs;
    for (const entry of [...entries, ...entries]) {
      expect(operatorOf(world.cloud).replay(entry)).toBe(false);
    }
    expect(tables(world)).toEqual(before);
  });

  it('stores again what a restored database lacks, with its original time, without archiving it', () => {
    const entries = lived()
      .cloud.unarchived()
      .map(({ value }) => value);
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
    const entry = { id: '1', atMs: 1, robot, payload: '{}' };
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

  const [first, second] = ['2026-01-01', '2026-01-02'] as const;
  const entry = (n: number, payload = '{"a":"\u2028"}'): ArchiveEntry => ({
    ...{ id: `e${n}`, atMs: Date.parse(first) + n, robot, topic: report, payload },
  });
  const all = async (sinceMs = 0) => {
    const found: Archived[] = [];
    for await (const one of readArchive(folder, sinceMs)) found.push(one);
    return found;
  };
  const ids = async () => (await all()).map(({ id }) => id);
  const open = () => openArchiveFiles(folder);

  it('hold a line for each message, by day, and return them since a given time', async () => {
    expect(await all()).toEqual([]);
    const files = await open();
    await files.append([entry(1)], first);
    await files.append([entry(2)], first);
    await files.append([entry(3)], second);
    expect(await readdir(folder)).toEqual([`${first}.jsonl`, `${second}.jsonl`]);
    expect(await all()).toEqual([
      { ...entry(1), day: first },
      { ...entry(2), day: first },
      { ...entry(3), day: second },
    ]);
    expect(await all(entry(2).atMs)).toHaveLength(2);
  });

  it('never go back to an earlier day, because the newest file shows what is stored', async () => {
    const files = await open();
    await files.append([entry(1)], second);
    await files.append([entry(2)], first);
    expect(await readdir(folder)).toEqual([`${second}.jsonl`]);
  });

  it('store nothing twice, even after a crash between file and database', async () => {
    await (await open()).append([entry(1), entry(2)], first);
    const again = await open();
    await again.append([entry(1), entry(2), entry(3)], second);
    await again.append([entry(3), entry(4)], second);
    expect(await ids()).toEqual(['e1', 'e2', 'e3', 'e4']);
  });

  it('store nothing twice when the database fails and the next batch is another one', async () => {
    const files = await open();
    const entries = Array.from({ length: 500 }, (_, n) => entry(n));
    await files.append(entries, first);
    await files.append([entry(900), ...entries.slice(0, 499)], first);
    await files.append([entries[499] as ArchiveEntry, entry(901)], first);
    expect(new Set(await ids()).size).toBe(502);
    expect(await ids()).toHaveLength(502);
  });

  it.each(['', '{"id":"e3","atMs":', `{"id":"e3","atMs":1,"payload":"${'x'.repeat(400_000)}`])(
    'lose a torn line %.20j and nothing else',
    async (torn) => {
      await (await open()).append([entry(1), entry(2)], first);
      await appendFile(join(folder, `${first}.jsonl`), torn);
      await (await open()).append([entry(2), entry(3), entry(4)], first);
      expect(await ids()).toEqual(['e1', 'e2', 'e3', 'e4']);
      const text = await readFile(join(folder, `${first}.jsonl`), 'utf8');
      expect(text.split('\n')).toHaveLength(5);
    },
  );

  it('are repaired when the newest file has only a torn line', async () => {
    await (await open()).append([entry(1)], first);
    await writeFile(join(folder, `${second}.jsonl`), '{"i');
    await (await open()).append([entry(2)], second);
    expect(await ids()).toEqual(['e1', 'e2']);
  });

  it('append everything unwritten after a failure', async () => {
    const files = await open();
    await files.append([entry(1)], first);
    await expect(files.append([entry(2)], '2026/01')).rejects.toThrow('ENOENT');
    await files.append([entry(2), entry(3)], first);
    expect(await ids()).toEqual(['e1', 'e2', 'e3']);
  });
});
