import { describe, expect, it } from 'vitest';
import { awsOf } from '../../support/cloud-aws.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';

/** R1 is connected, in two groups and has a classic and a named shadow; T2 has only its name. */
function fleetWorld() {
  const world = createCloudWorld();
  const aws = awsOf(world);
  world.enter('R1');
  aws('PATCH', '/things/R1', { attributePayload: { attributes: { model: 'V2', build: '75' } } });
  for (const group of ['hall', 'north']) {
    aws('POST', `/thing-groups/${group}`);
    aws('PUT', '/thing-groups/addThingToThingGroup', { thingGroupName: group, thingName: 'R1' });
  }
  const state = {
    desired: { settings: { passes: 2 } },
    reported: { settings: { passes: 1, rooms: ['hall', 'kitchen'] }, mixed: [{ a: 1 }], note: '' },
  };
  aws('POST', '/things/R1/shadow', { state });
  aws('POST', '/things/R1/shadow?name=net', { state: { reported: { rssi: -50 } } });
  aws('POST', '/things/T2');
  const search = (queryString: string, more: object = {}) =>
    aws('POST', '/indices/search', { queryString, ...more });
  return {
    world,
    aws,
    search,
    found: (query: string) =>
      search(query).body.things.map(({ thingName }: { thingName: string }) => thingName),
  };
}

describe('SearchIndex', () => {
  it("answers with AWS's document of each thing", () => {
    const { search, aws } = fleetWorld();
    const { thingId } = aws('GET', '/things/R1').body;
    const { things, nextToken } = search('*').body;
    expect(nextToken).toBeUndefined();
    const [{ shadow, ...first }, second] = things;
    expect(first).toEqual({
      ...{ thingName: 'R1', thingId, thingGroupNames: ['hall', 'north'] },
      attributes: { model: 'V2', build: '75' },
      connectivity: { connected: true, timestamp: startMs },
    });
    const { name, ...classic } = JSON.parse(shadow);
    expect(classic).toEqual({
      desired: { settings: { passes: 2 } },
      reported: {
        ...{ settings: { passes: 1, rooms: ['hall', 'kitchen'] }, mixed: [{ a: 1 }], note: '' },
      },
      metadata: expect.objectContaining({ desired: expect.anything() }),
      ...{ hasDelta: true, version: 1 },
    });
    expect(name).toEqual({
      net: {
        ...{ reported: { rssi: -50 }, metadata: expect.anything(), hasDelta: false, version: 1 },
      },
    });
    expect(second).toEqual({ thingName: 'T2', thingId: expect.any(String) });
  });

  it.each([
    ['*', ['R1', 'T2']],
    ['thingName:t*', ['T2']],
    ['attributes.model:v2', ['R1']],
    ['attributes.build>70', ['R1']],
    ['thingGroupNames:north', ['R1']],
    ['shadow.desired.settings.passes:2', ['R1']],
    ['shadow.delta.settings.passes:2', ['R1']],
    ['shadow.delta.settings.rooms:*', []],
    ['shadow.reported.settings.passes:2', []],
    ['shadow.reported.settings.rooms:kitchen', ['R1']],
    ['shadow.reported.settings:*', ['R1']],
    ['shadow.reported.mixed:*', []],
    ['shadow.hasDelta:true', ['R1']],
    ['shadow.name.net.hasDelta:false', ['R1']],
    ['shadow.name.net.reported.rssi<-40', ['R1']],
    ['shadow.name.other.reported.rssi:*', []],
    ['connectivity.connected:true', ['R1']],
    ['connectivity.connected:false', []],
    ['connectivity.disconnectReason:*', []],
    [`connectivity.timestamp:${startMs}`, ['R1']],
    ['NOT connectivity.connected:*', ['T2']],
    ['kitchen', ['R1']],
  ])('%s finds %j', (query, names) => {
    expect(fleetWorld().found(query)).toEqual(names);
  });

  it('finds a disconnected robot by the reason', () => {
    const { world, found, search } = fleetWorld();
    world.nowMs += 5000;
    world.cloud.disconnected('R1', { reason: 'CONNECTION_LOST' }, world.nowMs);
    expect(found('connectivity.disconnectReason:connection_lost')).toEqual(['R1']);
    expect(search('connectivity.connected:false').body.things[0].connectivity).toEqual({
      ...{ connected: false, timestamp: startMs + 5000, disconnectReason: 'CONNECTION_LOST' },
    });
  });

  it('does not find the shadow of a thing that is not registered, nor a deleted one', () => {
    const { aws, found } = fleetWorld();
    aws('POST', '/things/NOBODY/shadow', { state: { reported: { a: 1 } } });
    aws('DELETE', '/things/R1/shadow');
    aws('DELETE', '/things/R1/shadow?name=net');
    expect(found('shadow.reported.a:1')).toEqual([]);
    expect(found('shadow.reported.settings.passes:1')).toEqual([]);
    expect(found('shadow.name.net.reported.rssi:*')).toEqual([]);
    expect(found('shadow.hasDelta:*')).toEqual([]);
  });

  it('pages by name, over things that come and go meanwhile', () => {
    const { aws, search } = fleetWorld();
    for (const name of ['A', 'B', 'C']) aws('POST', `/things/${name}`);
    const first = search('*', { maxResults: 2 }).body;
    expect(first.things).toMatchObject([{ thingName: 'A' }, { thingName: 'B' }]);
    aws('DELETE', '/things/B');
    aws('POST', '/things/AA');
    const next = search('*', { maxResults: 3, nextToken: first.nextToken }).body;
    expect(next.things).toMatchObject([
      { thingName: 'C' },
      { thingName: 'R1' },
      { thingName: 'T2' },
    ]);
    expect(next.nextToken).toBeUndefined();
  });

  it('ends a page early when its things are large, and gives every thing once', () => {
    const { aws, search } = fleetWorld();
    const names = ['L1', 'L2', 'L3'];
    const reported = { text: 'x'.repeat(7000) };
    for (const name of names) {
      aws('POST', `/things/${name}`);
      for (let i = 0; i < 64; i += 1) {
        aws('POST', `/things/${name}/shadow?name=s${i}`, { state: { reported } });
      }
    }
    const got: string[][] = [];
    let nextToken: string | undefined;
    do {
      const { body } = search('thingName:L?', nextToken === undefined ? {} : { nextToken });
      got.push(body.things.map(({ thingName }: { thingName: string }) => thingName));
      ({ nextToken } = body);
    } while (nextToken !== undefined);
    expect(got).toEqual([['L1', 'L2'], ['L3']]);
  });

  it.each([
    ['another index', { indexName: 'AWS_ThingGroups' }, 'ResourceNotFound', /AWS_ThingGroups/],
    ['a bad index', { indexName: 'a b' }, 'InvalidRequest', /indexName/],
    ['a later version', { queryVersion: '2020-01-01' }, 'InvalidRequest', /queryVersion/],
    ['no result', { maxResults: 0 }, 'InvalidRequest', /1 to 100/],
    ['too many results', { maxResults: 101 }, 'InvalidRequest', /1 to 100/],
    ['half a result', { maxResults: 1.5 }, 'InvalidRequest', /1 to 100/],
    ['a text of results', { maxResults: '5' }, 'InvalidRequest', /1 to 100/],
    ['a foreign token', { nextToken: '7' }, 'InvalidRequest', /nextToken/],
    ['no token', { nextToken: '' }, 'InvalidRequest', /nextToken/],
    ['a number as the query', { queryString: 1 }, 'InvalidRequest', /queryString/],
    ['an empty query', { queryString: '' }, 'InvalidRequest', /queryString/],
    ['an unserved field', { queryString: 'thingTypeName:a' }, 'InvalidQuery', /thingTypeName/],
  ])('with %s is refused', (_about, change, fault, message) => {
    const { search } = fleetWorld();
    expect(search('*', change)).toMatchObject({
      ...{ fault, message: expect.stringMatching(message) },
    });
  });

  it('takes what AWS would take as given', () => {
    const { search } = fleetWorld();
    const given = { indexName: 'AWS_Things', queryVersion: '2017-09-30', maxResults: 100 };
    expect(search('*', given).body.things).toHaveLength(2);
    const absent = { indexName: null, queryVersion: null, maxResults: null, nextToken: null };
    expect(search('*', absent).body.things).toHaveLength(2);
  });
});

it('the index is described as AWS describes one of everything that is indexed', () => {
  const { aws } = fleetWorld();
  expect(aws('GET', '/indices').body).toEqual({ indexNames: ['AWS_Things'] });
  expect(aws('GET', '/indices/AWS_Things').body).toEqual({
    ...{ indexName: 'AWS_Things', indexStatus: 'ACTIVE', schema: 'MULTI_INDEXING_MODE' },
  });
  expect(aws('GET', '/indices/AWS_ThingGroups')).toMatchObject({ fault: 'ResourceNotFound' });
  expect(aws('GET', '/indices/a%20b')).toMatchObject({ fault: 'InvalidRequest' });
  expect(aws('GET', '/indexing/config').body).toMatchObject({
    thingIndexingConfiguration: {
      ...{ thingIndexingMode: 'REGISTRY_AND_SHADOW', namedShadowIndexingMode: 'ON' },
      ...{ thingConnectivityIndexingMode: 'STATUS', deviceDefenderIndexingMode: 'OFF' },
    },
    thingGroupIndexingConfiguration: { thingGroupIndexingMode: 'OFF' },
  });
});

it('a decommissioned robot is no longer found', () => {
  const { world, found } = fleetWorld();
  expect(found('*')).toEqual(['R1', 'T2']);
  operatorOf(world.cloud).decommission('R1', world.nowMs);
  expect(found('*')).toEqual(['T2']);
});
