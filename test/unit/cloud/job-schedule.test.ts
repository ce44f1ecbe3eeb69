import { describe, expect, it } from 'vitest';
import { arn, groupArn, jobsWorld, minuteMs } from '../../support/cloud-jobs.ts';

/** The world's clock begins on Tuesday, 2023-11-14 at 22:13:20. */
const hourMs = 60 * minuteMs;
const toStartMs = Date.parse('2023-11-15T02:00Z') - 1_700_000_000_000;
const nightly = { startTime: 'cron(0 2 * * ? *)', durationInMinutes: 60 };

/** A job for T1 and T2, or for G1, which they are in. */
function scheduled(schedulingConfig: unknown, more: { targetSelection?: string } = {}) {
  const world = jobsWorld();
  const isContinuous = more.targetSelection === 'CONTINUOUS';
  const targets = isContinuous ? [groupArn('G1')] : [arn('thing/T1'), arn('thing/T2')];
  const made = world.create(targets, { schedulingConfig, ...more });
  const end = (thing: string) => {
    world.report(thing, 'SUCCEEDED');
    world.pass(0);
  };
  return { ...world, made, end };
}
const continuous = (config: object) => scheduled(config, { targetSelection: 'CONTINUOUS' });

describe('a job with a start time', () => {
  it('is SCHEDULED without executions, and rolls out when the time comes', () => {
    const schedulingConfig = { startTime: '2023-11-15 02:00' };
    const { job, executions, pass, aws } = scheduled(schedulingConfig);
    expect(job()).toMatchObject({ status: 'SCHEDULED', schedulingConfig });
    expect(aws('GET', '/jobs?status=SCHEDULED').body.jobs).toHaveLength(1);
    expect(pass(toStartMs - 1)).toEqual([]);
    expect(executions()).toEqual({});
    const notified = pass(1).map(([topic]) => topic);
    expect(notified).toContain('$aws/things/T1/jobs/notify-next');
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
    expect(job().status).toBe('IN_PROGRESS');
  });

  it('completes when all of its executions have ended', () => {
    const { job, pass, end } = scheduled({ startTime: '2023-11-15T03:00+01:00' });
    pass(toStartMs);
    end('T1');
    expect(job().status).toBe('IN_PROGRESS');
    end('T2');
    expect(job().status).toBe('COMPLETED');
  });

  it('keeps to its rollout rate from then on', () => {
    const { executions, pass, create, aws } = jobsWorld();
    const rate = { jobExecutionsRolloutConfig: { maximumPerMinute: 1 } };
    create([arn('thing/T1'), arn('thing/T2')], {
      ...{ schedulingConfig: { startTime: '2023-11-15 02:00' }, ...rate },
    });
    pass(toStartMs);
    expect(executions()).toEqual({ T1: 'QUEUED' });
    pass(minuteMs);
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
    expect(aws('GET', '/jobs/j1').body.job).not.toHaveProperty('scheduledJobRollouts');
  });

  it('never starts after it was canceled', () => {
    const { aws, job, executions, pass } = scheduled({ startTime: '2023-11-15 02:00' });
    expect(aws('PUT', '/jobs/j1/cancel', {}).status).toBe(200);
    pass(toStartMs);
    expect([job().status, executions()]).toEqual(['CANCELED', {}]);
  });

  it('is deleted only by force', () => {
    const { aws } = scheduled({ startTime: '2023-11-15 02:00' });
    expect(aws('DELETE', '/jobs/j1').fault).toBe('InvalidStateTransition');
    expect(aws('DELETE', '/jobs/j1?force=true').status).toBe(200);
  });
});

describe('at its end time', () => {
  const endTime = '2023-11-15 02:00';
  const rate = { jobExecutionsRolloutConfig: { maximumPerMinute: 1 } };

  it('a job that stops its rollout lets what is queued go on, and completes with it', () => {
    const { create, pass, executions, job, report } = jobsWorld();
    create([arn('thing/T1')], { schedulingConfig: { endTime } });
    pass(toStartMs);
    expect([job().status, executions()]).toEqual(['IN_PROGRESS', { T1: 'QUEUED' }]);
    report('T1', 'SUCCEEDED');
    pass(0);
    expect(job().status).toBe('COMPLETED');
  });

  it('a job that stops its rollout gives no execution to the targets that are left', () => {
    const { create, pass, executions, job, report } = jobsWorld();
    const schedulingConfig = { startTime: '2023-11-15 01:59', endTime: '2023-11-15 02:29' };
    const things = ['T1', 'T2', 'T3', 'T4', 'T5'].map((name) => arn(`thing/${name}`));
    create(things, { schedulingConfig, ...rate });
    pass(toStartMs - minuteMs);
    report('T1', 'SUCCEEDED');
    // Nothing ran meanwhile: the end is due, and so is the next batch.
    pass(30 * minuteMs);
    pass(10 * minuteMs);
    expect([job().status, executions()]).toEqual(['COMPLETED', { T1: 'SUCCEEDED' }]);
  });

  it.each([
    ['CANCEL', 'IN_PROGRESS'],
    ['FORCE_CANCEL', 'CANCELED'],
  ])('%s cancels the job: what a robot works on is %s', (endBehavior, working) => {
    const { pass, executions, job, report } = scheduled({ endTime, endBehavior });
    report('T1', 'IN_PROGRESS');
    pass(toStartMs);
    expect(executions()).toEqual({ T1: working, T2: 'CANCELED' });
    expect(job()).toMatchObject({ status: 'CANCELED' });
  });

  it('a CONTINUOUS job takes no further things, and completes', () => {
    const { pass, executions, job, add, end, aws } = continuous({ endTime });
    pass(toStartMs);
    add('G1', 'T4');
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
    expect(aws('POST', '/jobs/j1/targets', { targets: [groupArn('G2')] }).fault).toBe(
      'InvalidRequest',
    );
    end('T1');
    end('T2');
    expect(job().status).toBe('COMPLETED');
  });
});

describe('a job with a maintenance window', () => {
  it('rolls out in the window, and keeps things that come later for the next one', () => {
    const { job, executions, pass, add } = continuous({ maintenanceWindows: [nightly] });
    expect([job().status, executions()]).toEqual(['SCHEDULED', {}]);
    pass(toStartMs);
    expect([job().status, executions()]).toEqual(['IN_PROGRESS', { T1: 'QUEUED', T2: 'QUEUED' }]);
    add('G1', 'T4');
    expect(executions()).toMatchObject({ T4: 'QUEUED' });
    pass(hourMs);
    expect(job().status).toBe('SCHEDULED');
    add('G1', 'T5');
    pass(22 * hourMs);
    expect(executions()).not.toHaveProperty('T5');
    pass(hourMs);
    expect([job().status, executions()]).toEqual([
      'IN_PROGRESS',
      { T1: 'QUEUED', T2: 'QUEUED', T4: 'QUEUED', T5: 'QUEUED' },
    ]);
  });

  it('continues in the next window what the rate left over', () => {
    const { create, executions, pass } = jobsWorld();
    create([groupArn('G1'), groupArn('G2')], {
      targetSelection: 'CONTINUOUS',
      jobExecutionsRolloutConfig: { maximumPerMinute: 1 },
      schedulingConfig: { maintenanceWindows: [{ ...nightly, durationInMinutes: 1 }] },
    });
    pass(toStartMs);
    expect(executions()).toEqual({ T1: 'QUEUED' });
    for (let n = 0; n < 10; n++) pass(minuteMs);
    expect(executions()).toEqual({ T1: 'QUEUED' });
    pass(24 * hourMs - 10 * minuteMs);
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
  });

  it('gives a thing that left and came back its next execution in the next window', () => {
    const { executions, pass, add, remove } = continuous({ maintenanceWindows: [nightly] });
    pass(toStartMs);
    pass(hourMs);
    remove('G1', 'T1');
    add('G1', 'T1');
    expect(executions()).toMatchObject({ T1: 'REMOVED' });
    pass(23 * hourMs);
    expect(executions()).toMatchObject({ T1: 'QUEUED #2', T2: 'QUEUED' });
  });

  it('gives a thing that has left in between none', () => {
    const { executions, pass, add, remove } = continuous({ maintenanceWindows: [nightly] });
    pass(toStartMs);
    pass(hourMs);
    add('G1', 'T4');
    remove('G1', 'T4');
    pass(23 * hourMs);
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
  });

  it('rolls out at once when it is made within the window', () => {
    const window = { startTime: 'cron(0 22 * * ? *)', durationInMinutes: 14 };
    const { job, executions, pass } = continuous({ maintenanceWindows: [window] });
    expect([job().status, executions()]).toEqual(['IN_PROGRESS', { T1: 'QUEUED', T2: 'QUEUED' }]);
    pass(minuteMs);
    expect(job().status).toBe('SCHEDULED');
  });

  it('goes on without a pause when its windows meet', () => {
    const window = { startTime: 'cron(0 * * * ? *)', durationInMinutes: 60 };
    const { job, pass } = continuous({ maintenanceWindows: [window] });
    for (let n = 0; n < 48; n++) {
      expect(job().status).toBe('IN_PROGRESS');
      pass(hourMs / 2);
    }
  });

  it('shows the next seven windows', () => {
    const { job } = continuous({ maintenanceWindows: [nightly] });
    const days = [15, 16, 17, 18, 19, 20, 21];
    expect(job().scheduledJobRollouts).toEqual(
      days.map((day) => ({ startTime: `2023-11-${day} 02:00` })),
    );
  });

  it('cancels by its abort criteria between two windows, too', () => {
    const { create, pass, report, job } = jobsWorld();
    const criterion = { action: 'CANCEL', failureType: 'FAILED' };
    create([groupArn('G1')], {
      targetSelection: 'CONTINUOUS',
      schedulingConfig: { maintenanceWindows: [nightly] },
      abortConfig: {
        criteriaList: [{ ...criterion, minNumberOfExecutedThings: 1, thresholdPercentage: 50 }],
      },
    });
    pass(toStartMs);
    pass(hourMs);
    report('T1', 'FAILED');
    pass(0);
    expect(job().status).toBe('CANCELED');
    pass(23 * hourMs);
    expect(job().status).toBe('CANCELED');
  });
});

describe('a schedule is an error', () => {
  const window = (change: object) => ({ maintenanceWindows: [{ ...nightly, ...change }] });
  it.each([
    ['no object', 'tomorrow'],
    ['empty', {}],
    ['with another member', { startTime: '2023-11-15 02:00', zone: 'CET' }],
    ['with a start in less than 30 minutes', { startTime: '2023-11-14 22:43' }],
    ['with a start in more than a year', { startTime: '2024-11-16 00:00' }],
    ['with a day that the month does not have', { startTime: '2024-02-30 00:00' }],
    ['with a date only', { startTime: '2023-11-15' }],
    ['with a number', { startTime: 1_700_010_000 }],
    ['with an end in less than 30 minutes', { endTime: '2023-11-14 22:43' }],
    [
      'with an end less than 30 minutes after its start',
      { startTime: '2023-11-15 02:00', endTime: '2023-11-15 02:29' },
    ],
    ['with an end in more than two years', { endTime: '2025-12-01 00:00' }],
    ['with another end behavior', { endTime: '2023-11-15 02:00', endBehavior: 'PAUSE' }],
    ['with an end behavior and no end', { startTime: '2023-11-15 02:00', endBehavior: 'CANCEL' }],
    ['with a window, for a SNAPSHOT job', window({})],
  ])('%s', (_what, schedulingConfig) => {
    const { made, aws } = scheduled(schedulingConfig);
    expect([made.status, made.fault]).toEqual([400, 'InvalidRequest']);
    expect(made.message).toMatch(/^schedulingConfig: /);
    expect(aws('GET', '/jobs/j1').status).toBe(404);
  });

  it.each([
    ['a window of no time', window({ durationInMinutes: 0 })],
    ['a window longer than AWS allows', window({ durationInMinutes: 1431 })],
    ['a window with half a minute', window({ durationInMinutes: 1.5 })],
    ['a window that is no cron expression', window({ startTime: '02:00' })],
    ['a window that never comes', window({ startTime: 'cron(0 0 30 2 ? *)' })],
    ['a window with another member', window({ frequency: 'DAILY' })],
    ['two windows', { maintenanceWindows: [nightly, nightly] }],
    ['no window', { maintenanceWindows: [] }],
    ['windows and a start', { ...window({}), startTime: '2023-11-15 02:00' }],
  ])('with %s', (_what, config) => {
    const { made } = continuous(config);
    expect([made.status, made.fault]).toEqual([400, 'InvalidRequest']);
  });
});
