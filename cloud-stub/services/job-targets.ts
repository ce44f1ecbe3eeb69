import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { JobRow } from '../job-rows.ts';
import { groupIn, thingIn } from './arn-names.ts';
import { isJobOpen } from './execution-changes.ts';
import { membersOf, noGroup } from './group-members.ts';
import { addTargets, followGroups } from './job-groups.ts';

/** For which things a job is. Source: AWS IoT API reference, CreateJob, AssociateTargetsWithJob. */

export interface Targets {
  readonly things: readonly RobotId[];
  readonly groups: readonly string[];
}

type TargetFault = 'InvalidRequest' | 'LimitExceeded' | 'ResourceNotFound';

/** ARNs of things and thing groups; a thing also by its bare name. Each must be known. */
export function readTargets(
  ctx: Context,
  given: readonly string[],
): Result<Targets, 'InvalidRequest' | 'ResourceNotFound'> {
  if (given.length === 0) return refuse('InvalidRequest', 'targets must name a thing or a group');
  const groups = given.flatMap((target) => groupIn(target) ?? []);
  const things = given
    .filter((target) => groupIn(target) === undefined)
    .map((target) => thingIn(target) ?? target);
  const strange = things.find((thing) => !isRobotId(thing));
  if (strange !== undefined) {
    return refuse('InvalidRequest', 'targets must be things or thing groups');
  }
  const unknown = things.find((thing) => ctx.store.get('things', thing) === undefined);
  if (unknown !== undefined) return refuse('ResourceNotFound', `no thing ${unknown}`);
  const gone = groups.find((group) => ctx.store.get('thing_groups', group) === undefined);
  if (gone !== undefined) return noGroup(gone);
  return ok({ things: [...new Set(things)], groups: [...new Set(groups)] });
}

/** What a job's row says of its targets: the things that get an execution, and how they were given. */
export function targetsOf(
  ctx: Context,
  { things, groups }: Targets,
): Pick<JobRow, 'targets' | 'groups' | 'named'> {
  const members = groups.flatMap((group) => membersOf(ctx, group));
  return {
    targets: [...new Set([...things, ...members])],
    ...(groups.length === 0 ? {} : { groups: [...groups], named: [...things] }),
  };
}

/** AWS: of one job. */
const targetsMax = 100;

/** Adds groups to a CONTINUOUS job. */
export function associateTargets(
  ctx: Context,
  { jobId, targets, comment }: { jobId: string; targets: readonly string[]; comment?: string },
): Result<JobRow, TargetFault> {
  const job = ctx.store.get('jobs', jobId);
  if (job === undefined) return refuse('ResourceNotFound', `Job ${jobId} cannot be found.`);
  const read = readTargets(ctx, targets);
  if (!read.ok) return read;
  if (read.value.things.length > 0) {
    return refuse('InvalidRequest', 'targets must be ARNs of thing groups');
  }
  if (job.targetSelection !== 'CONTINUOUS' || !isJobOpen(job) || job.rolloutEnded) {
    return refuse('InvalidRequest', `job ${jobId} is not a CONTINUOUS one that goes on`);
  }
  const { named = job.targets, groups: before = [] } = job;
  const groups = [...new Set([...before, ...read.value.groups])];
  if (named.length + groups.length > targetsMax) {
    return refuse('LimitExceeded', `a job has ${targetsMax} targets at most`);
  }
  const changed: JobRow = {
    ...job,
    ...{ groups, named, changedMs: ctx.nowMs },
    ...(comment === undefined ? {} : { comment }),
  };
  ctx.store.put('jobs', jobId, changed);
  followGroups(ctx, changed);
  addTargets(ctx, changed, [
    ...new Set(read.value.groups.flatMap((group) => membersOf(ctx, group))),
  ]);
  return ok(changed);
}
