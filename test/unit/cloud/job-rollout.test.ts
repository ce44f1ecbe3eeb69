import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../../cloud-stub/job-rows.ts';
import { readRollout } from '../../../cloud-stub/services/job-rollout.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, readAll } from '../../support/cloud-world.ts';

const minuteMs = 60_000;
const named = (count: number) =>
  Array.from({ length: count }, (_, n) => `R${String(n).padStart(2, '0')}`);
const robots = named(20);

/** A job for twenty robots that is rolled out. */
function rollingOut(rollout: Rollout | undefined, targets = robots) {
  const world = createCloudWorld();
  for (const robot of targets) world.enter(robot);
  const make = () =>
    operatorOf(world.cloud).createJob(
      { jobId: 'j1', targets, document: '{}', ...(rollout ? { rollout } : {}) },
      world.nowMs,
    );
  const made = make();
  if (!made.ok) throw new Error(made.message);
  return {
    world,
    make,
    queued: () => operatorOf(world.cloud).executionsOf('j1')?.length ?? 0,
    /** The robots that were notified within the next time. */
    pass(ms: number) {
      world.nowMs += ms;
      const sent = readAll(world.cloud.tick(world.nowMs)).map(([topic]) => topic);
      return sent.filter((topic) => topic.endsWith('/notify-next')).map((t) => t.split('/')[2]);
    },
    report: (robot: string, status: string) =>
      world.send(`$aws/things/${robot}/jobs/j1/update`, { status }, robot),
    job: () => operatorOf(world.cloud).describeJob('j1'),
  };
}

describe('a rollout', () => {
  it('queues so many executions a minute, in the order of the targets', () => {
    const { queued, pass, job } = rollingOut({ maximumPerMinute: 8 });
    expect(queued()).toBe(8);
    expect(pass(minuteMs - 1)).toEqual([]);
    expect(pass(1)).toEqual(robots.slice(8, 16));
    expect(pass(minuteMs)).toEqual(robots.slice(16));
    expect(pass(60 * minuteMs)).toEqual([]);
    expect(job()).not.toHaveProperty('rolledOut');
  });

  it('without a rate queues 500 executions a second, so that other requests are served meanwhile', () => {
    const targets = named(1200);
    const { queued, pass, job, report } = rollingOut(undefined, targets);
    expect(queued()).toBe(500);
    expect(pass(999)).toEqual([]);
    expect(pass(1)).toEqual(targets.slice(500, 1000));
    for (const robot of targets.slice(0, 1000)) report(robot, 'SUCCEEDED');
    expect(job()?.status).toBe('IN_PROGRESS');
    expect(pass(1000)).toEqual(targets.slice(1000));
    expect(job()).not.toHaveProperty('rolledOut');
  });

  it('does not end the job before the last target has its execution', () => {
    const { queued, pass, report, job } = rollingOut({ maximumPerMinute: 10 });
    for (const robot of robots.slice(0, 10)) report(robot, 'SUCCEEDED');
    expect(job()?.status).toBe('IN_PROGRESS');
    pass(minuteMs);
    expect(queued()).toBe(20);
    for (const robot of robots.slice(10)) report(robot, 'SUCCEEDED');
    expect(job()?.status).toBe('COMPLETED');
  });

  it('leaves out robots that were decommissioned since, and the job ends without them', () => {
    const { world, queued, pass, report, job } = rollingOut({ maximumPerMinute: 10 });
    const gone = robots.slice(10, 12);
    for (const robot of gone) operatorOf(world.cloud).decommission(robot, world.nowMs);
    expect(pass(minuteMs)).toEqual(robots.slice(12));
    expect(queued()).toBe(18);
    for (const robot of robots) if (!gone.includes(robot)) report(robot, 'SUCCEEDED');
    expect(job()?.status).toBe('COMPLETED');
  });

  it('ends the job when no robot of the last batch is left', () => {
    const { world, pass, report, job } = rollingOut({ maximumPerMinute: 10 });
    for (const robot of robots.slice(0, 10)) report(robot, 'SUCCEEDED');
    for (const robot of robots.slice(10)) operatorOf(world.cloud).decommission(robot, world.nowMs);
    expect(pass(minuteMs)).toEqual([]);
    expect(job()?.status).toBe('COMPLETED');
  });

  it('grows with the things that were notified', () => {
    const { queued, pass } = rollingOut({
      exponential: {
        ...{ baseRatePerMinute: 2, incrementFactor: 2 },
        ...{ by: 'numberOfNotifiedThings', every: 4 },
      },
    });
    const counts = [queued()];
    for (let n = 0; n < 4; n++) counts.push(pass(minuteMs).length);
    expect(counts).toEqual([2, 2, 4, 8, 4]);
  });

  it('grows with the things that have succeeded, up to its maximum', () => {
    const { pass, report } = rollingOut({
      maximumPerMinute: 5,
      exponential: {
        ...{ baseRatePerMinute: 2, incrementFactor: 3 },
        ...{ by: 'numberOfSucceededThings', every: 2 },
      },
    });
    expect(pass(minuteMs)).toHaveLength(2);
    for (const robot of robots.slice(0, 2)) report(robot, 'SUCCEEDED');
    expect(pass(minuteMs)).toHaveLength(5);
  });

  it.each(['cancelJob', 'deleteJob'] as const)('ends with %s, also under the same id', (end) => {
    const { world, make, queued, pass } = rollingOut({ maximumPerMinute: 3 });
    operatorOf(world.cloud)[end]({ jobId: 'j1', force: true }, world.nowMs);
    expect(world.store.list('timers')).toEqual([]);
    expect(pass(minuteMs)).toEqual([]);
    if (end === 'cancelJob') return;
    make();
    expect(queued()).toBe(3);
    expect(pass(minuteMs)).toHaveLength(3);
  });

  it('stops when the abort criteria are met', () => {
    const world = createCloudWorld();
    for (const robot of robots) world.enter(robot);
    const abort = [
      { failureType: 'FAILED', minNumberOfExecutedThings: 2, thresholdPercentage: 100 } as const,
    ];
    const request = { jobId: 'j1', targets: robots, document: '{}', abort };
    operatorOf(world.cloud).createJob(
      { ...request, rollout: { maximumPerMinute: 2 } },
      world.nowMs,
    );
    for (const robot of robots.slice(0, 2)) {
      world.send(`$aws/things/${robot}/jobs/j1/update`, { status: 'FAILED' }, robot);
    }
    world.nowMs += 10 * minuteMs;
    world.cloud.tick(world.nowMs);
    expect(operatorOf(world.cloud).executionsOf('j1')).toHaveLength(2);
    expect(operatorOf(world.cloud).describeJob('j1')?.status).toBe('CANCELED');
  });
});

describe('jobExecutionsRolloutConfig', () => {
  const rate = {
    ...{ baseRatePerMinute: 50, incrementFactor: 2 },
    rateIncreaseCriteria: { numberOfNotifiedThings: 1000 },
  };

  it('is read as AWS sends it', () => {
    expect(readRollout({ maximumPerMinute: 50 })).toMatchObject({
      value: { maximumPerMinute: 50 },
    });
    expect(readRollout({ exponentialRate: rate })).toEqual({
      ok: true,
      value: {
        exponential: {
          ...{ baseRatePerMinute: 50, incrementFactor: 2 },
          ...{ by: 'numberOfNotifiedThings', every: 1000 },
        },
      },
    });
    expect(readRollout(undefined)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    {},
    { maximumPerMinute: 0 },
    { maximumPerMinute: 1001 },
    { maximumPerMinute: '5' },
    { maximumPerMinute: 5, speed: 1 },
    { exponentialRate: {} },
    { exponentialRate: { ...rate, incrementFactor: 1 } },
    { exponentialRate: { ...rate, rateIncreaseCriteria: {} } },
    { exponentialRate: { ...rate, rateIncreaseCriteria: { numberOfLateThings: 1 } } },
    {
      exponentialRate: {
        ...rate,
        rateIncreaseCriteria: { numberOfNotifiedThings: 1, numberOfSucceededThings: 1 },
      },
    },
    { exponentialRate: { ...rate, odd: 1 } },
    'fast',
  ])('%j is rejected', (value) => {
    expect(readRollout(value)).toMatchObject({ ok: false, code: 'InvalidRequest' });
  });
});
