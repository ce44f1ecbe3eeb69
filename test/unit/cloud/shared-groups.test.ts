import { describe, expect, it } from 'vitest';
import { runOn } from '../../../cloud-stub/core/rerun.ts';
import type { Context } from '../../../cloud-stub/core/unit.ts';
import { addMember, removeMember } from '../../../cloud-stub/services/group-changes.ts';
import { createJob } from '../../../cloud-stub/services/job-control.ts';
import { cancelJob } from '../../../cloud-stub/services/job-endings.ts';
import { createThing } from '../../../cloud-stub/services/thing-control.ts';
import { createGroup } from '../../../cloud-stub/services/thing-groups.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';
import { createShared } from '../../support/shared-store.ts';

const { config } = createCloudWorld();
const parts = { entropy: () => '0', config, nowMs: startMs };
const member = { group: 'G1', thing: 'T1' };
const arn = 'arn:aws:iot:us-east-1:000000000000:thinggroup/G1';

const make = (ctx: Context) =>
  createJob(ctx, { jobId: 'j1', targets: [arn], document: '{}', targetSelection: 'CONTINUOUS' });
const join = (ctx: Context) => addMember(ctx, member);
const leave = (ctx: Context) => removeMember(ctx, member);
const cancel = (ctx: Context) => cancelJob(ctx, { jobId: 'j1', force: false });

/** A store with the thing and the group, after the `earlier` units of work. */
async function sharedWorld(...earlier: ((ctx: Context) => unknown)[]) {
  const store = createMemoryStore();
  const shared = createShared(store);
  const run = (work: (ctx: Context) => unknown) => runOn(shared, parts, work);
  await run((ctx) => createThing(ctx, 'T1', undefined));
  await run((ctx) => createGroup(ctx, 'G1', {}));
  for (const work of earlier) await run(work);
  return {
    /** Another process commits `second` just before `first` is committed. */
    async race(first: (ctx: Context) => unknown, second: (ctx: Context) => unknown) {
      let isFirst = true;
      const commit: typeof shared.commit = async (writes, fences) => {
        if (isFirst) {
          isFirst = false;
          await run(second);
        }
        return shared.commit(writes, fences);
      };
      await runOn({ ...shared, commit }, parts, first);
    },
    status: () => store.get('job_executions', 'T1/j1')?.status,
  };
}

describe('on a store of several processes', () => {
  it.each([
    ['joins while the job is made', [], make, join, 'QUEUED'],
    ['joins, and the job is made meanwhile', [], join, make, 'QUEUED'],
    ['leaves while the job is made', [join], make, leave, undefined],
    ['leaves, and the job is made meanwhile', [join], leave, make, 'REMOVED'],
    ['joins while the job is canceled', [make], cancel, join, 'CANCELED'],
    ['joins, and the job is canceled meanwhile', [make], join, cancel, undefined],
  ] as const)(
    'a thing that %s has the execution that it should',
    async (_about, earlier, first, second, status) => {
      const { race, status: now } = await sharedWorld(...earlier);
      await race(first, second);
      expect(now()).toBe(status);
    },
  );
});
