import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { awsOf } from '../support/cloud-aws.ts';
import { groupArn, minuteMs } from '../support/cloud-jobs.ts';
import { createCloudWorld, readAll, robot, type Sent } from '../support/cloud-world.ts';
import errors from './aws/job-errors.json' with { type: 'json' };
import traces from './aws/job-notifications.json' with { type: 'json' };
import states from './aws/job-states.json' with { type: 'json' };
import timers from './aws/job-timers.json' with { type: 'json' };

/** What AWS's developer guide says of jobs, against the stub: see `aws/README.md`. */

const prefix = `$aws/things/${robot}/jobs`;
const document = JSON.stringify({ operation: 'test' });

function jobsWorld() {
  const world = createCloudWorld();
  world.enter(robot);
  const aws = awsOf(world);
  return {
    world,
    aws,
    create: (id: string, more: object = {}) =>
      aws('PUT', `/jobs/${id}`, { targets: [robot], document, ...more }).sent,
    update: (id: string, body: object) => world.send(`${prefix}/${id}/update`, body),
    tick: () => readAll(world.cloud.tick(world.nowMs)),
    status: (id: string): string => aws('GET', `/things/${robot}/jobs/${id}`).body.execution.status,
  };
}

const messageOf = (sent: readonly Sent[], channel: string) =>
  sent.find(([topic]) => topic === `${prefix}/${channel}`)?.[1];

interface Step {
  readonly about: string;
  readonly at: number;
  readonly create?: string;
  readonly update?: string;
  readonly status?: string;
  readonly delete?: string;
  readonly notify?: object;
  readonly next?: object | null;
}

describe.each(traces)('notifications: $section', ({ steps }) => {
  it('are those of the guide', () => {
    const jobs = jobsWorld();
    for (const step of steps as Step[]) {
      jobs.world.nowMs = step.at * 1000;
      const sent = [
        ...(step.create ? jobs.create(step.create) : []),
        ...(step.update ? jobs.update(step.update, { status: step.status }) : []),
        ...(step.delete ? jobs.aws('DELETE', `/jobs/${step.delete}?force=true`).sent : []),
        ...jobs.tick(),
      ];
      const { about, at: timestamp, notify, next } = step;
      const listed = messageOf(sent, 'notify');
      expect([about, listed]).toEqual([about, notify && { timestamp, jobs: notify }]);
      const announced = messageOf(sent, 'notify-next');
      if (next) expect([about, announced]).toMatchObject([about, { timestamp, execution: next }]);
      else expect([about, announced]).toEqual([about, next === null ? { timestamp } : undefined]);
    }
  });
});

describe(`job execution states: ${states.section}`, () => {
  /** A job `J` whose execution is in that state. */
  const inState = (state: string) => {
    const jobs = jobsWorld();
    const { aws, world } = jobs;
    aws('POST', '/thing-groups/G');
    const group = { thingGroupName: 'G', thingName: robot };
    aws('PUT', '/thing-groups/addThingToThingGroup', group);
    const timeoutConfig = { inProgressTimeoutInMinutes: 1 };
    const more = { targets: [groupArn('G')], targetSelection: 'CONTINUOUS', timeoutConfig };
    jobs.create('J', more);
    if (state === 'CANCELED') aws('PUT', `/things/${robot}/jobs/J/cancel`, {});
    if (state === 'REMOVED') aws('PUT', '/thing-groups/removeThingFromThingGroup', group);
    if (state === 'TIMED_OUT') {
      jobs.update('J', { status: 'IN_PROGRESS' });
      world.nowMs += minuteMs;
    }
    if (states.byDevice.includes(state)) jobs.update('J', { status: state });
    jobs.tick();
    expect(jobs.status('J')).toBe(state);
    return jobs;
  };
  const rows = states.states.flatMap(({ from, accepted, undocumented = {} }) => [
    ...states.byDevice.map((to) => {
      const isAccepted = [...accepted, ...Object.keys(undocumented)].includes(to);
      return [from, to, isAccepted ? 'accepted' : 'InvalidStateTransition'] as const;
    }),
    ...states.byService.map((to) => [from, to, 'InvalidRequest'] as const),
  ]);

  it.each(rows)('from %s to %s by the device: %s', (from, to, outcome) => {
    const jobs = inState(from);
    const sent = jobs.update('J', { status: to, includeJobExecutionState: true });
    const answer = messageOf(sent, `J/update/${outcome === 'accepted' ? outcome : 'rejected'}`);
    const now = outcome === 'accepted' ? to : from;
    if (outcome === 'accepted') expect(answer).toMatchObject({ executionState: { status: to } });
    else if (outcome === 'InvalidRequest') {
      expect(answer).toMatchObject({ code: outcome });
      expect(answer).not.toHaveProperty('executionState');
    } else expect(answer).toMatchObject({ code: outcome, executionState: { status: from } });
    expect(jobs.status('J')).toBe(now);
  });
});

describe(`errors: ${errors.section}`, () => {
  const bytesOf = ({ body, raw, hex }: { body?: object; raw?: string; hex?: string }) =>
    hex === undefined ? Buffer.from(raw ?? JSON.stringify(body)) : Buffer.from(hex, 'hex');
  const cases = errors.codes.flatMap(({ code, executionState, cases = [] }) =>
    cases.map((one) => ({ code, executionState, ...one })),
  );

  it.each(cases)('$code for $about at $topic', ({ code, executionState, topic, ...given }) => {
    const { world, create, update } = jobsWorld();
    create('ended');
    for (const status of ['IN_PROGRESS', 'SUCCEEDED']) update('ended', { status });
    create('queued');
    const sent = world.send(`${prefix}/${topic}`, bytesOf(given));
    const answer = messageOf(sent, `${topic}/rejected`);
    expect(answer).toMatchObject({
      ...{ code, message: expect.any(String), timestamp: world.nowMs / 1000 },
    });
    expect(answer?.['executionState']).toEqual(executionState);
  });

  it('reflect the client token, however long it is', () => {
    const { world } = jobsWorld();
    const clientToken = 'x'.repeat(1000);
    for (const [topic, word] of [
      ['get', 'accepted'],
      ['none/get', 'rejected'],
    ]) {
      const sent = world.send(`${prefix}/${topic}`, { clientToken });
      expect(messageOf(sent, `${topic}/${word}`)).toMatchObject({ clientToken });
    }
  });

  it('that are not served are in docs/aws.md', async () => {
    const docs = await readFile(new URL('../../docs/aws.md', import.meta.url), 'utf8');
    const unserved = errors.codes.filter((one) => one.cases === undefined);
    expect(unserved.filter(({ code }) => !docs.includes(`\`${code}\``))).toEqual([]);
  });
});

describe(`timers: ${timers.section}`, () => {
  const { steps, inProgressTimeoutInMinutes } = timers;

  it.each(steps.map((step, i) => ({ ...step, count: i + 1 })))(
    '$about at $at: times out at $timesOutAt',
    ({ count, timesOutAt }) => {
      const jobs = jobsWorld();
      const { world } = jobs;
      const noonMs = world.nowMs;
      jobs.create('J', { timeoutConfig: { inProgressTimeoutInMinutes } });
      for (const { at, step } of steps.slice(0, count)) {
        world.nowMs = noonMs + at * minuteMs;
        jobs.tick();
        const timer = step === undefined ? {} : { stepTimeoutInMinutes: step };
        jobs.update('J', { status: 'IN_PROGRESS', ...timer });
      }
      world.nowMs = noonMs + timesOutAt * minuteMs - 1;
      jobs.tick();
      expect(jobs.status('J')).toBe('IN_PROGRESS');
      world.nowMs += 1;
      expect(messageOf(jobs.tick(), 'notify')).toMatchObject({ jobs: {} });
      expect(jobs.status('J')).toBe('TIMED_OUT');
    },
  );
});
