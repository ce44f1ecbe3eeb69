import { describe, expect, it } from 'vitest';
import { runDue } from '../../../cloud-stub/core/due.ts';
import type { Context } from '../../../cloud-stub/core/unit.ts';
import { dueTimers, setTimer } from '../../../cloud-stub/services/timers.ts';
import type { TimerRow } from '../../../cloud-stub/timer-rows.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, readAll, robot, startMs } from '../../support/cloud-world.ts';

const timer = (id: string): TimerRow => ({ kind: 'command', id });

/** Runs `work` in a unit of work of its own. */
function units() {
  const world = createCloudWorld();
  const run = <T>(work: (ctx: Context) => T, nowMs = startMs) =>
    world.cloud.serve(nowMs, work).result;
  return { world, run };
}

describe('a timer', () => {
  it('is due at its time, the earliest first, and not before', () => {
    const { run } = units();
    run((ctx) => {
      for (const [id, ms] of [
        ['late', 300],
        ['soon', 100],
        ['next', 200],
      ] as const) {
        setTimer(ctx, timer(id), startMs + ms);
      }
    });
    const due = (ms: number) => run((ctx) => dueTimers(ctx, 9), startMs + ms).map(({ id }) => id);
    expect([due(99), due(100), due(250), due(300)]).toEqual([
      [],
      ['soon'],
      ['soon', 'next'],
      ['soon', 'next', 'late'],
    ]);
    expect(run((ctx) => dueTimers(ctx, 1), startMs + 999)).toEqual([timer('soon')]);
  });

  it('that is set again is moved, and leaves nothing when it is removed', () => {
    const { world, run } = units();
    run((ctx) => setTimer(ctx, timer('a'), startMs + 1000));
    run((ctx) => setTimer(ctx, timer('a'), startMs + 5000));
    expect(run((ctx) => dueTimers(ctx, 9), startMs + 4999)).toEqual([]);
    expect(world.store.list('timers')).toHaveLength(1);
    run((ctx) => setTimer(ctx, timer('a'), undefined));
    run((ctx) => setTimer(ctx, timer('a'), undefined));
    expect([world.store.list('timers'), world.store.list('timer_times')]).toEqual([[], []]);
  });

  it('whose row is gone does nothing and is not found again', () => {
    const { world, run } = units();
    const kinds = [
      ...(['command', 'execution', 'ended', 'gaps', 'tokens', 'retirement'] as const),
      ...(['job', 'rollout', 'backlog'] as const),
    ];
    run((ctx) => {
      for (const kind of kinds) setTimer(ctx, { kind, id: 'R1/x' }, startMs - 1);
    });
    world.cloud.tick(startMs);
    expect([world.store.list('timers'), world.store.list('timer_times')]).toEqual([[], []]);
  });

  it('whose work fails is retried a minute later, and does not keep the others from theirs', () => {
    const { world } = units();
    world.enter(robot);
    const expiresMs = world.nowMs + 600_000;
    const order = (id: string) =>
      operatorOf(world.cloud).sendCommand({ robot, command: 'dock', expiresMs, id }, world.nowMs);
    order('bad');
    order('good');
    const [bad] = world.store.list('commands', `${robot}/bad`);
    world.store.commit([
      { table: 'commands', key: `${robot}/bad`, value: { ...bad?.value, command: null } as never },
    ]);
    world.nowMs += 10_000;
    const sent = readAll(world.cloud.tick(world.nowMs)).map(([, { id }]) => id);
    expect(sent).toEqual(['good']);
    expect(world.store.get('timer_times', `command/${robot}/bad`)).toEqual({
      dueMs: world.nowMs + 60_000,
    });
  });

  it('does at most a bounded number of things in one tick', () => {
    const { world, run } = units();
    run((ctx) => {
      for (let n = 0; n < 700; n++) setTimer(ctx, timer(`R/${n}`), startMs + 1);
    });
    run(runDue, startMs + 1);
    expect(world.store.list('timers')).toHaveLength(200);
    run(runDue, startMs + 1);
    expect(world.store.list('timers')).toEqual([]);
  });
});
