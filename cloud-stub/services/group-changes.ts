import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import { groupsOf, isMember, noGroup } from './group-members.ts';
import { joinJobs, leaveJobs } from './job-groups.ts';

/** How things join and leave groups, and what follows for the jobs of these groups. */

/** AWS: the most groups of one thing. */
const groupsOfThingMax = 10;

interface Member {
  readonly group: string;
  readonly thing: RobotId;
}
type MemberFault = 'InvalidRequest' | 'ResourceNotFound';

/** A member that is added again stays one. */
export function addMember(ctx: Context, { group, thing }: Member): Result<null, MemberFault> {
  const missing = missingIn(ctx, { group, thing });
  if (missing) return missing;
  if (isMember(ctx, group, thing)) return ok(null);
  if (groupsOf(ctx, thing).length >= groupsOfThingMax) {
    return refuse('InvalidRequest', `a thing can be in ${groupsOfThingMax} groups at most`);
  }
  ctx.store.put('group_members', `${group}/${thing}`, { sinceMs: ctx.nowMs });
  ctx.store.put('memberships', `${thing}/${group}`, { sinceMs: ctx.nowMs });
  ctx.log.info({ robotId: thing, group }, 'thing added to group');
  joinJobs(ctx, group, thing);
  return ok(null);
}

/** What is no member is removed without an error (AWS). */
export function removeMember(ctx: Context, { group, thing }: Member): Result<null, MemberFault> {
  const missing = missingIn(ctx, { group, thing });
  if (missing) return missing;
  if (isMember(ctx, group, thing)) leave(ctx, group, thing);
  return ok(null);
}

function missingIn(
  { store }: Context,
  { group, thing }: Member,
): Result<never, 'ResourceNotFound'> | undefined {
  if (store.get('thing_groups', group) === undefined) return noGroup(group);
  if (store.get('things', thing) !== undefined) return undefined;
  return refuse('ResourceNotFound', `Thing ${thing} not found`);
}

export function leave(ctx: Context, group: string, thing: RobotId): void {
  ctx.store.remove('group_members', `${group}/${thing}`);
  ctx.store.remove('memberships', `${thing}/${group}`);
  ctx.log.info({ robotId: thing, group }, 'thing removed from group');
  leaveJobs(ctx, group, thing);
}

/** The thing is no more. */
export function leaveAll(ctx: Context, thing: RobotId): void {
  for (const group of groupsOf(ctx, thing)) leave(ctx, group, thing);
}
