import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCloud } from '../../../cloud-stub/cloud.ts';
import { createChanges } from '../../../cloud-stub/core/changes.ts';
import { attempt, type Context, workOn } from '../../../cloud-stub/core/unit.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import type { ThingRow } from '../../../cloud-stub/thing-rows.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

const thing = (thingName: string): ThingRow => ({ thingName, thingId: 'i', createdMs: 1 });
const message = (topic: string) => ({ topic, payload: new Uint8Array() });
const { config } = createCloudWorld();
const parts = { entropy: () => '0', config, nowMs: 7 };

/** A log that records its lines. */
function recordingLog() {
  const lines: string[] = [];
  const at = (level: string) => (fields: object, text: string) =>
    void lines.push(`${level} ${text} ${JSON.stringify(fields)}`);
  const log = {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    child: () => log,
  };
  return { log, lines };
}

describe('a unit of work', () => {
  it('reads its own writes, which are not stored before the commit', () => {
    const store = createMemoryStore();
    const { result, writes } = workOn(store, parts, (ctx) => {
      ctx.store.put('things', 'a', thing('a'));
      ctx.store.put('things', 'b', thing('b'));
      ctx.store.remove('things', 'a');
      return ctx.store.list('things').map(({ key }) => key);
    });
    expect(result).toEqual(['b']);
    expect(store.list('things')).toEqual([]);
    store.commit(writes);
    expect(store.list('things').map(({ key }) => key)).toEqual(['b']);
  });

  it('emits nothing, not even a log line, when its commit fails', () => {
    const store = createMemoryStore();
    const { log, lines } = recordingLog();
    const commit = () => {
      throw new Error('disk full');
    };
    const cloud = createCloud({ store: { ...store, commit }, entropy: () => '0', config, log });
    const work = (ctx: Context) => {
      ctx.emit(message('a'));
      ctx.enqueue({ kind: 'drop', robot: 'R1' });
      ctx.log.warn({ robotId: 'R1' }, 'done');
    };
    expect(() => cloud.serve(0, work)).toThrow('disk full');
    expect([lines, cloud.takeTasks()]).toEqual([[], []]);
  });

  it('emits its messages, tasks and log lines after the commit, in their order', () => {
    const { log, lines } = recordingLog();
    const store = createMemoryStore();
    const cloud = createCloud({ store, entropy: () => '0', config, log });
    const { outbound } = cloud.serve(0, (ctx) => {
      ctx.emit(message('a'), message('b'));
      ctx.log.child({ robotId: 'R1' }).info({ jobId: 'j' }, 'one');
      ctx.enqueue({ kind: 'drop', robot: 'R1' });
      ctx.emit(message('c'));
      ctx.log.error({}, 'two');
      expect(lines).toEqual([]);
    });
    expect(outbound.map(({ topic }) => topic)).toEqual(['a', 'b', 'c']);
    expect(lines).toEqual(['info one {"robotId":"R1","jobId":"j"}', 'error two {}']);
    expect(cloud.takeTasks()).toEqual([{ kind: 'drop', robot: 'R1' }]);
  });

  it('refuses to begin within another one, and nothing of either is stored', () => {
    const store = createMemoryStore();
    const { log } = recordingLog();
    const cloud = createCloud({ store, entropy: () => '0', config, log });
    const put = ({ store: rows }: Context) => rows.put('things', 'R1', thing('R1'));
    expect(() =>
      cloud.serve(0, (ctx) => {
        put(ctx);
        cloud.serve(0, put);
      }),
    ).toThrow('within another one');
    expect(store.list('things')).toEqual([]);
    cloud.serve(0, put);
    expect(store.list('things')).toHaveLength(1);
  });

  it('commits nothing for a request that only reads', () => {
    const committed: unknown[] = [];
    const store = createMemoryStore();
    const commit = (writes: readonly unknown[]) => void committed.push(...writes);
    const { log } = recordingLog();
    const cloud = createCloud({ store: { ...store, commit }, entropy: () => '0', config, log });
    cloud.serve(0, (ctx) => ctx.store.list('things'));
    cloud.receive(
      { robot: 'R1', topic: '$aws/things/R1/shadow/get', payload: new Uint8Array() },
      0,
    );
    expect(committed).toEqual([]);
  });
});

describe('an attempt within a unit of work', () => {
  it('keeps what it did when it succeeds', () => {
    const { result, writes, emitted } = workOn(createMemoryStore(), parts, (ctx) => {
      ctx.store.put('things', 'a', thing('a'));
      ctx.emit(message('before'));
      return attempt(ctx, (inner) => {
        inner.store.remove('things', 'a');
        inner.store.put('things', 'b', thing('b'));
        inner.emit(message('inside'));
        inner.log.info({}, 'line');
        return inner.store.list('things').length;
      });
    });
    expect(result).toEqual({ ok: true, value: 1 });
    expect(writes).toEqual([
      { table: 'things', key: 'a' },
      { table: 'things', key: 'b', value: thing('b') },
    ]);
    expect(emitted.map(({ kind }) => kind)).toEqual(['message', 'message', 'line']);
  });

  it('has done nothing when it throws', () => {
    const failure = new Error('broken');
    const { result, writes, emitted } = workOn(createMemoryStore(), parts, (ctx) => {
      ctx.store.put('things', 'a', thing('a'));
      return attempt(ctx, (inner) => {
        inner.store.put('things', 'a', thing('changed'));
        inner.store.put('things', 'b', thing('b'));
        inner.emit(message('inside'));
        inner.confirm('R1', []);
        inner.enqueue({ kind: 'drop', robot: 'R1' });
        inner.log.info({}, 'line');
        throw failure;
      });
    });
    expect(result).toEqual({ ok: false, error: failure });
    expect(writes).toEqual([{ table: 'things', key: 'a', value: thing('a') }]);
    expect(emitted).toEqual([]);
  });
});

describe('changes over stored rows', () => {
  const keys = fc.constantFrom('a', 'a/1', 'a/2', 'b', 'b/1', 'c');
  const steps = fc.array(fc.record({ key: keys, isPut: fc.boolean(), atMs: fc.nat() }));

  it('read as if they were stored', () => {
    fc.assert(
      fc.property(steps, steps, keys, fc.integer({ min: 1, max: 4 }), (before, after, key, max) => {
        const stored = createMemoryStore();
        const changes = createChanges(stored);
        const whole = createMemoryStore();
        const run = (
          list: typeof steps extends fc.Arbitrary<infer T> ? T : never,
          isAll: boolean,
        ) => {
          for (const { key: at, isPut, atMs } of list) {
            const value = { ...thing(at), createdMs: atMs };
            const write = { table: 'things', key: at, ...(isPut ? { value } : {}) } as const;
            whole.commit([write]);
            if (isAll) stored.commit([write]);
            else if (isPut) changes.put('things', at, value);
            else changes.remove('things', at);
          }
        };
        run(before, true);
        run(after, false);
        expect(changes.get('things', key)).toEqual(whole.get('things', key));
        expect(changes.list('things', key)).toEqual(whole.list('things', key));
        expect(changes.listBefore('things', key, max)).toEqual(
          whole.listBefore('things', key, max),
        );
        stored.commit(changes.writes());
        expect(stored.list('things')).toEqual(whole.list('things'));
      }),
    );
  });

  it('are not changed through a value that was put or returned', () => {
    const changes = createChanges(createMemoryStore());
    const mine = thing('R1');
    changes.put('things', 'R1', mine);
    mine.createdMs = 7;
    const read = changes.get('things', 'R1');
    if (read) read.createdMs = 8;
    for (const { value } of changes.list('things')) value.createdMs = 9;
    expect(changes.get('things', 'R1')).toEqual(thing('R1'));
  });
});
