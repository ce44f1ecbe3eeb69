import { seconds } from '../core/messages.ts';
import * as changes from '../services/group-changes.ts';
import * as members from '../services/group-members.ts';
import { noThing } from '../services/thing-control.ts';
import * as groups from '../services/thing-groups.ts';
import type { ThingGroupRow } from '../thing-rows.ts';
import { thingGroupArn } from './arns.ts';
import { readVersion, versionIn } from './aws-things.ts';
import { memberMembers, propertiesOf, readMember, readProperties } from './group-fields.ts';
import {
  ended,
  fault,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  readJson,
  reply,
} from './routes.ts';

const pages = ['nextToken', 'maxResults'];

/** AWS IoT's paths for static thing groups (client-iot). */
export const thingGroupRoutes: readonly Route[] = [
  {
    operation: 'ListThingGroups',
    method: 'GET',
    path: '/thing-groups',
    query: ['namePrefixFilter', ...pages],
    serve: listGroups,
  },
  {
    operation: 'CreateThingGroup',
    method: 'POST',
    path: '/thing-groups/{}',
    body: ['thingGroupProperties'],
    serve: createGroup,
  },
  {
    operation: 'DescribeThingGroup',
    method: 'GET',
    path: '/thing-groups/{}',
    serve: describeGroup,
  },
  {
    operation: 'UpdateThingGroup',
    method: 'PATCH',
    path: '/thing-groups/{}',
    body: ['thingGroupProperties', 'expectedVersion'],
    serve: updateGroup,
  },
  {
    operation: 'DeleteThingGroup',
    method: 'DELETE',
    path: '/thing-groups/{}',
    query: ['expectedVersion'],
    serve: (ctx, name = '') => ended(groups.deleteGroup(ctx, name, versionIn(ctx.query))),
  },
  {
    operation: 'AddThingToThingGroup',
    method: 'PUT',
    path: '/thing-groups/addThingToThingGroup',
    body: memberMembers,
    serve: (ctx) => changeMember(ctx, changes.addMember),
  },
  {
    operation: 'RemoveThingFromThingGroup',
    method: 'PUT',
    path: '/thing-groups/removeThingFromThingGroup',
    body: memberMembers,
    serve: (ctx) => changeMember(ctx, changes.removeMember),
  },
  {
    operation: 'ListThingsInThingGroup',
    method: 'GET',
    path: '/thing-groups/{}/things',
    query: pages,
    serve: listThings,
  },
  {
    operation: 'ListThingGroupsForThing',
    method: 'GET',
    path: '/things/{}/thing-groups',
    query: pages,
    serve: listGroupsOf,
  },
];

function createGroup(ctx: RouteContext, name: string): Reply {
  const properties = readProperties(readJson(ctx.body)?.['thingGroupProperties']);
  if (!properties.ok) return ended(properties);
  const made = groups.createGroup(ctx, name, properties.value ?? {});
  return made.ok ? reply(identityOf(ctx, made.value)) : ended(made);
}

function describeGroup(ctx: RouteContext, name: string): Reply {
  const group = ctx.store.get('thing_groups', name);
  if (group === undefined) return ended(members.noGroup(name));
  return reply({
    ...identityOf(ctx, group),
    version: group.version,
    thingGroupProperties: propertiesOf(group),
    thingGroupMetadata: { creationDate: seconds(group.createdMs) },
  });
}

const identityOf = ({ config }: RouteContext, { groupName, groupId }: ThingGroupRow) => ({
  thingGroupName: groupName,
  thingGroupArn: thingGroupArn(config.region, groupName),
  thingGroupId: groupId,
});

function updateGroup(ctx: RouteContext, name: string): Reply {
  const { thingGroupProperties, expectedVersion } = readJson(ctx.body) ?? {};
  const properties = readProperties(thingGroupProperties);
  if (!properties.ok) return ended(properties);
  if (properties.value === undefined) {
    return fault('InvalidRequest', 'thingGroupProperties is required');
  }
  const version = readVersion(expectedVersion);
  if (!version.ok) return ended(version);
  const change = { ...properties.value, expectedVersion: version.value };
  const changed = groups.updateGroup(ctx, name, change);
  return changed.ok ? reply({ version: changed.value.version }) : ended(changed);
}

function changeMember(ctx: RouteContext, change: typeof changes.addMember): Reply {
  const member = readMember(readJson(ctx.body) ?? {});
  return ended(member.ok ? change(ctx, member.value) : member);
}

function listGroups(ctx: RouteContext): Reply {
  const prefix = ctx.query.get('namePrefixFilter');
  return groupsReply(
    ctx,
    ctx.store.list('thing_groups', prefix ?? '').map(({ key }) => key),
  );
}

function listGroupsOf(ctx: RouteContext, thing: string): Reply {
  if (ctx.store.get('things', thing) === undefined) return ended(noThing(thing));
  return groupsReply(ctx, members.groupsOf(ctx, thing));
}

function groupsReply(ctx: RouteContext, names: readonly string[]): Reply {
  const { page, next } = pageOf(names, ctx.query);
  const thingGroups = page.map((groupName) => ({
    groupName,
    groupArn: thingGroupArn(ctx.config.region, groupName),
  }));
  return reply({ thingGroups, ...(next ? { nextToken: next } : {}) });
}

function listThings(ctx: RouteContext, group: string): Reply {
  if (ctx.store.get('thing_groups', group) === undefined) return ended(members.noGroup(group));
  const { page, next } = pageOf(members.membersOf(ctx, group), ctx.query);
  return reply({ things: page, ...(next ? { nextToken: next } : {}) });
}
