import { describe, expect, it } from 'vitest';
import type { AbortCriterion } from '../../../cloud-stub/job-rows.ts';
import { readAbort } from '../../../cloud-stub/services/job-aborts.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

const robots = Array.from({ length: 10 }, (_, n) => `R${n}`);
const criterion = (change: Partial<AbortCriterion> = {}): AbortCriterion => ({
  ...{ failureType: 'FAILED', minNumberOfExecutedThings: 4, thresholdPercentage: 50 },
  ...change,
});

/** A job for ten robots, of which the first ones report these statuses. */
function afterReports(statuses: readonly string[], abort: AbortCriterion[]) {
  const world = createCloudWorld();
  for (const robot of robots) world.enter(robot);
  const request = { jobId: 'j1', targets: robots, document: '{}', abort };
  const made = operatorOf(world.cloud).createJob(request, world.nowMs);
  if (!made.ok) throw new Error(made.message);
  const sent = statuses.flatMap((status, n) =>
    world.send(`$aws/things/R${n}/jobs/j1/update`, { status }, `R${n}`),
  );
  const operator = operatorOf(world.cloud);
  const ended = (operator.executionsOf('j1') ?? []).map(({ status }) => status);
  const count = (status: string) => ended.filter((one) => one === status).length;
  return { job: operator.describeJob('j1'), count, sent };
}

const f = 'FAILED';
const s = 'SUCCEEDED';

describe('a job with abort criteria', () => {
  it.each<readonly [string, readonly string[], Partial<AbortCriterion>, string]>([
    ['few have ended', [f, f, f], {}, 'IN_PROGRESS'],
    ['enough have ended and half have failed', [s, f, s, f], {}, 'CANCELED'],
    ['fewer have failed', [s, s, s, f], {}, 'IN_PROGRESS'],
    ['others have rejected it', ['REJECTED', 'REJECTED', 'REJECTED', f], {}, 'IN_PROGRESS'],
    ['that counts as well', ['REJECTED', s, s, f], { failureType: 'ALL' }, 'CANCELED'],
    ['its share is higher', [s, f, s, f], { thresholdPercentage: 50.1 }, 'IN_PROGRESS'],
    ['one is enough', [f], { minNumberOfExecutedThings: 1 }, 'CANCELED'],
  ])('%s: %j with %j is %s', (_name, statuses, change, status) => {
    expect(afterReports(statuses, [criterion(change)]).job?.status).toBe(status);
  });

  it('cancels the queued executions, says why, and leaves those in progress', () => {
    const { job, count, sent } = afterReports(['IN_PROGRESS', f, f, f, f], [criterion()]);
    expect([count('CANCELED'), count('IN_PROGRESS'), count('FAILED')]).toEqual([5, 1, 4]);
    expect(job).toMatchObject({
      ...{ status: 'CANCELED', reasonCode: 'ABORT_CRITERIA_MET', comment: '50 % FAILED' },
    });
    const topics = sent.map(([topic]) => topic);
    expect(topics).toContain('$aws/things/R9/jobs/notify-next');
    expect(topics).toContain('$aws/events/job/j1/canceled');
  });

  it('is canceled by the first criterion that is met', () => {
    const criteria = [criterion({ minNumberOfExecutedThings: 9 }), criterion()];
    expect(afterReports([f, f, f, f], criteria).job?.status).toBe('CANCELED');
  });

  it('goes on where there are none', () => {
    expect(afterReports([f, f, f, f, f, f], []).job?.status).toBe('IN_PROGRESS');
  });
});

describe('abortConfig', () => {
  const given = { action: 'CANCEL', ...criterion() };

  it('is read as AWS sends it', () => {
    expect(readAbort({ criteriaList: [given] })).toEqual({ ok: true, value: [criterion()] });
    expect(readAbort(undefined)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    {},
    { criteriaList: [] },
    { criteriaList: Array.from({ length: 11 }, () => given) },
    { criteriaList: [{ ...given, action: 'PAUSE' }] },
    { criteriaList: [{ ...given, failureType: 'LATE' }] },
    { criteriaList: [{ ...given, minNumberOfExecutedThings: 0 }] },
    { criteriaList: [{ ...given, minNumberOfExecutedThings: 1.5 }] },
    { criteriaList: [{ ...given, thresholdPercentage: 0 }] },
    { criteriaList: [{ ...given, thresholdPercentage: 101 }] },
    { criteriaList: [{ ...given, weight: 2 }] },
    { criteriaList: [given], mode: 'x' },
    7,
  ])('%j is rejected', (value) => {
    expect(readAbort(value)).toMatchObject({ ok: false, code: 'InvalidRequest' });
  });
});
