import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { Context } from '../core/unit.ts';
import type { ThingGroupRow } from '../thing-rows.ts';
import {
  type AttributePayload,
  type Attributes,
  changedAttributes,
  firstAttributes,
  sameAttributes,
} from './attributes.ts';
import { leave } from './group-changes.ts';
import { membersOf, noGroup } from './group-members.ts';
import { forgetJobsOf } from './job-groups.ts';
import { type ThingFault, wrongVersion } from './thing-control.ts';

/**
 * Static groups of things. They have no parents and no policies here: a group serves lists and jobs.
 * Source: AWS IoT API reference, CreateThingGroup and its siblings.
 */

export const isGroupName = (text: string): boolean => /^[a-zA-Z0-9:_-]{1,128}$/.test(text);

const attributesMax = 50;

export interface GroupProperties {
  readonly description?: string;
  readonly payload?: AttributePayload;
}

/** The same group again is no error (AWS). */
export function createGroup(
  ctx: Context,
  groupName: string,
  { description, payload }: GroupProperties,
): Result<ThingGroupRow, ThingFault> {
  if (!isGroupName(groupName)) {
    return refuse('InvalidRequest', 'thingGroupName must be [a-zA-Z0-9:_-]{1,128}');
  }
  const attributes = firstAttributes(payload, attributesMax);
  if (!attributes.ok) return attributes;
  const known = ctx.store.get('thing_groups', groupName);
  if (known !== undefined) {
    return isSame(known, description, attributes.value)
      ? ok(known)
      : refuse('ResourceAlreadyExists', `Thing group ${groupName} exists with other properties`);
  }
  const group: ThingGroupRow = {
    ...{ groupName, groupId: ctx.entropy(16), version: 1, createdMs: ctx.nowMs },
    ...(description === undefined ? {} : { description }),
    attributes: attributes.value,
  };
  ctx.store.put('thing_groups', groupName, group);
  ctx.log.info({ group: groupName }, 'thing group made');
  return ok(group);
}

const isSame = (
  group: ThingGroupRow,
  description: string | undefined,
  attributes: Attributes,
): boolean => group.description === description && sameAttributes(group.attributes, attributes);

/** Changes what is given. */
export function updateGroup(
  ctx: Context,
  groupName: string,
  change: GroupProperties & { expectedVersion: number | undefined },
): Result<ThingGroupRow, ThingFault> {
  const group = ctx.store.get('thing_groups', groupName);
  if (group === undefined) return noGroup(groupName);
  const fault = wrongVersion(group, change.expectedVersion);
  if (fault) return fault;
  const { description, payload = { attributes: {}, merge: true } } = change;
  const attributes = changedAttributes(group.attributes, payload, attributesMax);
  if (!attributes.ok) return attributes;
  const changed: ThingGroupRow = {
    ...group,
    ...(description === undefined ? {} : { description }),
    ...{ attributes: attributes.value, version: group.version + 1 },
  };
  ctx.store.put('thing_groups', groupName, changed);
  return ok(changed);
}

/** Removes a group, if there is one. Its things stay. */
export function deleteGroup(
  ctx: Context,
  groupName: string,
  expectedVersion: number | undefined,
): Result<null, ThingFault> {
  const group = ctx.store.get('thing_groups', groupName);
  if (group === undefined) return ok(null);
  const fault = wrongVersion(group, expectedVersion);
  if (fault) return fault;
  for (const thing of membersOf(ctx, groupName)) leave(ctx, groupName, thing);
  forgetJobsOf(ctx, groupName);
  ctx.store.remove('thing_groups', groupName);
  ctx.log.info({ group: groupName }, 'thing group deleted');
  return ok(null);
}
