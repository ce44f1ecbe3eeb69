import { describe, expect, it } from 'vitest';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  type CloudWorld,
  createCloudWorld,
  readAll,
  robot,
  startMs,
} from '../../support/cloud-world.ts';

const prefix = `$aws/things/${robot}/jobs`;
const timestamp = startMs / 1000;

interface JobsWorld extends CloudWorld {
  /** Makes a job for the robot a second later; returns the notifications. */
  create(jobId: string, document?: string): Record<string, unknown>;
  /** Sends a request; returns the responses by the part of the topic after the prefix. */
  request(channel: string, body?: unknown): Record<string, unknown>;
}

function jobsWorld(): JobsWorld {
  const world = createCloudWorld();
  world.enter(robot);
  const byChannel = (sent: readonly (readonly [string, unknown])[]) =>
    Object.fromEntries(
      sent.map(([topic, body]) => [topic.replace(`${prefix}/`, '').replace('$aws/', ''), body]),
    );
  return Object.assign(world, {
    create(jobId: string, document = '{"a":1}') {
      world.nowMs += 1000;
      const made = operatorOf(world.cloud).createJob(
        { jobId, targets: [robot], document },
        world.nowMs,
      );
      if (!made.ok) throw new Error(made.message);
      return byChannel(readAll(made.outbound));
    },
    request(channel: string, body: unknown = {}) {
      world.nowMs += 1000;
      return byChannel(world.send(`${prefix}/${channel}`, body));
    },
  });
}

describe('notifications of the pending list', () => {
  it('are sent as in AWS over the course of two jobs', () => {
    const world = jobsWorld();
    const ids = (list: unknown) =>
      (list as { jobId: string }[] | undefined)?.map(({ jobId }) => jobId);
    const seen = (messages: Record<string, unknown>) => {
      const notify = messages['notify'] as { jobs: Record<string, unknown> } | undefined;
      const next = messages['notify-next'] as
        | { execution?: { jobId: string; status: string } }
        | undefined;
      return {
        ...(notify
          ? { notify: Object.fromEntries(Object.entries(notify.jobs).map(([s, l]) => [s, ids(l)])) }
          : {}),
        ...(next
          ? { next: next.execution ? `${next.execution.jobId} ${next.execution.status}` : 'none' }
          : {}),
      };
    };
    expect(seen(world.create('A'))).toEqual({ notify: { QUEUED: ['A'] }, next: 'A QUEUED' });
    expect(seen(world.create('B'))).toEqual({ notify: { QUEUED: ['A', 'B'] } });
    expect(seen(world.request('B/update', { status: 'IN_PROGRESS' }))).toEqual({
      next: 'B IN_PROGRESS',
    });
    expect(seen(world.request('B/update', { status: 'SUCCEEDED' }))).toEqual({
      notify: { QUEUED: ['A'] },
      next: 'A QUEUED',
    });
    expect(seen(world.request('start-next'))).toEqual({});
    expect(seen(world.request('A/update', { status: 'FAILED' }))).toEqual({
      notify: {},
      next: 'none',
    });
  });

  it('list fifteen at most', () => {
    const world = jobsWorld();
    for (let i = 0; i < 16; i++) world.create(`J${i}`);
    const { notify } = world.create('J16') as { notify: { jobs: { QUEUED: unknown[] } } };
    expect(notify.jobs.QUEUED).toHaveLength(15);
  });
});

describe("a device's request", () => {
  it('starts the next job and publishes it', () => {
    const world = jobsWorld();
    expect(world.request('start-next', { clientToken: 'c' })).toEqual({
      'start-next/accepted': { timestamp: timestamp + 1, clientToken: 'c' },
    });
    world.create('A', '{"op":"x"}');
    const { 'start-next/accepted': accepted } = world.request('start-next', {
      statusDetails: { step: 'one' },
    });
    const started = {
      jobId: 'A',
      thingName: robot,
      status: 'IN_PROGRESS',
      statusDetails: { step: 'one' },
      queuedAt: timestamp + 2,
      startedAt: timestamp + 3,
      lastUpdatedAt: timestamp + 3,
      versionNumber: 2,
      executionNumber: 1,
      jobDocument: { op: 'x' },
    };
    expect(accepted).toEqual({ timestamp: timestamp + 3, execution: started });
    const again = world.request('start-next', { statusDetails: { step: 'two' } });
    expect(again['start-next/accepted']).toMatchObject({ execution: started });
  });

  it('lists and describes', () => {
    const world = jobsWorld();
    world.create('A');
    world.create('B');
    world.request('A/update', { status: 'IN_PROGRESS' });
    expect(world.request('get', '')['get/accepted']).toMatchObject({
      inProgressJobs: [{ jobId: 'A', versionNumber: 2 }],
      queuedJobs: [{ jobId: 'B', versionNumber: 1 }],
    });
    expect(world.request('$next/get')['$next/get/accepted']).toMatchObject({
      execution: { jobId: 'A' },
    });
    const { 'B/get/accepted': plain } = world.request('B/get', { includeJobDocument: false });
    expect(plain).toMatchObject({ execution: { jobId: 'B' } });
    expect(plain).not.toMatchObject({ execution: { jobDocument: expect.anything() } });
    expect(jobsWorld().request('$next/get')['$next/get/accepted']).not.toHaveProperty('execution');
  });

  it('updates with details kept, versions counted and requested parts included', () => {
    const world = jobsWorld();
    world.create('A');
    const first = { status: 'IN_PROGRESS', statusDetails: { p: '40' }, expectedVersion: 1 };
    expect(world.request('A/update', first)['A/update/accepted']).toEqual({
      timestamp: timestamp + 2,
    });
    const more = { includeJobExecutionState: true, includeJobDocument: true, expectedVersion: '2' };
    expect(
      world.request('A/update', { status: 'SUCCEEDED', ...more })['A/update/accepted'],
    ).toEqual({
      timestamp: timestamp + 3,
      executionState: { status: 'SUCCEEDED', statusDetails: { p: '40' }, versionNumber: 3 },
      jobDocument: { a: 1 },
    });
    expect(operatorOf(world.cloud).describeJob('A')).toMatchObject({
      status: 'COMPLETED',
      completedMs: world.nowMs,
    });
  });

  it.each<[string, string, unknown, string, object?]>([
    ['an unknown job', 'X/update', { status: 'FAILED' }, 'ResourceNotFound'],
    ['an unknown job', 'X/get', {}, 'ResourceNotFound'],
    [
      'another version',
      'A/update',
      { status: 'FAILED', expectedVersion: 9 },
      'VersionMismatch',
      { status: 'QUEUED', versionNumber: 1, statusDetails: {} },
    ],
    [
      'a version that is not a number',
      'A/update',
      { status: 'FAILED', expectedVersion: [[1]] },
      'VersionMismatch',
    ],
    ['another execution', 'A/update', { status: 'FAILED', executionNumber: 2 }, 'ResourceNotFound'],
    ['another execution', 'A/get', { executionNumber: 2 }, 'ResourceNotFound'],
    ['no status', 'A/update', {}, 'InvalidRequest'],
    ['a status that only the service sets', 'A/update', { status: 'CANCELED' }, 'InvalidRequest'],
    [
      'details that are not strings',
      'A/update',
      { status: 'FAILED', statusDetails: { a: 1 } },
      'InvalidRequest',
    ],
    [
      'details that are too long',
      'A/update',
      { status: 'FAILED', statusDetails: { a: 'x'.repeat(1025) } },
      'InvalidRequest',
    ],
    ['no JSON', 'A/update', '{', 'InvalidJson'],
    ['a list', 'get', '[]', 'InvalidJson'],
    [
      'a job that has ended',
      'E/update',
      { status: 'FAILED' },
      'InvalidStateTransition',
      { status: 'REJECTED' },
    ],
    ['a job that has ended', 'E/get', {}, 'TerminalStateReached'],
  ])('is rejected for %s: %s', (_name, channel, body, code, executionState) => {
    const world = jobsWorld();
    world.create('E');
    world.request('E/update', { status: 'REJECTED' });
    world.create('A');
    const answer = world.request(channel, body)[`${channel}/rejected`];
    expect(answer).toMatchObject({ code, message: expect.any(String) });
    if (executionState) expect(answer).toMatchObject({ executionState });
    expect(world.cloud.rows.get('job_executions', `${robot}/A`)?.versionNumber).toBe(1);
  });

  it('is answered whether or not it has subscribed', () => {
    const world = jobsWorld();
    const topic = `${prefix}/get`;
    const payload = new Uint8Array();
    expect(world.cloud.receive({ robot, topic, payload }, world.nowMs)).toMatchObject([
      { robot, direct: true, topic: `${prefix}/get/accepted` },
    ]);
  });
});

describe('making a job', () => {
  const base = { jobId: 'J', targets: [robot], document: '{}' };

  it.each<[string, object, string]>([
    ['an invalid id', { jobId: 'a b' }, 'InvalidRequest'],
    ['no targets', { targets: [] }, 'InvalidRequest'],
    ['an unknown thing', { targets: ['R9'] }, 'ResourceNotFound'],
    ['an unknown group', { targets: ['arn:aws:iot:us-east-1:1:thinggroup/g'] }, 'ResourceNotFound'],
    ['no JSON', { document: 'x' }, 'InvalidRequest'],
    ['a list', { document: '[]' }, 'InvalidRequest'],
    [
      'a document of more than 32 KB',
      { document: `{"a":"${'x'.repeat(33_000)}"}` },
      'InvalidRequest',
    ],
    ['another selection', { targetSelection: 'ONCE' }, 'InvalidRequest'],
    ['a URL lifetime out of range', { urlExpiresS: 59 }, 'InvalidRequest'],
    ['an id that is taken', { jobId: 'TAKEN' }, 'ResourceAlreadyExists'],
  ])('is rejected for %s', (_name, change, code) => {
    const world = jobsWorld();
    world.create('TAKEN');
    const result = operatorOf(world.cloud).createJob({ ...base, ...change }, world.nowMs);
    expect(result).toMatchObject({ ok: false, code });
    expect(world.store.list('jobs')).toHaveLength(1);
  });

  it('includes each thing once and completes when all have ended', () => {
    const world = jobsWorld();
    world.enter('R2');
    const targets = [robot, 'R2', `arn:aws:iot:us-east-1:000000000000:thing/${robot}`];
    operatorOf(world.cloud).createJob({ ...base, targets }, world.nowMs);
    expect(operatorOf(world.cloud).executionsOf('J')).toHaveLength(2);
    world.request('J/update', { status: 'SUCCEEDED' });
    expect(operatorOf(world.cloud).describeJob('J')?.status).toBe('IN_PROGRESS');
    const sent = world.send('$aws/things/R2/jobs/J/update', { status: 'FAILED' }, 'R2');
    expect(operatorOf(world.cloud).describeJob('J')?.status).toBe('COMPLETED');
    expect(sent.map(([topic]) => topic)).toEqual([
      '$aws/things/R2/jobs/J/update/accepted',
      '$aws/things/R2/jobs/notify',
      '$aws/things/R2/jobs/notify-next',
      '$aws/events/jobExecution/J/failed',
      '$aws/events/job/J/completed',
    ]);
  });

  it('returns a fresh pre-signed URL each time the document is requested', () => {
    const world = jobsWorld();
    const placeholder = `\${aws:iot:s3-presigned-url:https://s3.x.amazonaws.com/objects/fw/a b.bin}`;
    world.create('U', JSON.stringify({ nested: [{ url: placeholder }] }));
    const urlOf = () => {
      const { 'U/get/accepted': answer } = world.request('U/get');
      const { execution } = answer as { execution: { jobDocument: { nested: [{ url: string }] } } };
      return new URL(execution.jobDocument.nested[0].url);
    };
    const first = urlOf();
    expect(first.origin + first.pathname).toBe('https://localhost:8443/objects/fw/a%20b.bin');
    expect(first.searchParams.get('X-Amz-Expires')).toBe('3600');
    expect(urlOf().searchParams.get('X-Amz-Date')).not.toBe(first.searchParams.get('X-Amz-Date'));
    expect(world.store.get('jobs', 'U')?.document).toContain(placeholder);
  });
});
