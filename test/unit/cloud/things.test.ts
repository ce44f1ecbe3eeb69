import { describe, expect, it } from 'vitest';
import { awsOf } from '../../support/cloud-aws.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

const attributes = { model: 'V2', site: 'oslo' };
const payload = (of: object, merge?: boolean) => ({
  attributePayload: { attributes: of, ...(merge === undefined ? {} : { merge }) },
});

function thingsWorld() {
  const world = createCloudWorld();
  const aws = awsOf(world);
  return {
    world,
    aws,
    describe: () => aws('GET', '/things/T1').body,
    names: (query: string) =>
      aws('GET', `/things?${query}`).body.things.map(
        ({ thingName }: { thingName: string }) => thingName,
      ),
  };
}

describe('CreateThing', () => {
  it('makes a thing that DescribeThing shows with its attributes and version 1', () => {
    const { aws, describe } = thingsWorld();
    const made = aws('POST', '/things/T1', payload(attributes));
    const arn = 'arn:aws:iot:us-east-1:000000000000:thing/T1';
    expect(made.body).toEqual({
      thingName: 'T1',
      thingArn: arn,
      thingId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(describe()).toEqual({
      ...{ ...made.body, defaultClientId: 'T1', attributes, version: 1 },
    });
  });

  it('of the same thing again succeeds with the same attributes, and fails with others', () => {
    const { aws } = thingsWorld();
    const first = aws('POST', '/things/T1', payload(attributes));
    expect(aws('POST', '/things/T1', payload(attributes)).body).toEqual(first.body);
    expect(aws('POST', '/things/T1', payload({ model: 'V3' }))).toMatchObject({
      status: 409,
      fault: 'ResourceAlreadyExists',
    });
    expect(aws('POST', '/things/T1').status).toBe(409);
  });

  it.each([
    ['a type', 'T1', { thingTypeName: 'vacuum' }, /member thingTypeName/],
    ['a billing group', 'T1', { billingGroupName: 'b' }, /member billingGroupName/],
    ['merge', 'T1', payload({}, true), /merge/],
    ['a bad name', 'T%201', {}, /thingName/],
    ['a name that is no robot id', 'T'.repeat(65), {}, /thingName/],
    ['an attribute with a space', 'T1', payload({ 'a b': 'c' }), /attributes/],
    ['a value with a space', 'T1', payload({ a: 'b c' }), /attributes/],
    ['a value that is too long', 'T1', payload({ a: 'x'.repeat(801) }), /attributes/],
    ['an empty value', 'T1', payload({ a: '' }), /empty/],
    ['a number as a value', 'T1', payload({ a: 1 }), /attributes/],
    ['four attributes', 'T1', payload({ a: '1', b: '2', c: '3', d: '4' }), /at most 3/],
    ['another member of the payload', 'T1', { attributePayload: { mode: 1 } }, /mode/],
  ])('is refused with %s', (_about, name, body, message) => {
    const { aws } = thingsWorld();
    expect(aws('POST', `/things/${name}`, body)).toMatchObject({
      ...{ status: 400, fault: 'InvalidRequest', message: expect.stringMatching(message) },
    });
    expect(aws('GET', '/things').body.things).toEqual([]);
  });

  it('is refused for a decommissioned robot', () => {
    const { world, aws } = thingsWorld();
    world.enter('T1');
    operatorOf(world.cloud).decommission('T1', world.nowMs);
    expect(aws('POST', '/things/T1')).toMatchObject({ status: 400, fault: 'InvalidRequest' });
  });

  it('before the first contact leaves the thing as it is when the robot comes', () => {
    const { world, aws, describe } = thingsWorld();
    aws('POST', '/things/T1', payload(attributes));
    const before = describe();
    world.enter('T1');
    expect(describe()).toEqual(before);
  });
});

describe('UpdateThing', () => {
  it('replaces the attributes, and counts the version', () => {
    const { aws, describe } = thingsWorld();
    aws('POST', '/things/T1', payload(attributes));
    expect(aws('PATCH', '/things/T1', payload({ model: 'V3' })).body).toEqual({});
    expect(describe()).toMatchObject({ attributes: { model: 'V3' }, version: 2 });
    expect(describe().attributes).not.toHaveProperty('site');
  });

  it('with merge adds to them, and an empty value removes one', () => {
    const { aws, describe } = thingsWorld();
    aws('POST', '/things/T1', payload(attributes));
    aws('PATCH', '/things/T1', payload({ model: '', owner: 'me' }, true));
    expect(describe().attributes).toEqual({ site: 'oslo', owner: 'me' });
  });

  it('without attributes leaves them', () => {
    const { aws, describe } = thingsWorld();
    aws('POST', '/things/T1', payload(attributes));
    aws('PATCH', '/things/T1', {});
    expect(describe()).toMatchObject({ attributes, version: 2 });
  });

  it('changes nothing when another version is expected', () => {
    const { aws, describe } = thingsWorld();
    aws('POST', '/things/T1', payload(attributes));
    expect(
      aws('PATCH', '/things/T1', { ...payload({ a: 'b' }), expectedVersion: 2 }),
    ).toMatchObject({
      ...{ status: 409, fault: 'VersionConflict' },
    });
    expect(describe()).toMatchObject({ attributes, version: 1 });
    expect(aws('PATCH', '/things/T1', { expectedVersion: 1 }).status).toBe(200);
  });

  it.each([
    ['an unknown thing', 'T2', {}, 'ResourceNotFound'],
    ['a version that is no number', 'T1', { expectedVersion: '1' }, 'InvalidRequest'],
    ['the removal of its type', 'T1', { removeThingType: true }, 'InvalidRequest'],
    ['a fourth attribute', 'T1', payload({ a: '1', b: '2' }, true), 'InvalidRequest'],
  ])('is refused for %s', (_about, name, body, fault) => {
    const { aws } = thingsWorld();
    aws('POST', '/things/T1', payload(attributes));
    expect(aws('PATCH', `/things/${name}`, body)).toMatchObject({ fault });
  });
});

describe('DeleteThing', () => {
  it('removes the thing and ends its pending executions; its shadow stays, as at AWS', () => {
    const { world, aws } = thingsWorld();
    aws('POST', '/things/T1');
    const job = { targets: ['T1'], document: '{}' };
    aws('PUT', '/jobs/j1', job);
    const path = '/things/T1/shadow';
    aws('POST', path, { state: { desired: { a: 1 } } }, { service: 'iotdata' });
    const { status, sent } = aws('DELETE', '/things/T1');
    expect(status).toBe(200);
    expect(sent.map(([topic]) => topic)).toContain('$aws/events/jobExecution/j1/removed');
    expect(sent.map(([topic]) => topic)).toContain('$aws/things/T1/jobs/notify-next');
    expect(aws('GET', '/things/T1').fault).toBe('ResourceNotFound');
    expect(aws('GET', '/jobs/j1').body.job).toMatchObject({
      ...{ status: 'COMPLETED', jobProcessDetails: { numberOfRemovedThings: 1 } },
    });
    expect(aws('GET', path, undefined, { service: 'iotdata' }).status).toBe(200);
    expect(world.store.list('things')).toEqual([]);
  });

  it('of a thing that there is not succeeds, as at AWS', () => {
    expect(thingsWorld().aws('DELETE', '/things/T9').status).toBe(200);
  });

  it('is refused when another version is expected', () => {
    const { aws } = thingsWorld();
    aws('POST', '/things/T1');
    expect(aws('DELETE', '/things/T1?expectedVersion=2').fault).toBe('VersionConflict');
    expect(aws('DELETE', '/things/T1?expectedVersion=x').fault).toBe('InvalidRequest');
    expect(aws('DELETE', '/things/T1?expectedVersion=1').status).toBe(200);
  });

  it('is refused while a certificate is attached', () => {
    const { world, aws } = thingsWorld();
    world.enter('T1');
    expect(aws('DELETE', '/things/T1')).toMatchObject({
      ...{ fault: 'InvalidRequest', message: expect.stringContaining('still attached') },
    });
  });
});

describe('ListThings', () => {
  const listed = () => {
    const { aws, names } = thingsWorld();
    for (const [name, model] of [
      ['T1', 'V2'],
      ['T2', 'V3'],
      ['T3', 'V2-pro'],
    ]) {
      aws('POST', `/things/${name}`, payload({ model }));
    }
    aws('POST', '/things/T4');
    return names;
  };

  it('lists the things with an attribute of this value, in pages', () => {
    const names = listed();
    expect(names('')).toEqual(['T1', 'T2', 'T3', 'T4']);
    expect(names('attributeName=model&attributeValue=V2')).toEqual(['T1']);
    const prefix = 'attributeName=model&attributeValue=V2&usePrefixAttributeValue=true';
    expect(names(prefix)).toEqual(['T1', 'T3']);
    expect(names(`${prefix}&maxResults=1&nextToken=1`)).toEqual(['T3']);
  });

  it.each([
    'attributeName=model',
    'attributeValue=V2',
    'usePrefixAttributeValue=true',
    'attributeName=a%20b&attributeValue=V2',
    'thingTypeName=vacuum',
  ])('refuses %s', (query) => {
    expect(thingsWorld().aws('GET', `/things?${query}`).fault).toBe('InvalidRequest');
  });
});
