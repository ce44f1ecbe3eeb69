import fc from 'fast-check';
import { expect, it } from 'vitest';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

/**
 * The jobs service against a model of its own make: for each thing a list of executions in the order in which they were
 * queued, and rules that read like AWS's state table.
 */

const things = ['T1', 'T2'] as const;
const jobIds = ['A', 'B', 'C'] as const;
type Thing = (typeof things)[number];
type Status = 'QUEUED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'REJECTED' | 'CANCELED';

interface Execution {
  readonly thing: Thing;
  readonly job: string;
  status: Status;
  /** 1 when it is queued, one more with each change. */
  version: number;
}
interface Model {
  /** In the order in which they were queued. */
  executions: Execution[];
  jobs: Map<
    string,
    { targets: readonly Thing[]; status: 'IN_PROGRESS' | 'COMPLETED' | 'CANCELED' }
  >;
}

const isOpen = ({ status }: Execution) => status === 'QUEUED' || status === 'IN_PROGRESS';
const find = ({ executions }: Model, thing: Thing, job: string) =>
  executions.find((one) => one.thing === thing && one.job === job);
/** Those in progress come first. */
const pending = ({ executions }: Model, thing: Thing) => {
  const open = executions.filter((one) => one.thing === thing && isOpen(one));
  return [
    ...open.filter(({ status }) => status === 'IN_PROGRESS'),
    ...open.filter(({ status }) => status === 'QUEUED'),
  ];
};
const set = (execution: Execution, status: Status) => {
  execution.status = status;
  execution.version += 1;
};
/** A job is complete when it has no open execution. */
const complete = (model: Model) => {
  for (const [id, job] of model.jobs) {
    const open = model.executions.some((one) => one.job === id && isOpen(one));
    if (job.status === 'IN_PROGRESS' && !open) job.status = 'COMPLETED';
  }
};

const thing = fc.constantFrom(...things);
const job = fc.constantFrom(...jobIds);
const step = fc.oneof(
  fc.record({
    do: fc.constant('create' as const),
    job,
    targets: fc.constantFrom<readonly Thing[]>(['T1'], ['T2'], ['T1', 'T2'], ['T2', 'T1']),
  }),
  fc.record({ do: fc.constant('start-next' as const), thing }),
  fc.record({
    do: fc.constant('update' as const),
    ...{ thing, job },
    status: fc.constantFrom('IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED'),
    versionOff: fc.option(fc.constantFrom(0, 0, 1), { nil: undefined }),
  }),
  fc.record({ do: fc.constant('cancel-job' as const), job, force: fc.boolean() }),
  fc.record({ do: fc.constant('cancel' as const), thing, job, force: fc.boolean() }),
  fc.record({ do: fc.constant('delete' as const), thing, job, force: fc.boolean() }),
  fc.record({ do: fc.constant('delete-job' as const), job, force: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Does the step in the model; the code of its refusal, or undefined. */
function play(model: Model, one: Step): string | undefined {
  if (one.do === 'create') {
    if (model.jobs.has(one.job)) return 'ResourceAlreadyExists';
    model.jobs.set(one.job, { targets: one.targets, status: 'IN_PROGRESS' });
    for (const name of one.targets) {
      model.executions.push({ thing: name, job: one.job, status: 'QUEUED', version: 1 });
    }
    return undefined;
  }
  if (one.do === 'start-next') {
    const [next] = pending(model, one.thing);
    if (next?.status === 'QUEUED') set(next, 'IN_PROGRESS');
    return undefined;
  }
  if (one.do === 'cancel-job') {
    const found = model.jobs.get(one.job);
    if (found === undefined) return 'ResourceNotFound';
    if (found.status === 'COMPLETED') return 'InvalidRequest';
    found.status = 'CANCELED';
    for (const execution of model.executions.filter((each) => each.job === one.job)) {
      const ends = execution.status === 'QUEUED' || (one.force && isOpen(execution));
      if (ends) set(execution, 'CANCELED');
    }
    return undefined;
  }
  if (one.do === 'delete-job') {
    const found = model.jobs.get(one.job);
    if (found === undefined) return 'ResourceNotFound';
    const isRunning = model.executions.some(
      (each) => each.job === one.job && each.status === 'IN_PROGRESS',
    );
    if (!one.force && (found.status === 'IN_PROGRESS' || isRunning))
      return 'InvalidStateTransition';
    model.jobs.delete(one.job);
    model.executions = model.executions.filter((each) => each.job !== one.job);
    return undefined;
  }
  const execution = find(model, one.thing, one.job);
  if (execution === undefined) return 'ResourceNotFound';
  if (one.do === 'update') {
    const { versionOff = 0 } = one;
    if (versionOff !== 0) return 'VersionMismatch';
    if (!isOpen(execution)) return 'InvalidStateTransition';
    set(execution, one.status as Status);
    return undefined;
  }
  if (one.do === 'cancel') {
    if (!isOpen(execution)) return 'InvalidStateTransition';
    if (execution.status === 'IN_PROGRESS' && !one.force) return 'InvalidStateTransition';
    set(execution, 'CANCELED');
    return undefined;
  }
  if (isOpen(execution) && !one.force) return 'InvalidStateTransition';
  model.executions = model.executions.filter((each) => each !== execution);
  return undefined;
}

it('the executions, their order, the notifications and the ends of jobs are those of the model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const world = createCloudWorld();
      for (const name of things) world.enter(name);
      const operator = operatorOf(world.cloud);
      const model: Model = { executions: [], jobs: new Map() };
      const send = (name: Thing, channel: string, body: unknown) => {
        const topic = `$aws/things/${name}/jobs/${channel}`;
        const sent = world.send(topic, body, name);
        const answer = sent.find(
          ([to]) => to === `${topic}/accepted` || to === `${topic}/rejected`,
        );
        const code = answer?.[1]['code'];
        return { code, topics: sent.map(([to]) => to), body: answer?.[1] };
      };
      const control = (one: Exclude<Step, { do: 'start-next' | 'update' }>) => {
        const { nowMs } = world;
        const { job: jobId } = one;
        if (one.do === 'create') {
          return operator.createJob({ jobId, targets: one.targets, document: '{}' }, nowMs);
        }
        const { force } = one;
        if (one.do === 'cancel-job') return operator.cancelJob({ jobId, force }, nowMs);
        if (one.do === 'delete-job') return operator.deleteJob({ jobId, force }, nowMs);
        const target = { thing: one.thing, jobId, force };
        return one.do === 'cancel'
          ? operator.cancelExecution(target, nowMs)
          : operator.deleteExecution({ ...target, executionNumber: 1 }, nowMs);
      };
      const ask = (one: Step): { code: unknown; topics: readonly string[] } => {
        if (one.do === 'start-next') return send(one.thing, 'start-next', {});
        if (one.do === 'update') {
          const version = find(model, one.thing, one.job)?.version ?? 1;
          const { versionOff } = one;
          const expected =
            versionOff === undefined ? {} : { expectedVersion: version + versionOff };
          return send(one.thing, `${one.job}/update`, { status: one.status, ...expected });
        }
        const done = control(one);
        return {
          code: done.ok ? undefined : done.code,
          topics: done.outbound.map(({ topic }) => topic),
        };
      };
      const listOf = (name: Thing) => pending(model, name).map(({ job: id }) => id);

      for (const one of steps) {
        world.nowMs += 1000;
        const before = things.map(listOf);
        const sent = ask(one);
        expect([one, sent.code]).toEqual([one, play(model, one)]);
        complete(model);
        for (const [i, name] of things.entries()) {
          const [old = [], list] = [before[i], listOf(name)];
          const prefix = `$aws/things/${name}/jobs`;
          const isChanged = old.toSorted().join() !== list.toSorted().join();
          expect(sent.topics.includes(`${prefix}/notify`)).toBe(isChanged);
          expect(sent.topics.includes(`${prefix}/notify-next`)).toBe(old[0] !== list[0]);
          const { body } = send(name, 'get', {});
          const { inProgressJobs = [], queuedJobs = [] } = (body ?? {}) as Record<
            string,
            unknown[]
          >;
          const shown = [...inProgressJobs, ...queuedJobs];
          expect(shown).toMatchObject(
            pending(model, name).map(({ job: jobId, version }) => ({
              ...{ jobId, versionNumber: version },
            })),
          );
        }
        const statuses = new Map([...model.jobs].map(([id, { status }]) => [id, status]));
        const stored = world.store.list('jobs').map(({ key, value }) => [key, value.status]);
        expect(new Map(stored as [string, string][])).toEqual(statuses);
      }
    }),
    { numRuns: 300 },
  );
});
