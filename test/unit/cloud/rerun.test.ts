import { describe, expect, it } from 'vitest';
import { expectedReads } from '../../../cloud-stub/core/expected-reads.ts';
import { receiveMessage } from '../../../cloud-stub/core/pipeline.ts';
import { type Read, runOn } from '../../../cloud-stub/core/rerun.ts';
import { type Inbound, route } from '../../../cloud-stub/core/router.ts';
import { attempt, type Context } from '../../../cloud-stub/core/unit.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import type { ThingRow } from '../../../cloud-stub/thing-rows.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  bytesOf,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  robot,
  startMs,
} from '../../support/cloud-world.ts';
import { createShared, type MemoryShared } from '../../support/shared-store.ts';

const { config } = createCloudWorld();
const parts = { entropy: () => '0', config, nowMs: startMs };
const thing = (thingName: string, createdMs = 1): ThingRow => ({
  thingName,
  thingId: 'i',
  createdMs,
});
const newShared = () => createShared(createMemoryStore());

/** Counts in a thing's row, as a handler that reads and writes it. */
const increment = (name: string) => (ctx: Context) => {
  const count = (ctx.store.get('things', name)?.createdMs ?? 0) + 1;
  ctx.store.put('things', name, thing(name, count));
  ctx.emit({ topic: `${count}`, payload: new Uint8Array() });
  return count;
};

describe('a unit of work on a shared store', () => {
  it('is run again for each read that it lacks, and only its last run emits', async () => {
    const shared = newShared();
    let runs = 0;
    const { result, emitted } = await runOn(shared, parts, (ctx) => {
      runs += 1;
      ctx.log.info({}, `run ${runs}`);
      ctx.store.list('presence');
      ctx.store.listBefore('timers', '~', 4);
      return increment('R1')(ctx);
    });
    expect(result).toBe(1);
    expect(shared.counts).toEqual({ fetches: 3, commits: 1, conflicts: 0 });
    expect(emitted).toMatchObject([{ message: 'run 4' }, { message: { topic: '1' } }]);
  });

  it('needs one fetch when its reads were expected', async () => {
    const shared = newShared();
    const expected: Read[] = [{ kind: 'row', table: 'things', key: 'R1' }];
    await runOn(shared, parts, increment('R1'), expected);
    expect(shared.counts).toEqual({ fetches: 1, commits: 1, conflicts: 0 });
  });

  it('is not decided by a handler that catches the end of its run', async () => {
    const shared = newShared();
    await runOn(shared, parts, increment('R1'));
    const { result } = await runOn(shared, parts, (ctx) => {
      const tried = attempt(ctx, (inner) => inner.store.get('things', 'R1'));
      ctx.store.put('things', 'caught', thing(tried.ok ? 'never' : 'caught'));
      try {
        return ctx.store.get('presence', 'R1') ?? tried;
      } catch {
        return 'swallowed';
      }
    });
    expect(result).toEqual({ ok: true, value: thing('R1') });
    expect((await shared.fetch([{ kind: 'list', table: 'things', prefix: '' }]))[0]?.rows).toEqual([
      { key: 'R1', value: thing('R1') },
      { key: 'caught', value: thing('never') },
    ]);
  });

  it('throws what its handler throws, and has stored nothing', async () => {
    const shared = newShared();
    const failing = runOn(shared, parts, (ctx) => {
      increment('R1')(ctx);
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(shared.counts.commits).toBe(0);
  });

  it('draws the same random numbers in each run', async () => {
    const shared = newShared();
    let n = 0;
    const entropy = (bytes: number) => String(++n).padStart(2 * bytes, '0');
    const { result } = await runOn(shared, { ...parts, entropy }, (ctx) => {
      const ids = [ctx.entropy(4), ctx.entropy(8)];
      for (const id of ids) ctx.store.get('commands', `R1/${id}`);
      return [...ids, ctx.entropy(4)];
    });
    expect(result).toEqual(['00000001', '0000000000000002', '00000003']);
  });

  it('only reads: commits nothing', async () => {
    const shared = newShared();
    await runOn(shared, parts, (ctx) => ctx.store.get('things', 'R1'));
    expect(shared.counts).toEqual({ fetches: 1, commits: 0, conflicts: 0 });
  });

  it('runs on the new rows after another one has committed in between', async () => {
    const shared = newShared();
    const others = [1, 2, 3];
    const meeting: MemoryShared = {
      ...shared,
      async commit(writes, fences) {
        if (others.pop() !== undefined) await runOn(shared, parts, increment('R1'));
        return shared.commit(writes, fences);
      },
    };
    const { result } = await runOn(meeting, parts, increment('R1'));
    expect(result).toBe(4);
    expect(shared.counts.conflicts).toBe(3);
  });

  it('does not mix rows of two versions of one owner', async () => {
    const shared = newShared();
    const both = (ctx: Context) => {
      for (const table of ['things', 'decommissioned'] as const) {
        ctx.store.put(table, 'R1', { atMs: 1, ...thing('R1', 1 + n()) } as never);
      }
    };
    let count = 0;
    const n = () => count;
    await runOn(shared, parts, both);
    const seen: unknown[] = [];
    const meeting: MemoryShared = {
      ...shared,
      async fetch(reads) {
        const fetched = await shared.fetch(reads);
        // Between the reads of the first and the second row.
        if (count++ === 0) await runOn(shared, parts, both);
        return fetched;
      },
    };
    await runOn(meeting, parts, (ctx) => {
      const first = ctx.store.get('things', 'R1')?.createdMs;
      const second = ctx.store.get('decommissioned', 'R1') as unknown as ThingRow;
      seen.push([first, second.createdMs]);
    });
    expect(seen).toEqual([[2, 2]]);
  });

  it('gives up with a code when it meets a conflict each time', async () => {
    const shared = newShared();
    const hostile: MemoryShared = { ...shared, commit: async () => false };
    await expect(runOn(hostile, parts, increment('R1'))).rejects.toMatchObject({
      code: 'store-busy',
    });
  });
});

describe('two processes that get the same messages', () => {
  const report = (name: string, n: number): Inbound => ({
    robot: name,
    topic: `robots/${name}/up/missions/report`,
    payload: bytesOf({
      v: 1,
      reports: [missionDocument({ missionId: `${epoch}-${n}`, ended: true, bodyMission: `b${n}` })],
    }),
  });

  it('store each mission and archive it once, whoever was first', async () => {
    const store = createMemoryStore();
    const shared = createShared(store);
    let n = 0;
    const entropy = (bytes: number) => String(++n).padStart(2 * bytes, '0');
    const receive = (message: Inbound) =>
      runOn(
        shared,
        { ...parts, entropy },
        (ctx) => receiveMessage(ctx, route(message)),
        expectedReads(route(message)),
      );
    const robots = ['R1', 'R2', 'R3', 'R4'];
    const messages = robots.flatMap((name) => [1, 2, 3, 4, 5].map((i) => report(name, i)));
    await Promise.all([...messages, ...messages, ...messages].map(receive));
    expect(store.list('missions')).toHaveLength(20);
    expect(store.list('archive_outbox')).toHaveLength(20);
    for (const { value } of store.list('missions')) {
      expect(value.counts).toMatchObject({ received: 3, duplicates: 2 });
    }
    expect(shared.counts.conflicts).toBeGreaterThan(0);
  });
});

describe('the expected reads', () => {
  /** How many fetches `message` needs in a world that has lived. */
  async function fetchesFor(topic: string, body: unknown): Promise<number> {
    const world = createCloudWorld();
    world.enter(robot);
    const operator = operatorOf(world.cloud);
    operator.createJob({ jobId: 'J', targets: [robot], document: '{}' }, world.nowMs);
    operator.sendCommand(
      { robot, command: 'dock', expiresMs: world.nowMs + 9000, id: 'c1' },
      world.nowMs,
    );
    const known = missionDocument({ missionId: `${epoch}-1`, ended: true, map: mapRef });
    world.send(`robots/${robot}/up/missions/report`, { v: 1, reports: [known] });
    world.send(`$aws/things/${robot}/shadow/update`, { state: { reported: { a: 1 } } });
    const shared = createShared(world.store);
    const message = route({ robot, topic, payload: bytesOf(body) });
    await runOn(shared, parts, (ctx) => receiveMessage(ctx, message), expectedReads(message));
    return shared.counts.fetches;
  }
  const aws = `$aws/things/${robot}`;
  const up = `robots/${robot}/up`;
  const outcome = {
    ...{ v: 1, id: 'c1', outcome: 'done' },
    at: { wallMs: startMs, quality: 'synced', boot: 1, monoMs: 1 },
  };
  const ended = missionDocument({ missionId: `${epoch}-2`, ended: true, bodyMission: 'b2' });

  it.each([
    [`${up}/missions/report`, { v: 1, reports: [ended] }, 1],
    [`${up}/missions/report`, { v: 1, reports: [missionDocument()] }, 1],
    [`${up}/maps/upload`, { v: 1, missionId: `${epoch}-1`, map: mapRef }, 1],
    [`${up}/commands/outcome`, outcome, 1],
    [`${up}/time`, { v: 1, token: '0123456789abcdef' }, 0],
    [`${aws}/shadow/get`, '', 1],
    [`${aws}/shadow/update`, { state: { reported: { a: 2 } } }, 1],
    [`${aws}/shadow/name/n/get`, '', 1],
    [`${aws}/jobs/get`, '', 1],
    [`${aws}/jobs/J/get`, '', 1],
    [`${aws}/jobs/J/update`, { status: 'SUCCEEDED' }, 1],
    // Which job is next is known only from the executions: its own rows come after them.
    [`${aws}/jobs/$next/get`, '', 2],
    [`${aws}/jobs/start-next`, '', 3],
  ])('of %s need few round trips (row %#)', async (topic, body, fetches) => {
    expect(await fetchesFor(topic, body)).toBe(fetches);
  });
});
