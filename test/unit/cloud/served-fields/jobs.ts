import { expect } from 'vitest';
import type { Effects, FieldsWorld } from '../../../support/cloud-fields.ts';
import { groupArn, minuteMs } from '../../../support/cloud-jobs.ts';

const retry = { criteriaList: [{ failureType: 'FAILED', numberOfRetries: 1 }] };
const rollout = { maximumPerMinute: 1 };
const abort = {
  criteriaList: [
    {
      ...{ action: 'CANCEL', failureType: 'FAILED' },
      ...{ minNumberOfExecutedThings: 1, thresholdPercentage: 50 },
    },
  ],
};
const placeholder = `\${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/objects/fw}`;
const document = JSON.stringify({ url: placeholder });
/** The lifetime of the URL in a job's document. */
const expiresOf = ({ get }: FieldsWorld, id: string): string | null => {
  const { execution } = get(`/things/T1/jobs/${id}`, 'iot-jobs-data');
  return new URL(JSON.parse(execution.jobDocument).url).searchParams.get('X-Amz-Expires');
};
/** The states of the executions of `j`, in the order of its targets. */
const statesOf = ({ get }: FieldsWorld) =>
  get('/jobs/j/things').executionSummaries.map(
    ({ jobExecutionSummary }: { jobExecutionSummary: { status: string } }) =>
      jobExecutionSummary.status,
  );
const both = { targets: ['T1', 'T2'] };

/** What CreateJob and UpdateJob have in common; `give` makes a job `j` with the fields. */
function options(
  operation: string,
  give: (world: FieldsWorld, fields: object, made?: object) => void,
): Effects {
  return {
    [`${operation} description`]: (world) => {
      give(world, { description: 'nightly' });
      expect(world.describeJob('j').description).toBe('nightly');
    },
    [`${operation} presignedUrlConfig`]: (world) => {
      give(world, { presignedUrlConfig: { expiresInSec: 77 } }, { document });
      expect(expiresOf(world, 'j')).toBe('77');
    },
    [`${operation} timeoutConfig`]: (world) => {
      give(world, { timeoutConfig: { inProgressTimeoutInMinutes: 5 } });
      world.update('j', { status: 'IN_PROGRESS' });
      world.pass(5 * minuteMs);
      expect(statesOf(world)).toEqual(['TIMED_OUT']);
    },
    [`${operation} abortConfig`]: (world) => {
      give(world, { abortConfig: abort }, both);
      world.update('j', { status: 'FAILED' });
      world.pass(minuteMs);
      expect(statesOf(world)).toEqual(['FAILED', 'CANCELED']);
    },
    [`${operation} jobExecutionsRetryConfig`]: (world) => {
      give(world, { jobExecutionsRetryConfig: retry });
      world.update('j', { status: 'FAILED' });
      expect(world.execution('j')).toMatchObject({ status: 'QUEUED', executionNumber: 2 });
    },
  };
}

export const jobEffects: Effects = {
  ...options('CreateJob', ({ job }, fields, made = {}) => void job('j', { ...made, ...fields })),
  ...options('UpdateJob', ({ job, aws }, fields, made = {}) => {
    job('j', made);
    expect(aws('PATCH', '/jobs/j', fields).status).toBe(200);
  }),
  'CreateJob jobExecutionsRolloutConfig': (world) => {
    world.job('j', { ...both, jobExecutionsRolloutConfig: rollout });
    expect(statesOf(world)).toEqual(['QUEUED']);
    world.pass(minuteMs);
    expect(statesOf(world)).toEqual(['QUEUED', 'QUEUED']);
  },
  'UpdateJob jobExecutionsRolloutConfig': (world) => {
    world.job('j', { targets: ['T1', 'T2', 'T3'], jobExecutionsRolloutConfig: rollout });
    world.aws('PATCH', '/jobs/j', { jobExecutionsRolloutConfig: { maximumPerMinute: 1000 } });
    world.pass(minuteMs);
    expect(statesOf(world)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
  },
  'CreateJob targets': (world) => {
    expect(world.job('none', { targets: [] }).fault).toBe('InvalidRequest');
    world.job('j', { targets: [groupArn('G1')] });
    expect(statesOf(world)).toEqual(['QUEUED', 'QUEUED']);
  },
  'CreateJob document': ({ job, get }) => {
    job('j', { document: '{"b":2}' });
    expect(get('/jobs/j/job-document').document).toBe('{"b":2}');
  },
  'CreateJob targetSelection': (world) => {
    world.job('j', { targets: [groupArn('G2')], targetSelection: 'CONTINUOUS' });
    const group = { thingGroupName: 'G2', thingName: 'T2' };
    world.aws('PUT', '/thing-groups/addThingToThingGroup', group);
    world.pass(minuteMs);
    expect(statesOf(world)).toEqual(['QUEUED', 'QUEUED']);
  },
  'CreateJob schedulingConfig': (world) => {
    const startTime = new Date(world.world.nowMs + 60 * minuteMs).toISOString().slice(0, 16);
    world.job('j', { schedulingConfig: { startTime: startTime.replace('T', ' ') } });
    expect([world.describeJob('j').status, statesOf(world)]).toEqual(['SCHEDULED', []]);
    world.pass(61 * minuteMs);
    expect([world.describeJob('j').status, statesOf(world)]).toEqual(['IN_PROGRESS', ['QUEUED']]);
  },

  'AssociateTargetsWithJob targets': (world) => {
    world.job('j', { targets: [groupArn('G2')], targetSelection: 'CONTINUOUS' });
    world.aws('POST', '/jobs/j/targets', { targets: [groupArn('G1')] });
    expect(world.describeJob('j').targets).toEqual([groupArn('G2'), groupArn('G1')]);
  },
  'AssociateTargetsWithJob comment': (world) => {
    world.job('j', { targets: [groupArn('G2')], targetSelection: 'CONTINUOUS' });
    world.aws('POST', '/jobs/j/targets', { targets: [groupArn('G1')], comment: 'more' });
    expect(world.describeJob('j').comment).toBe('more');
  },
  'CancelJob force': (world) => {
    world.job('j');
    world.update('j', { status: 'IN_PROGRESS' });
    world.aws('PUT', '/jobs/j/cancel?force=false', {});
    expect(statesOf(world)).toEqual(['IN_PROGRESS']);
    world.job('k');
    world.update('k', { status: 'IN_PROGRESS' });
    world.aws('PUT', '/jobs/k/cancel?force=true', {});
    expect(world.execution('k').status).toBe('CANCELED');
  },
  'CancelJob reasonCode': ({ job, aws, describeJob }) => {
    job('j');
    aws('PUT', '/jobs/j/cancel', { reasonCode: 'BAD_IMAGE' });
    expect(describeJob('j').reasonCode).toBe('BAD_IMAGE');
  },
  'CancelJob comment': ({ job, aws, describeJob }) => {
    job('j');
    aws('PUT', '/jobs/j/cancel', { comment: 'withdrawn' });
    expect(describeJob('j').comment).toBe('withdrawn');
  },
  'DeleteJob force': ({ job, aws }) => {
    job('j');
    const end = (force: boolean) => aws('DELETE', `/jobs/j?force=${force}`);
    expect([end(false).fault, end(true).status]).toEqual(['InvalidStateTransition', 200]);
  },
};
