import { expect } from 'vitest';
import { certificateOf, type Effects, principalOf } from '../../../support/cloud-fields.ts';

const principal = principalOf(certificateOf('T1'));
const groupArn = 'arn:aws:iot:us-east-1:000000000000:thinggroup/G2';
const thingArn = 'arn:aws:iot:us-east-1:000000000000:thing/T3';
const attributes = { line: '7' };
const add = '/thing-groups/addThingToThingGroup';
const remove = '/thing-groups/removeThingFromThingGroup';

export const thingEffects: Effects = {
  'CreateThing attributePayload': ({ aws, get }) => {
    aws('POST', '/things/T4', { attributePayload: { attributes } });
    expect(get('/things/T4').attributes).toEqual(attributes);
  },
  'UpdateThing attributePayload': ({ aws, get }) => {
    aws('PATCH', '/things/T3', { attributePayload: { attributes } });
    expect(get('/things/T3')).toMatchObject({ attributes, version: 2 });
  },
  'UpdateThing expectedVersion': ({ aws }) => {
    const update = (expectedVersion: number) =>
      aws('PATCH', '/things/T3', { attributePayload: { attributes }, expectedVersion });
    expect([update(7).fault, update(1).status]).toEqual(['VersionConflict', 200]);
  },
  'DeleteThing expectedVersion': ({ aws }) => {
    const end = (version: number) => aws('DELETE', `/things/T3?expectedVersion=${version}`);
    expect([end(7).fault, end(1).status]).toEqual(['VersionConflict', 200]);
  },

  'CreateThingGroup thingGroupProperties': ({ aws, get }) => {
    const properties = { thingGroupDescription: 'hall', attributePayload: { attributes } };
    aws('POST', '/thing-groups/G4', { thingGroupProperties: properties });
    expect(get('/thing-groups/G4').thingGroupProperties).toMatchObject(properties);
  },
  'UpdateThingGroup thingGroupProperties': ({ aws, get }) => {
    const properties = { thingGroupDescription: 'kitchen' };
    aws('PATCH', '/thing-groups/G1', { thingGroupProperties: properties });
    expect(get('/thing-groups/G1')).toMatchObject({ thingGroupProperties: properties, version: 2 });
  },
  'UpdateThingGroup expectedVersion': ({ aws }) => {
    const update = (expectedVersion: number) =>
      aws('PATCH', '/thing-groups/G1', { thingGroupProperties: {}, expectedVersion });
    expect([update(7).fault, update(1).status]).toEqual(['VersionConflict', 200]);
  },
  'DeleteThingGroup expectedVersion': ({ aws }) => {
    const end = (version: number) => aws('DELETE', `/thing-groups/G1?expectedVersion=${version}`);
    expect([end(7).fault, end(1).status]).toEqual(['VersionConflict', 200]);
  },

  ...membership('AddThingToThingGroup', add, ['T1', 'T3']),
  ...membership('RemoveThingFromThingGroup', remove, ['T1']),

  'AttachThingPrincipal x-amzn-principal': ({ aws, get }) => {
    aws('DELETE', '/things/T1/principals', undefined, { principal });
    aws('PUT', '/things/T1/principals', undefined, { principal });
    expect(get('/things/T1/principals').principals).toEqual([principal]);
  },
  'DetachThingPrincipal x-amzn-principal': ({ aws, get }) => {
    aws('DELETE', '/things/T1/principals', undefined, { principal });
    expect(get('/things/T1/principals').principals).toEqual([]);
  },
  // It forces what has policies, and there are none: either way the same certificates go, as at AWS.
  'DeleteCertificate forceDelete': ({ aws }) => {
    const end = (force: boolean) =>
      aws('DELETE', `/certificates/${certificateOf('T1')}?forceDelete=${force}`).fault;
    expect([end(true), end(false)]).toEqual(['CertificateState', 'CertificateState']);
    aws('DELETE', '/things/T1/principals', undefined, { principal });
    aws('PUT', `/certificates/${certificateOf('T1')}?newStatus=INACTIVE`);
    expect(end(true)).toBeUndefined();
  },
  'UpdateCertificate newStatus': ({ aws, get }) => {
    aws('PUT', `/certificates/${certificateOf('T1')}?newStatus=REVOKED`);
    const { certificateDescription } = get(`/certificates/${certificateOf('T1')}`);
    expect(certificateDescription.status).toBe('REVOKED');
  },

  'UpdateThingShadow name': ({ aws, get }) => {
    aws('POST', '/things/T1/shadow?name=map', { state: { desired: { a: 1 } } });
    expect(get('/things/T1/shadow?name=map').state.desired).toEqual({ a: 1 });
    expect(aws('GET', '/things/T1/shadow').fault).toBe('ResourceNotFound');
  },
  'UpdateThingShadow the document': ({ aws, get }) => {
    aws('POST', '/things/T1/shadow', { state: { reported: { a: 2 } } });
    expect(get('/things/T1/shadow').state).toEqual({ reported: { a: 2 } });
  },
  'GetThingShadow name': ({ aws }) => {
    aws('POST', '/things/T1/shadow', { state: {} });
    expect(aws('GET', '/things/T1/shadow?name=map').fault).toBe('ResourceNotFound');
  },
  'DeleteThingShadow name': ({ aws }) => {
    for (const query of ['', '?name=map']) aws('POST', `/things/T1/shadow${query}`, { state: {} });
    aws('DELETE', '/things/T1/shadow?name=map');
    expect(aws('GET', '/things/T1/shadow?name=map').fault).toBe('ResourceNotFound');
    expect(aws('GET', '/things/T1/shadow').status).toBe(200);
  },

  'GetConnection includeSocketInformation': ({ aws, world }) => {
    const connection = { certificateId: certificateOf('T1'), ipAddress: '192.0.2.1' };
    world.cloud.connected('T1', connection, world.nowMs);
    const ipOf = (flag: boolean) =>
      aws('GET', `/connections/T1?includeSocketInformation=${flag}`).body.sourceIp;
    expect([ipOf(true), ipOf(false)]).toEqual(['192.0.2.1', undefined]);
  },
  // No session is kept, so it is clean either way.
  'DeleteConnection cleanSession': ({ aws, world }) => {
    for (const flag of [true, false]) {
      expect(aws('DELETE', `/connections/T1?cleanSession=${flag}`).status).toBe(200);
      expect(world.cloud.takeTasks()).toMatchObject([{ kind: 'drop', robot: 'T1' }]);
    }
  },
  'DeleteConnection preventWillMessage': ({ aws }) => {
    const end = (flag: boolean) => aws('DELETE', `/connections/T1?preventWillMessage=${flag}`);
    expect([end(true).fault, end(false).status]).toEqual(['InvalidRequest', 200]);
  },
  'Publish qos': ({ aws }) => {
    const publish = (qos: number) => aws('POST', `/topics/robots/T1/down/maker?qos=${qos}`, {});
    expect([publish(0).status, publish(1).fault]).toEqual([200, 'InvalidRequest']);
  },
  'Publish retain': ({ aws }) => {
    const publish = (flag: boolean) =>
      aws('POST', `/topics/robots/T1/down/maker?retain=${flag}`, {});
    expect([publish(false).status, publish(true).fault]).toEqual([200, 'InvalidRequest']);
  },
  'Publish the document': ({ aws }) => {
    const { sent } = aws('POST', '/topics/robots/T1/down/maker', { hello: 1 });
    expect(sent).toEqual([['robots/T1/down/maker', { hello: 1 }]]);
  },
  'DescribeEndpoint endpointType': ({ aws, get }) => {
    expect(get('/endpoint?endpointType=iot:Data-ATS').endpointAddress).toBe('stub.example:8883');
    expect(aws('GET', '/endpoint?endpointType=iot:CredentialProvider').fault).toBe(
      'InvalidRequest',
    );
  },
};

/** Thing and group, each by name and by ARN; `after`: the things that G2 has then. */
function membership(operation: string, path: string, after: readonly string[]): Effects {
  const call =
    (fields: object): Effects[string] =>
    ({ aws, get }) => {
      if (operation.startsWith('Remove')) {
        aws('PUT', add, { thingGroupName: 'G2', thingName: 'T3' });
      }
      expect(aws('PUT', path, fields).status).toBe(200);
      expect(get('/thing-groups/G2/things').things).toEqual(after);
    };
  const byName = { thingGroupName: 'G2', thingName: 'T3' };
  return {
    [`${operation} thingGroupName`]: call(byName),
    [`${operation} thingName`]: call(byName),
    [`${operation} thingGroupArn`]: call({ thingGroupArn: groupArn, thingName: 'T3' }),
    [`${operation} thingArn`]: call({ thingGroupName: 'G2', thingArn }),
  };
}
