import { describe, expect, it } from 'vitest';
import { groupArn, jobsWorld, minuteMs } from '../../support/cloud-jobs.ts';

/** Things that leave a job with windows while they wait for their next execution, and come back. */

const hourMs = 60 * minuteMs;
const toStartMs = Date.parse('2023-11-15T02:00Z') - 1_700_000_000_000;
const nightly = { startTime: 'cron(0 2 * * ? *)', durationInMinutes: 60 };
const rate = { jobExecutionsRolloutConfig: { maximumPerMinute: 1 } };

/** A job for G1 (T1, T2) and G2 (T2, T3), whose first window is over. */
function afterWindow(more: object = {}) {
  const world = jobsWorld();
  const schedulingConfig = { maintenanceWindows: [nightly] };
  world.continuous([groupArn('G1'), groupArn('G2')], { schedulingConfig, ...more });
  world.pass(toStartMs);
  for (let n = 0; n < 60; n++) world.pass(minuteMs);
  expect(world.executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED', T3: 'QUEUED' });
  return world;
}

describe('a thing that left and came back', () => {
  it('has one execution when it joins another group while it waits for the rate', () => {
    const { add, remove, pass, executions, report } = afterWindow(rate);
    add('G2', 'T4');
    remove('G2', 'T3');
    add('G2', 'T3');
    pass(23 * hourMs);
    expect(executions()).toMatchObject({ T4: 'QUEUED', T3: 'REMOVED' });
    add('G1', 'T3');
    pass(minuteMs);
    expect(executions()).toMatchObject({ T3: 'QUEUED #2' });
    report('T3', 'SUCCEEDED');
    for (let n = 0; n < 5; n++) pass(minuteMs);
    expect(executions()).toMatchObject({ T3: 'SUCCEEDED #2' });
  });

  it.each([
    ['without a rate', {}],
    ['at a rate', rate],
  ])('twice between two windows gets the next number, %s', (_rate, more) => {
    const { add, remove, pass, executions } = afterWindow(more);
    for (let n = 0; n < 2; n++) {
      remove('G1', 'T1');
      if (n === 0) add('G1', 'T1');
    }
    expect(executions()).toMatchObject({ T1: 'REMOVED' });
    pass(23 * hourMs);
    expect(executions()).toMatchObject({ T1: 'REMOVED' });
    add('G1', 'T1');
    pass(minuteMs);
    expect(executions()).toMatchObject({ T1: 'QUEUED #2' });
  });

  it('and is gone again leaves nothing behind when the job is deleted', () => {
    const { add, remove, aws, world } = afterWindow();
    remove('G1', 'T1');
    add('G1', 'T1');
    remove('G1', 'T1');
    aws('DELETE', '/jobs/j1?force=true');
    expect(world.store.list('job_executions')).toEqual([]);
  });

  it('and waits at the end time keeps its last execution', () => {
    const endTime = '2023-11-16 01:00';
    const { add, remove, pass, executions, aws, world } = afterWindow({
      schedulingConfig: { maintenanceWindows: [nightly], endTime },
    });
    remove('G1', 'T1');
    add('G1', 'T1');
    pass(22 * hourMs);
    expect(executions()).toEqual({ T1: 'REMOVED', T2: 'QUEUED', T3: 'QUEUED' });
    aws('DELETE', '/jobs/j1?force=true');
    expect(world.store.list('job_executions')).toEqual([]);
  });
});
