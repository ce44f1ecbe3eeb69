import { describe, expect, it } from 'vitest';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  type CloudWorld,
  createCloudWorld,
  readAll,
  robot,
  type Sent,
} from '../../support/cloud-world.ts';

const prefix = `$aws/things/${robot}/jobs`;
const minuteMs = 60_000;

/** A cloud with the robot and the job `j1` for it. */
function worldWithJob(change: { timeoutMinutes?: number } = {}): CloudWorld {
  const world = createCloudWorld();
  world.enter(robot);
  make(world, 'j1', change);
  return world;
}

function make(world: CloudWorld, jobId: string, change: { timeoutMinutes?: number } = {}): void {
  world.nowMs += 1000;
  const request = { jobId, targets: [robot], document: '{"a":1}', ...change };
  const made = operatorOf(world.cloud).createJob(request, world.nowMs);
  if (!made.ok) throw new Error(made.message);
}

const report = (world: CloudWorld, status: string, more: object = {}) =>
  world.send(`${prefix}/j1/update`, { status, ...more });
const statusOf = (world: CloudWorld, jobId = 'j1') =>
  world.cloud.rows.get('job_executions', `${robot}/${jobId}`)?.status;
const jobStatus = (world: CloudWorld) => operatorOf(world.cloud).describeJob('j1')?.status;
/** The topics without their common part; `notify-next` with the job that it names. */
const topics = (sent: readonly Sent[]) =>
  sent.map(([topic, { execution }]) => {
    const short = topic.replace(`${prefix}/`, '').replace('$aws/events/', '');
    return short === 'notify-next'
      ? `${short} ${(execution as { jobId: string } | undefined)?.jobId ?? '-'}`
      : short;
  });
const cancelJob = (world: CloudWorld, force: boolean) => {
  const result = operatorOf(world.cloud).cancelJob({ jobId: 'j1', force }, world.nowMs);
  return result.ok ? topics(readAll(result.outbound)) : result.code;
};
const deleteJob = (world: CloudWorld, force: boolean) => {
  const result = operatorOf(world.cloud).deleteJob({ jobId: 'j1', force }, world.nowMs);
  return result.ok ? topics(readAll(result.outbound)) : result.code;
};
const jobCanceled = ['job/j1/cancellation_in_progress', 'job/j1/canceled'];

describe('a canceled job', () => {
  it('ends its queued execution and notifies the robot', () => {
    const world = worldWithJob();
    make(world, 'j2');
    expect(cancelJob(world, false)).toEqual([
      ...['notify', 'notify-next j2', 'jobExecution/j1/canceled'],
      ...jobCanceled,
    ]);
    expect([jobStatus(world), statusOf(world), statusOf(world, 'j2')]).toEqual([
      ...['CANCELED', 'CANCELED', 'QUEUED'],
    ]);
  });

  it('does not end a running execution, which may still succeed', () => {
    const world = worldWithJob();
    report(world, 'IN_PROGRESS');
    expect(cancelJob(world, false)).toEqual(jobCanceled);
    report(world, 'SUCCEEDED');
    expect([jobStatus(world), statusOf(world)]).toEqual(['CANCELED', 'SUCCEEDED']);
  });

  it("ends a running execution when force is set, and rejects the robot's later report", () => {
    const world = worldWithJob();
    report(world, 'IN_PROGRESS');
    expect(cancelJob(world, true)).toEqual([
      ...['notify', 'notify-next -', 'jobExecution/j1/canceled'],
      ...jobCanceled,
    ]);
    expect(report(world, 'SUCCEEDED')).toMatchObject([
      [`${prefix}/j1/update/rejected`, { code: 'InvalidStateTransition' }],
    ]);
    expect(world.cloud.rows.get('job_executions', `${robot}/j1`)).toMatchObject({
      ...{ status: 'CANCELED', forceCanceled: true },
    });
  });

  it.each([
    ['has ended', true, 'InvalidRequest'],
    ['does not exist', false, 'ResourceNotFound'],
  ])('is rejected when it %s', (_name, exists, code) => {
    const world = exists ? worldWithJob() : createCloudWorld();
    if (exists) report(world, 'SUCCEEDED');
    expect(cancelJob(world, true)).toBe(code);
  });
});

describe('a deleted job', () => {
  it.each(['QUEUED', 'IN_PROGRESS'])('needs force while an execution is %s', (status) => {
    const world = worldWithJob();
    if (status !== 'QUEUED') report(world, status);
    expect(deleteJob(world, false)).toBe('InvalidStateTransition');
    expect(deleteJob(world, true)).toEqual([
      ...['notify', 'notify-next -', 'jobExecution/j1/deleted'],
      ...['job/j1/deletion_in_progress', 'job/j1/deleted'],
    ]);
    expect([jobStatus(world), statusOf(world)]).toEqual([undefined, undefined]);
    expect(report(world, 'SUCCEEDED')).toMatchObject([
      [`${prefix}/j1/update/rejected`, { code: 'ResourceNotFound' }],
    ]);
  });

  it('needs force while it is canceled and the robot has not ended', () => {
    const world = worldWithJob();
    report(world, 'IN_PROGRESS');
    cancelJob(world, false);
    expect(deleteJob(world, false)).toBe('InvalidStateTransition');
    report(world, 'FAILED');
    expect(deleteJob(world, false)).toContain('job/j1/deleted');
  });

  it('may be created again under its id', () => {
    const world = worldWithJob();
    report(world, 'SUCCEEDED');
    expect(deleteJob(world, false)).toContain('job/j1/deleted');
    make(world, 'j1');
    expect(statusOf(world)).toBe('QUEUED');
  });
});

describe('one execution', () => {
  const cancel = (
    world: CloudWorld,
    change: { force?: boolean; expectedVersion?: number } = {},
  ) => {
    const request = { thing: robot, jobId: 'j1', force: false, ...change };
    const result = operatorOf(world.cloud).cancelExecution(request, world.nowMs);
    return result.ok ? topics(readAll(result.outbound)) : result.code;
  };
  const remove = (world: CloudWorld, executionNumber: number, force: boolean) => {
    const target = { thing: robot, jobId: 'j1', executionNumber, force };
    const result = operatorOf(world.cloud).deleteExecution(target, world.nowMs);
    return result.ok ? topics(readAll(result.outbound)) : result.code;
  };

  it('ends when it is canceled, and its job with it when it was the last', () => {
    const world = worldWithJob();
    expect(cancel(world)).toEqual([
      ...['notify', 'notify-next -', 'jobExecution/j1/canceled', 'job/j1/completed'],
    ]);
    expect([jobStatus(world), statusOf(world)]).toEqual(['COMPLETED', 'CANCELED']);
    expect(cancel(world)).toBe('InvalidStateTransition');
  });

  it('is canceled while it runs only with force', () => {
    const world = worldWithJob();
    report(world, 'IN_PROGRESS');
    expect(cancel(world)).toBe('InvalidStateTransition');
    expect(cancel(world, { force: true })).toContain('jobExecution/j1/canceled');
  });

  it('is canceled only in the expected version', () => {
    const world = worldWithJob();
    expect(cancel(world, { expectedVersion: 2 })).toBe('VersionConflict');
    expect(cancel(world, { expectedVersion: 1 })).toContain('notify');
  });

  it('is deleted by its number, while it is pending only with force, and its job ends with it', () => {
    const world = worldWithJob();
    expect(remove(world, 2, true)).toBe('ResourceNotFound');
    expect(remove(world, 1, false)).toBe('InvalidStateTransition');
    expect(remove(world, 1, true)).toEqual([
      ...['notify', 'notify-next -', 'jobExecution/j1/deleted', 'job/j1/completed'],
    ]);
    expect([jobStatus(world), statusOf(world)]).toEqual(['COMPLETED', undefined]);
  });
});

describe('an execution that takes too long', () => {
  const tick = (world: CloudWorld, laterMs: number) => {
    world.nowMs += laterMs;
    return topics(readAll(world.cloud.tick(world.nowMs)));
  };
  const timedOut = ['notify', 'notify-next -', 'jobExecution/j1/timed_out', 'job/j1/completed'];

  it("ends by its job's timeout, which counts once from its start", () => {
    const world = worldWithJob({ timeoutMinutes: 10 });
    expect(tick(world, 60 * minuteMs)).toEqual([]);
    report(world, 'IN_PROGRESS');
    expect(tick(world, 5 * minuteMs)).toEqual([]);
    report(world, 'IN_PROGRESS', { statusDetails: { step: '2' } });
    expect(tick(world, 5 * minuteMs - 1)).toEqual([]);
    expect(tick(world, 1)).toEqual(timedOut);
    expect(statusOf(world)).toBe('TIMED_OUT');
    expect(tick(world, minuteMs)).toEqual([]);
  });

  it('ends by its step timeout, which each report may set again or remove', () => {
    const world = worldWithJob();
    report(world, 'IN_PROGRESS', { stepTimeoutInMinutes: 2 });
    expect(tick(world, minuteMs)).toEqual([]);
    report(world, 'IN_PROGRESS', { stepTimeoutInMinutes: 2 });
    expect(tick(world, minuteMs)).toEqual([]);
    report(world, 'IN_PROGRESS', { stepTimeoutInMinutes: -1 });
    expect(tick(world, 60 * minuteMs)).toEqual([]);
    report(world, 'IN_PROGRESS', { stepTimeoutInMinutes: 1 });
    expect(tick(world, minuteMs)).toEqual(timedOut);
  });

  it('ends by the earlier of both timeouts', () => {
    const world = worldWithJob({ timeoutMinutes: 10 });
    world.send(`${prefix}/start-next`, { stepTimeoutInMinutes: 60 });
    expect(tick(world, 10 * minuteMs)).toEqual(timedOut);
  });

  it('leaves no timer when it ends or is deleted', () => {
    for (const end of [
      (world: CloudWorld) => report(world, 'SUCCEEDED'),
      (world: CloudWorld) => cancelJob(world, true),
      (world: CloudWorld) => deleteJob(world, true),
    ]) {
      const world = worldWithJob({ timeoutMinutes: 1 });
      report(world, 'IN_PROGRESS');
      expect(world.store.list('timers')).toHaveLength(1);
      end(world);
      expect(world.store.list('timers')).toEqual([]);
      expect(tick(world, 60 * minuteMs)).toEqual([]);
    }
  });

  it.each([0, -2, 1.5, 10_081, 'soon', {}, true, [5]])(
    'rejects a step timeout of %j',
    (minutes) => {
      const world = worldWithJob();
      expect(report(world, 'IN_PROGRESS', { stepTimeoutInMinutes: minutes })).toMatchObject([
        [`${prefix}/j1/update/rejected`, { code: 'InvalidRequest' }],
      ]);
      expect(statusOf(world)).toBe('QUEUED');
    },
  );

  it('start-next cannot remove a step timeout', () => {
    const world = worldWithJob();
    expect(world.send(`${prefix}/start-next`, { stepTimeoutInMinutes: -1 })).toMatchObject([
      [`${prefix}/start-next/rejected`, { code: 'InvalidRequest' }],
    ]);
  });
});
