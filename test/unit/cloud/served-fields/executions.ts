import { expect } from 'vitest';
import type { Effects, FieldsWorld } from '../../../support/cloud-fields.ts';
import { minuteMs } from '../../../support/cloud-jobs.ts';

const device = { service: 'iot-jobs-data' };
const cancel = '/things/T1/jobs/j/cancel';
/** The job `j`, which T1 has started. */
const start = ({ job, update }: FieldsWorld) => {
  job('j');
  update('j', { status: 'IN_PROGRESS' });
};

export const executionEffects: Effects = {
  'StartNextPendingJobExecution statusDetails': ({ job, aws, execution }) => {
    job('j');
    aws('PUT', '/things/T1/jobs/$next', { statusDetails: { step: 'a' } }, device);
    expect(execution('j').statusDetails.detailsMap).toEqual({ step: 'a' });
  },
  'StartNextPendingJobExecution stepTimeoutInMinutes': ({ job, aws, execution, pass }) => {
    job('j');
    aws('PUT', '/things/T1/jobs/$next', { stepTimeoutInMinutes: 3 }, device);
    expect(execution('j').approximateSecondsBeforeTimedOut).toBe(180);
    pass(3 * minuteMs);
    expect(execution('j').status).toBe('TIMED_OUT');
  },
  'DescribeJobExecution (device) includeJobDocument': ({ job, get }) => {
    job('j');
    const describe = (flag: boolean) =>
      get(`/things/T1/jobs/j?includeJobDocument=${flag}`, device.service).execution.jobDocument;
    expect([describe(true), describe(false)]).toEqual(['{"a":1}', undefined]);
  },
  'DescribeJobExecution (device) executionNumber': ({ job, aws }) => {
    job('j');
    const describe = (number: number) =>
      aws('GET', `/things/T1/jobs/j?executionNumber=${number}`, undefined, device);
    expect([describe(1).status, describe(2).fault]).toEqual([200, 'ResourceNotFound']);
  },
  'DescribeJobExecution executionNumber': ({ job, aws }) => {
    job('j');
    const describe = (number: number) => aws('GET', `/things/T1/jobs/j?executionNumber=${number}`);
    expect([describe(1).status, describe(2).fault]).toEqual([200, 'ResourceNotFound']);
  },

  'UpdateJobExecution status': ({ job, update, execution }) => {
    job('j');
    update('j', { status: 'REJECTED' });
    expect(execution('j').status).toBe('REJECTED');
  },
  'UpdateJobExecution statusDetails': ({ job, update, execution }) => {
    job('j');
    update('j', { status: 'IN_PROGRESS', statusDetails: { step: 'b' } });
    expect(execution('j').statusDetails.detailsMap).toEqual({ step: 'b' });
  },
  'UpdateJobExecution expectedVersion': ({ job, update }) => {
    job('j');
    const report = (expectedVersion: number) =>
      update('j', { status: 'IN_PROGRESS', expectedVersion });
    expect([report(7).fault, report(1).status]).toEqual(['VersionConflict', 200]);
  },
  'UpdateJobExecution executionNumber': ({ job, update }) => {
    job('j');
    const report = (executionNumber: number) =>
      update('j', { status: 'IN_PROGRESS', executionNumber });
    expect([report(2).fault, report(1).status]).toEqual(['ResourceNotFound', 200]);
  },
  'UpdateJobExecution includeJobExecutionState': ({ job, update }) => {
    job('j');
    const report = (includeJobExecutionState: boolean) =>
      update('j', { status: 'IN_PROGRESS', includeJobExecutionState }).body.executionState;
    expect([report(true), report(false)]).toEqual([
      { status: 'IN_PROGRESS', statusDetails: {}, versionNumber: 2 },
      undefined,
    ]);
  },
  'UpdateJobExecution includeJobDocument': ({ job, update }) => {
    job('j');
    const report = (includeJobDocument: boolean) =>
      update('j', { status: 'IN_PROGRESS', includeJobDocument }).body.jobDocument;
    expect([report(true), report(false)]).toEqual(['{"a":1}', undefined]);
  },
  'UpdateJobExecution stepTimeoutInMinutes': ({ job, update, execution, pass }) => {
    job('j');
    update('j', { status: 'IN_PROGRESS', stepTimeoutInMinutes: 2 });
    pass(2 * minuteMs);
    expect(execution('j').status).toBe('TIMED_OUT');
  },

  'CancelJobExecution force': (world) => {
    start(world);
    const end = (force: boolean) => world.aws('PUT', `${cancel}?force=${force}`, {});
    expect([end(false).fault, end(true).status]).toEqual(['InvalidStateTransition', 200]);
    expect(world.execution('j').status).toBe('CANCELED');
  },
  'CancelJobExecution expectedVersion': ({ job, aws }) => {
    job('j');
    const end = (expectedVersion: number) => aws('PUT', cancel, { expectedVersion });
    expect([end(7).fault, end(1).status]).toEqual(['VersionConflict', 200]);
  },
  'CancelJobExecution statusDetails': ({ job, aws, execution }) => {
    job('j');
    aws('PUT', cancel, { statusDetails: { why: 'recalled' } });
    expect(execution('j').statusDetails.detailsMap).toEqual({ why: 'recalled' });
  },
  'DeleteJobExecution force': (world) => {
    start(world);
    const end = (force: boolean) =>
      world.aws('DELETE', `/things/T1/jobs/j/executionNumber/1?force=${force}`);
    expect([end(false).fault, end(true).status]).toEqual(['InvalidStateTransition', 200]);
  },
};
