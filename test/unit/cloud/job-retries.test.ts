import { describe, expect, it } from 'vitest';
import type { RetryCriterion } from '../../../cloud-stub/job-rows.ts';
import { readRetry } from '../../../cloud-stub/services/job-retries.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, readAll, robot, type Sent } from '../../support/cloud-world.ts';

const prefix = `$aws/things/${robot}/jobs`;

/** A job for one robot, with retries. */
function retrying(retry: RetryCriterion[], more: object = {}) {
  const world = createCloudWorld();
  world.enter(robot);
  const operator = operatorOf(world.cloud);
  operator.createJob(
    { jobId: 'j1', targets: [robot], document: '{}', retry, ...more },
    world.nowMs,
  );
  const execution = () => world.store.get('job_executions', `${robot}/j1`);
  return {
    world,
    execution,
    job: () => world.store.get('jobs', 'j1')?.status,
    report(status: string) {
      world.nowMs += 1000;
      return world.send(`${prefix}/j1/update`, { status, includeJobExecutionState: true });
    },
    state: () => [execution()?.status, execution()?.executionNumber, execution()?.retryAttempt],
  };
}
const topics = (sent: readonly Sent[]) => sent.map(([topic]) => topic);

describe('an execution that failed', () => {
  it('is queued again under the next number, and its robot is notified of it', () => {
    const { report, execution, state, job, world } = retrying([
      { failureType: 'FAILED', numberOfRetries: 2 },
    ]);
    world.send(`${prefix}/j1/update`, { status: 'IN_PROGRESS', statusDetails: { step: '1' } });
    const sent = report('FAILED');
    expect(topics(sent)).toEqual([
      `${prefix}/j1/update/accepted`,
      `${prefix}/notify`,
      `${prefix}/notify-next`,
      '$aws/events/jobExecution/j1/failed',
    ]);
    expect(sent[0]?.[1]).toMatchObject({ executionState: { status: 'FAILED' } });
    expect(sent[2]?.[1]).toMatchObject({
      execution: { jobId: 'j1', status: 'QUEUED', executionNumber: 2, statusDetails: {} },
    });
    expect(state()).toEqual(['QUEUED', 2, 1]);
    expect(execution()).not.toHaveProperty('startedMs');
    expect(job()).toBe('IN_PROGRESS');
  });

  it('is not queued again when its retries are used up, and the job completes', () => {
    const { report, state, job } = retrying([{ failureType: 'FAILED', numberOfRetries: 2 }]);
    for (let n = 0; n < 3; n++) report('FAILED');
    expect([state(), job()]).toEqual([['FAILED', 3, 2], 'COMPLETED']);
  });

  it('is not queued again when it succeeds at a retry', () => {
    const { report, state, job } = retrying([{ failureType: 'ALL', numberOfRetries: 5 }]);
    report('FAILED');
    report('SUCCEEDED');
    expect([state(), job()]).toEqual([['SUCCEEDED', 2, 1], 'COMPLETED']);
  });

  it.each([
    ['FAILED', 'TIMED_OUT'],
    ['REJECTED', 'ALL'],
  ] as const)('with %s is not retried where only %s is', (status, failureType) => {
    const { report, state } = retrying([{ failureType, numberOfRetries: 3 }]);
    report(status);
    expect(state()).toEqual([status, 1, undefined]);
  });

  it('is retried after its time is over, with a new time', () => {
    const { world, state, execution } = retrying(
      [{ failureType: 'TIMED_OUT', numberOfRetries: 1 }],
      { timeoutMinutes: 1 },
    );
    for (const expected of [
      ['QUEUED', 2, 1],
      ['TIMED_OUT', 2, 1],
    ]) {
      world.send(`${prefix}/start-next`, {});
      expect(execution()?.endMs).toBe(world.nowMs + 60_000);
      world.nowMs += 60_000;
      readAll(world.cloud.tick(world.nowMs));
      expect(state()).toEqual(expected);
    }
    expect(world.store.list('timers')).toEqual([]);
  });

  it('counts for the abort criteria only when no retry is left', () => {
    const abort = [
      { failureType: 'FAILED', minNumberOfExecutedThings: 1, thresholdPercentage: 1 },
    ] as const;
    const { report, job } = retrying([{ failureType: 'FAILED', numberOfRetries: 1 }], { abort });
    report('FAILED');
    expect(job()).toBe('IN_PROGRESS');
    report('FAILED');
    expect(job()).toBe('COMPLETED');
  });

  it('is not retried in a job that was canceled', () => {
    const { world, report, state } = retrying([{ failureType: 'FAILED', numberOfRetries: 3 }]);
    world.send(`${prefix}/start-next`, {});
    operatorOf(world.cloud).cancelJob({ jobId: 'j1', force: false }, world.nowMs);
    report('FAILED');
    expect(state()).toEqual(['FAILED', 1, undefined]);
  });

  it('rejects a report of an attempt before', () => {
    const { world, report } = retrying([{ failureType: 'FAILED', numberOfRetries: 1 }]);
    report('FAILED');
    const sent = world.send(`${prefix}/j1/update`, { status: 'SUCCEEDED', executionNumber: 1 });
    expect(sent).toMatchObject([[`${prefix}/j1/update/rejected`, { code: 'ResourceNotFound' }]]);
  });
});

describe('jobExecutionsRetryConfig', () => {
  const retry = (failureType: string, numberOfRetries: unknown) => ({
    failureType,
    numberOfRetries,
  });

  it('is read, and may be absent', () => {
    expect(readRetry(undefined)).toEqual({ ok: true, value: undefined });
    const criteriaList = [retry('FAILED', 3), retry('TIMED_OUT', 7)];
    expect(readRetry({ criteriaList })).toEqual({ ok: true, value: criteriaList });
  });

  it.each([
    ['no list', {}],
    ['an empty list', { criteriaList: [] }],
    ['a third criterion', { criteriaList: Array(3).fill(retry('FAILED', 1)) }],
    ['a type twice', { criteriaList: [retry('FAILED', 1), retry('FAILED', 1)] }],
    ['another type', { criteriaList: [retry('REJECTED', 1)] }],
    ['eleven retries', { criteriaList: [retry('ALL', 11)] }],
    ['eleven in all', { criteriaList: [retry('FAILED', 6), retry('TIMED_OUT', 5)] }],
    ['a fraction', { criteriaList: [retry('ALL', 1.5)] }],
    ['a number as text', { criteriaList: [retry('ALL', '1')] }],
    ['another member', { criteriaList: [{ ...retry('ALL', 1), every: 2 }] }],
    ['a member beside the list', { criteriaList: [retry('ALL', 1)], more: 1 }],
    ['text', 'x'],
  ])('is rejected with %s', (_name, value) => {
    expect(readRetry(value)).toMatchObject({ ok: false, code: 'InvalidRequest' });
  });
});
