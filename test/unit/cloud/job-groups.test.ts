import { describe, expect, it } from 'vitest';
import { ownerOf } from '../../../cloud-stub/core/owners.ts';
import type { awsOf } from '../../support/cloud-aws.ts';
import { arn, groupArn, jobsWorld, minuteMs } from '../../support/cloud-jobs.ts';

describe('a SNAPSHOT job for groups', () => {
  it('has an execution for each thing that is in one of them now, and one in both once', () => {
    const { create, executions, job, add } = jobsWorld();
    expect(create([arn('thing/T4'), groupArn('G1'), groupArn('G2')]).status).toBe(200);
    const queued = { T1: 'QUEUED', T2: 'QUEUED', T3: 'QUEUED', T4: 'QUEUED' };
    expect(executions()).toEqual(queued);
    expect(job()).toMatchObject({
      targets: [arn('thing/T4'), groupArn('G1'), groupArn('G2')],
      targetSelection: 'SNAPSHOT',
    });
    add('G1', 'T5');
    expect(executions()).toEqual(queued);
  });

  it('keeps the execution of a thing that leaves the group', () => {
    const { create, executions, remove } = jobsWorld();
    create([groupArn('G1')]);
    remove('G1', 'T1');
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
  });

  it('for an empty group is COMPLETED at once', () => {
    const { create, job, executions } = jobsWorld();
    const { sent } = create([groupArn('G3')]);
    expect(job().status).toBe('COMPLETED');
    expect(executions()).toEqual({});
    expect(sent.map(([topic]) => topic)).toEqual(['$aws/events/job/j1/completed']);
  });

  it.each([
    ['an unknown group', [groupArn('G9')], 'ResourceNotFound'],
    ['an unknown thing', [groupArn('G1'), 'T9'], 'ResourceNotFound'],
    ['an ARN of something else', [arn('cert/T1')], 'InvalidRequest'],
    ['no target', [], 'InvalidRequest'],
  ])('is refused for %s', (_about, targets, fault) => {
    expect(jobsWorld().create(targets).fault).toBe(fault);
  });
});

describe('a CONTINUOUS job', () => {
  it('stays IN_PROGRESS when all its executions have ended', () => {
    const { continuous, job, report, executions } = jobsWorld();
    continuous([groupArn('G1')]);
    for (const thing of ['T1', 'T2']) report(thing, 'SUCCEEDED');
    expect(executions()).toEqual({ T1: 'SUCCEEDED', T2: 'SUCCEEDED' });
    expect(job()).toMatchObject({ status: 'IN_PROGRESS', targetSelection: 'CONTINUOUS' });
  });

  it('for things alone stays IN_PROGRESS, too', () => {
    const { continuous, job, report } = jobsWorld();
    continuous(['T1']);
    report('T1', 'SUCCEEDED');
    expect(job()).toMatchObject({ status: 'IN_PROGRESS', targets: [arn('thing/T1')] });
  });

  it('is queued for a thing that joins the group later, which is notified', () => {
    const { continuous, job, report, executions, add } = jobsWorld();
    continuous([groupArn('G1')]);
    for (const thing of ['T1', 'T2']) report(thing, 'SUCCEEDED');
    const { sent } = add('G1', 'T5');
    expect(executions()).toMatchObject({ T5: 'QUEUED' });
    expect(sent).toMatchObject([
      ['$aws/things/T5/jobs/notify', { jobs: { QUEUED: [{ jobId: 'j1' }] } }],
      ['$aws/things/T5/jobs/notify-next', { execution: { jobId: 'j1', jobDocument: { a: 1 } } }],
    ]);
    expect(job().targets).toEqual([groupArn('G1')]);
    expect(job().jobProcessDetails).toMatchObject({ numberOfQueuedThings: 1 });
  });

  it('is not queued twice for a thing that joins a second group of it', () => {
    const { continuous, executions, add, report } = jobsWorld();
    continuous([groupArn('G1'), groupArn('G2')]);
    report('T1', 'SUCCEEDED');
    expect(add('G2', 'T1').sent).toEqual([]);
    expect(executions()).toMatchObject({ T1: 'SUCCEEDED' });
  });

  it('is REMOVED for a thing that leaves while it is QUEUED, which is notified', () => {
    const { continuous, executions, remove, job } = jobsWorld();
    continuous([groupArn('G1')]);
    const topics = remove('G1', 'T1').sent.map(([topic]) => topic);
    expect(topics).toEqual([
      '$aws/things/T1/jobs/notify',
      '$aws/things/T1/jobs/notify-next',
      '$aws/events/jobExecution/j1/removed',
    ]);
    expect(executions()).toEqual({ T1: 'REMOVED', T2: 'QUEUED' });
    expect(job().jobProcessDetails).toMatchObject({ numberOfRemovedThings: 1 });
  });

  it.each(['IN_PROGRESS', 'SUCCEEDED'])(
    'stays for a thing that leaves while it is %s',
    (status) => {
      const { continuous, executions, remove, report } = jobsWorld();
      continuous([groupArn('G1')]);
      report('T1', status);
      remove('G1', 'T1');
      expect(executions()).toMatchObject({ T1: status });
    },
  );

  it.each([
    ['another group', (): string[] => [groupArn('G1'), groupArn('G2')]],
    ['its own name', (): string[] => [groupArn('G1'), 'T2']],
  ])('stays QUEUED for a thing that is a target by %s still', (_about, targets) => {
    const { continuous, executions, remove } = jobsWorld();
    continuous(targets());
    remove('G1', 'T2');
    expect(executions()).toMatchObject({ T2: 'QUEUED' });
  });

  it('is queued again, with the next number, for a thing that comes back', () => {
    const { continuous, executions, remove, add, report } = jobsWorld();
    continuous([groupArn('G1')]);
    remove('G1', 'T1');
    add('G1', 'T1');
    expect(executions()).toEqual({ T1: 'QUEUED #2', T2: 'QUEUED' });
    report('T1', 'SUCCEEDED');
    remove('G1', 'T1');
    add('G1', 'T1');
    expect(executions()).toMatchObject({ T1: 'SUCCEEDED #2' });
  });

  it('is REMOVED for all when the group is deleted, and a new group of that name is another', () => {
    const { aws, continuous, executions, add, job } = jobsWorld();
    continuous([groupArn('G1')]);
    aws('DELETE', '/thing-groups/G1');
    expect(executions()).toEqual({ T1: 'REMOVED', T2: 'REMOVED' });
    aws('POST', '/thing-groups/G1');
    add('G1', 'T5');
    expect(executions()).not.toHaveProperty('T5');
    expect(job().status).toBe('IN_PROGRESS');
  });

  it.each([
    ['canceled', (aws: ReturnType<typeof awsOf>) => aws('PUT', '/jobs/j1/cancel')],
    ['deleted', (aws: ReturnType<typeof awsOf>) => aws('DELETE', '/jobs/j1?force=true')],
  ])('that is %s is not queued for a thing that joins', (_about, end) => {
    const { world, aws, continuous, add } = jobsWorld();
    continuous([groupArn('G1')]);
    expect(end(aws).status).toBe(200);
    expect(add('G1', 'T5').sent).toEqual([]);
    expect(world.store.list('group_jobs')).toEqual([]);
    expect(world.store.get('job_executions', 'T5/j1')).toBeUndefined();
  });
});

describe('a CONTINUOUS job with a rate', () => {
  const rate = { jobExecutionsRolloutConfig: { maximumPerMinute: 1 } };

  it('counts the things that join', () => {
    const { continuous, executions, add, pass } = jobsWorld();
    continuous([groupArn('G1')], rate);
    add('G1', 'T5');
    expect(executions()).toEqual({ T1: 'QUEUED' });
    pass(minuteMs);
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
    pass(minuteMs);
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED', T5: 'QUEUED' });
  });

  it('has those that join after its rollout wait for the next minute', () => {
    const { continuous, executions, add, pass } = jobsWorld();
    continuous([groupArn('G1')], rate);
    for (let n = 0; n < 3; n++) pass(minuteMs);
    add('G1', 'T4');
    add('G1', 'T5');
    expect(Object.keys(executions())).toEqual(['T1', 'T2']);
    pass(minuteMs);
    expect(Object.keys(executions())).toEqual(['T1', 'T2', 'T4']);
    pass(minuteMs);
    expect(Object.keys(executions())).toEqual(['T1', 'T2', 'T4', 'T5']);
  });

  it('leaves out what has left before its turn, and takes it when it comes back', () => {
    const { continuous, executions, add, remove, pass } = jobsWorld();
    continuous([groupArn('G1')], rate);
    remove('G1', 'T2');
    for (let n = 0; n < 3; n++) pass(minuteMs);
    expect(executions()).toEqual({ T1: 'QUEUED' });
    add('G1', 'T2');
    pass(minuteMs);
    expect(executions()).toEqual({ T1: 'QUEUED', T2: 'QUEUED' });
  });
});

describe('AssociateTargetsWithJob', () => {
  it('adds groups to a CONTINUOUS job: things in them and things that join later', () => {
    const { aws, continuous, executions, add, job } = jobsWorld();
    continuous(['T4']);
    const more = { targets: [groupArn('G2')], comment: 'the lab, too' };
    expect(aws('POST', '/jobs/j1/targets', more).body).toEqual({
      ...{ jobArn: arn('job/j1'), jobId: 'j1' },
    });
    expect(executions()).toEqual({ T2: 'QUEUED', T3: 'QUEUED', T4: 'QUEUED' });
    add('G2', 'T5');
    expect(executions()).toMatchObject({ T5: 'QUEUED' });
    expect(job()).toMatchObject({
      ...{ targets: [arn('thing/T4'), groupArn('G2')], comment: 'the lab, too' },
    });
    expect(aws('POST', '/jobs/j1/targets', more).status).toBe(200);
    expect(job().targets).toHaveLength(2);
  });

  it.each([
    ['an unknown job', 'j2', [groupArn('G1')], 'ResourceNotFound'],
    ['an unknown group', 'j1', [groupArn('G9')], 'ResourceNotFound'],
    ['a thing', 'j1', ['T1'], 'InvalidRequest'],
    ['no target', 'j1', [], 'InvalidRequest'],
  ])('is refused for %s', (_about, jobId, targets, fault) => {
    const { aws, continuous } = jobsWorld();
    continuous(['T4']);
    expect(aws('POST', `/jobs/${jobId}/targets`, { targets }).fault).toBe(fault);
  });

  it('is refused for a SNAPSHOT job, a canceled one, and beyond 100 targets', () => {
    const { aws, create, continuous } = jobsWorld();
    create(['T4']);
    const associate = (targets: string[]) => aws('POST', '/jobs/j1/targets', { targets });
    expect(associate([groupArn('G1')]).fault).toBe('InvalidRequest');
    aws('DELETE', '/jobs/j1?force=true');
    continuous(['T4']);
    const many = Array.from({ length: 100 }, (_, n) => `M${n}`);
    for (const name of many) aws('POST', `/thing-groups/${name}`);
    expect(associate(many.map(groupArn))).toMatchObject({ status: 410, fault: 'LimitExceeded' });
    aws('PUT', '/jobs/j1/cancel');
    expect(associate([groupArn('G1')]).fault).toBe('InvalidRequest');
  });
});

describe('ListJobs', () => {
  it('lists the jobs with a status, a selection or a target group', () => {
    const { aws } = jobsWorld();
    const make = (jobId: string, targets: string[], targetSelection: string) =>
      aws('PUT', `/jobs/${jobId}`, { targets, document: '{}', targetSelection });
    make('a', ['T1'], 'SNAPSHOT');
    make('b', [groupArn('G1')], 'SNAPSHOT');
    make('c', [groupArn('G1'), groupArn('G2')], 'CONTINUOUS');
    aws('PUT', '/jobs/b/cancel');
    const list = (query: string) =>
      aws('GET', `/jobs?${query}`).body.jobs.map(({ jobId }: { jobId: string }) => jobId);
    expect(list('')).toEqual(['a', 'b', 'c']);
    expect(list('status=IN_PROGRESS')).toEqual(['a', 'c']);
    expect(list('status=CANCELED')).toEqual(['b']);
    expect(list('targetSelection=CONTINUOUS')).toEqual(['c']);
    expect(list('thingGroupName=G1')).toEqual(['b', 'c']);
    expect(list('thingGroupName=G1&status=IN_PROGRESS')).toEqual(['c']);
    expect(list('thingGroupName=G1&maxResults=1&nextToken=1')).toEqual(['c']);
  });

  it.each(['status=QUEUED', 'targetSelection=ONCE', 'thingGroupId=x', 'thingGroupName=a%20b'])(
    'refuses %s',
    (query) => {
      expect(jobsWorld().aws('GET', `/jobs?${query}`).fault).toBe('InvalidRequest');
    },
  );
});

it('the row of a job among those of its group belongs to the group', () => {
  expect(ownerOf('group_jobs', 'G1/j1')).toBe('group/G1');
});
