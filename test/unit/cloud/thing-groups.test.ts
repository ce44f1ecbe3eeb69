import { describe, expect, it } from 'vitest';
import { ownerOf } from '../../../cloud-stub/core/owners.ts';
import { awsOf } from '../../support/cloud-aws.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';

const arn = (resource: string) => `arn:aws:iot:us-east-1:000000000000:${resource}`;
const properties = (of: { description?: string; attributes?: object; merge?: boolean }) => ({
  thingGroupProperties: {
    ...(of.description === undefined ? {} : { thingGroupDescription: of.description }),
    ...(of.attributes === undefined
      ? {}
      : {
          attributePayload: {
            attributes: of.attributes,
            ...(of.merge === undefined ? {} : { merge: of.merge }),
          },
        }),
  },
});

function groupsWorld() {
  const world = createCloudWorld();
  const aws = awsOf(world);
  for (const thing of ['T1', 'T2', 'T3']) aws('POST', `/things/${thing}`);
  const path = (verb: string) => `/thing-groups/${verb}`;
  return {
    ...{ world, aws },
    group: (name: string, body?: object) => aws('POST', `/thing-groups/${name}`, body),
    described: (name: string) => aws('GET', `/thing-groups/${name}`).body,
    add: (thingGroupName: string, thingName: string) =>
      aws('PUT', path('addThingToThingGroup'), { thingGroupName, thingName }),
    remove: (thingGroupName: string, thingName: string) =>
      aws('PUT', path('removeThingFromThingGroup'), { thingGroupName, thingName }),
    things: (name: string, query = '') => aws('GET', `/thing-groups/${name}/things${query}`).body,
    groupsOf: (thing: string, query = '') =>
      aws('GET', `/things/${thing}/thing-groups${query}`).body,
  };
}

describe('CreateThingGroup', () => {
  it('makes a group that DescribeThingGroup shows with its properties', () => {
    const { group, described } = groupsWorld();
    const made = group('G1', properties({ description: 'The lab', attributes: { site: 'oslo' } }));
    expect(made.body).toEqual({
      thingGroupName: 'G1',
      thingGroupArn: arn('thinggroup/G1'),
      thingGroupId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(described('G1')).toEqual({
      ...made.body,
      version: 1,
      ...properties({ description: 'The lab', attributes: { site: 'oslo' } }),
      thingGroupMetadata: { creationDate: startMs / 1000 },
    });
  });

  it('of the same group again succeeds with the same properties, and fails with others', () => {
    const { group } = groupsWorld();
    const first = group('G1', properties({ description: 'a' }));
    expect(group('G1', properties({ description: 'a' })).body).toEqual(first.body);
    expect(group('G1').fault).toBe('ResourceAlreadyExists');
    expect(group('G1', properties({ description: 'a', attributes: { a: 'b' } })).status).toBe(409);
  });

  it.each([
    ['a parent', 'G1', { parentGroupName: 'G0' }, /parentGroupName/],
    ['tags', 'G1', { tags: [] }, /tags/],
    ['a bad name', 'G%201', {}, /thingGroupName/],
    ['a name that is too long', 'G'.repeat(129), {}, /thingGroupName/],
    [
      'a description that is too long',
      'G1',
      properties({ description: 'x'.repeat(2029) }),
      /Descr/,
    ],
    ['a description with a line break', 'G1', properties({ description: 'a\nb' }), /Description/],
    ['merge', 'G1', properties({ attributes: {}, merge: true }), /merge/],
    ['a bad attribute', 'G1', properties({ attributes: { 'a b': 'c' } }), /attributes/],
    ['another property', 'G1', { thingGroupProperties: { queryString: '*' } }, /queryString/],
    ['properties that are no object', 'G1', { thingGroupProperties: 'x' }, /Properties/],
    [
      '51 attributes',
      'G1',
      properties({
        attributes: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [n, 'x'])),
      }),
      /at most 50/,
    ],
  ])('is refused with %s', (_about, name, body, message) => {
    const { aws, group } = groupsWorld();
    expect(group(name, body)).toMatchObject({
      ...{ fault: 'InvalidRequest', message: expect.stringMatching(message) },
    });
    expect(aws('GET', '/thing-groups').body.thingGroups).toEqual([]);
  });
});

describe('UpdateThingGroup', () => {
  it('changes the given properties, and returns the new version', () => {
    const { aws, group, described } = groupsWorld();
    group('G1', properties({ description: 'a', attributes: { a: '1', b: '2' } }));
    const merged = properties({ attributes: { b: '', c: '3' }, merge: true });
    expect(aws('PATCH', '/thing-groups/G1', merged).body).toEqual({ version: 2 });
    expect(described('G1')).toMatchObject({
      ...{ version: 2, ...properties({ description: 'a', attributes: { a: '1', c: '3' } }) },
    });
    aws('PATCH', '/thing-groups/G1', properties({ description: 'b' }));
    expect(described('G1')).toMatchObject(properties({ description: 'b', attributes: { a: '1' } }));
  });

  it('is refused for another version, an unknown group, and without properties', () => {
    const { aws, group, described } = groupsWorld();
    group('G1');
    const change = (name: string, more: object) =>
      aws('PATCH', `/thing-groups/${name}`, { ...properties({ description: 'b' }), ...more }).fault;
    expect(change('G1', { expectedVersion: 2 })).toBe('VersionConflict');
    expect(change('G2', {})).toBe('ResourceNotFound');
    expect(aws('PATCH', '/thing-groups/G1', {}).fault).toBe('InvalidRequest');
    expect(described('G1').version).toBe(1);
  });
});

describe('AddThingToThingGroup', () => {
  it('makes the thing a member that both lists show, by names or ARNs', () => {
    const { aws, group, add, things, groupsOf } = groupsWorld();
    group('G1');
    group('G2');
    expect(add('G1', 'T1').body).toEqual({});
    expect(add('G1', 'T1').status).toBe(200);
    const byArn = { thingGroupArn: arn('thinggroup/G2'), thingArn: arn('thing/T1') };
    expect(aws('PUT', '/thing-groups/addThingToThingGroup', byArn).status).toBe(200);
    add('G1', 'T2');
    expect(things('G1')).toEqual({ things: ['T1', 'T2'] });
    expect(things('G1', '?maxResults=1&nextToken=1')).toEqual({ things: ['T2'] });
    expect(groupsOf('T1')).toEqual({
      thingGroups: [
        { groupName: 'G1', groupArn: arn('thinggroup/G1') },
        { groupName: 'G2', groupArn: arn('thinggroup/G2') },
      ],
    });
    expect(groupsOf('T1', '?maxResults=1')).toMatchObject({ thingGroups: [{}], nextToken: '1' });
  });

  it('of an eleventh group is refused', () => {
    const { group, add, groupsOf } = groupsWorld();
    for (let n = 0; n < 11; n++) group(`G${n}`);
    for (let n = 0; n < 10; n++) expect(add(`G${n}`, 'T1').status).toBe(200);
    expect(add('G10', 'T1').fault).toBe('InvalidRequest');
    expect(add('G9', 'T1').status).toBe(200);
    expect(groupsOf('T1').thingGroups).toHaveLength(10);
  });

  it.each([
    ['an unknown group', { thingGroupName: 'G9', thingName: 'T1' }, 'ResourceNotFound'],
    ['an unknown thing', { thingGroupName: 'G1', thingName: 'T9' }, 'ResourceNotFound'],
    ['no thing', { thingGroupName: 'G1' }, 'InvalidRequest'],
    ['no group', { thingName: 'T1' }, 'InvalidRequest'],
    ['no text', { thingGroupName: 1, thingName: 'T1' }, 'InvalidRequest'],
    [
      'the ARN of another group',
      { thingGroupName: 'G1', thingGroupArn: arn('thinggroup/G2'), thingName: 'T1' },
      'InvalidRequest',
    ],
    ['the ARN of a thing', { thingGroupArn: arn('thing/G1'), thingName: 'T1' }, 'InvalidRequest'],
    [
      'an override',
      { thingGroupName: 'G1', thingName: 'T1', overrideDynamicGroups: true },
      'InvalidRequest',
    ],
  ])('is refused for %s', (_about, body, fault) => {
    const { aws, group, things } = groupsWorld();
    group('G1');
    expect(aws('PUT', '/thing-groups/addThingToThingGroup', body).fault).toBe(fault);
    expect(things('G1')).toEqual({ things: [] });
  });
});

describe('RemoveThingFromThingGroup', () => {
  it('ends the membership; of a thing that is no member it succeeds', () => {
    const { group, add, remove, things, groupsOf } = groupsWorld();
    group('G1');
    add('G1', 'T1');
    expect(remove('G1', 'T1').body).toEqual({});
    expect(remove('G1', 'T1').status).toBe(200);
    expect(things('G1')).toEqual({ things: [] });
    expect(groupsOf('T1')).toEqual({ thingGroups: [] });
    expect(remove('G9', 'T1').fault).toBe('ResourceNotFound');
    expect(remove('G1', 'T9').fault).toBe('ResourceNotFound');
  });
});

describe('a thing that goes', () => {
  it.each([
    ['is deleted', (world: ReturnType<typeof groupsWorld>) => world.aws('DELETE', '/things/T1')],
    [
      'is decommissioned',
      ({ world }: ReturnType<typeof groupsWorld>) =>
        operatorOf(world.cloud).decommission('T1', world.nowMs),
    ],
  ])('because it %s leaves its groups', (_about, end) => {
    const world = groupsWorld();
    world.group('G1');
    world.add('G1', 'T1');
    world.add('G1', 'T2');
    end(world);
    expect(world.things('G1')).toEqual({ things: ['T2'] });
    expect(world.world.store.list('memberships')).toHaveLength(1);
  });
});

describe('DeleteThingGroup', () => {
  it('removes the group with its memberships; without such a group it succeeds', () => {
    const { aws, world, group, add, groupsOf } = groupsWorld();
    group('G1');
    group('G10');
    add('G1', 'T1');
    add('G10', 'T1');
    expect(aws('DELETE', '/thing-groups/G1?expectedVersion=2').fault).toBe('VersionConflict');
    expect(aws('DELETE', '/thing-groups/G1?expectedVersion=1').body).toEqual({});
    expect(aws('DELETE', '/thing-groups/G1').status).toBe(200);
    expect(aws('GET', '/thing-groups/G1').fault).toBe('ResourceNotFound');
    expect(groupsOf('T1').thingGroups).toMatchObject([{ groupName: 'G10' }]);
    expect(world.store.list('group_members').map(({ key }) => key)).toEqual(['G10/T1']);
  });
});

describe('ListThingGroups', () => {
  it('lists groups by the beginning of their names, in pages', () => {
    const { aws, group } = groupsWorld();
    for (const name of ['lab', 'lab-2', 'field']) group(name);
    const names = (query: string) =>
      aws('GET', `/thing-groups${query}`).body.thingGroups.map(
        ({ groupName }: { groupName: string }) => groupName,
      );
    expect(names('')).toEqual(['field', 'lab', 'lab-2']);
    expect(names('?namePrefixFilter=lab')).toEqual(['lab', 'lab-2']);
    expect(names('?namePrefixFilter=lab&maxResults=1&nextToken=1')).toEqual(['lab-2']);
    expect(aws('GET', '/thing-groups?namePrefixFilter=a%20b').fault).toBe('InvalidRequest');
    expect(aws('GET', '/thing-groups?parentGroup=lab').fault).toBe('InvalidRequest');
  });

  it('of what there is not is ResourceNotFound for one thing, and for one group', () => {
    const { aws } = groupsWorld();
    expect(aws('GET', '/thing-groups/G9/things').fault).toBe('ResourceNotFound');
    expect(aws('GET', '/things/T9/thing-groups').fault).toBe('ResourceNotFound');
  });
});

it('rows of a group belong to the group, and memberships to the thing', () => {
  expect(ownerOf('thing_groups', 'G1')).toBe('group/G1');
  expect(ownerOf('group_members', 'G1/T1')).toBe('group/G1');
  expect(ownerOf('memberships', 'T1/G1')).toBe('T1');
});
