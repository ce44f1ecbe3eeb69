import { expect } from 'vitest';
import {
  certificateOf,
  type Effects,
  type FieldsWorld,
  paged,
  principalOf,
} from '../../../support/cloud-fields.ts';

const marker = { size: 'pageSize', token: 'marker', next: 'nextMarker' };
const twoJobs = ({ job }: FieldsWorld) => {
  for (const id of ['j1', 'j2']) job(id, { targets: ['T1', 'T2'] });
};
const names = (list: { thingName?: string; groupName?: string; jobId?: string }[]) =>
  list.map(({ thingName, groupName, jobId }) => thingName ?? groupName ?? jobId);
const principal = principalOf(certificateOf('T1'));

/** A second certificate of T1. */
const renewed = ({ world }: FieldsWorld) => {
  const { nowMs } = world;
  const certificate = { caCertificateId: 'ca', commonName: 'T1', notBeforeMs: 0, pem: '' };
  const id = { certificateId: 'f'.repeat(64), notAfterMs: Number.MAX_SAFE_INTEGER };
  world.cloud.admit({ ...certificate, ...id }, nowMs);
};

export const listEffects: Effects = {
  ...paged('ListThings', '/things', 'things'),
  ...paged('ListThingGroups', '/thing-groups', 'thingGroups'),
  ...paged('ListThingsInThingGroup', '/thing-groups/G1/things', 'things'),
  ...paged('ListThingGroupsForThing', '/things/T1/thing-groups', 'thingGroups'),
  ...paged('ListThingPrincipals', '/things/T1/principals', 'principals', { before: renewed }),
  ...paged('ListCertificates', '/certificates', 'certificates', marker),
  ...paged('ListCertificatesByCA', '/certificates-by-ca/ca', 'certificates', marker),
  ...paged('ListCACertificates', '/cacertificates', 'certificates', marker),
  ...paged('ListJobs', '/jobs', 'jobs', { before: twoJobs }),
  ...paged('ListJobExecutionsForJob', '/jobs/j1/things', 'executionSummaries', { before: twoJobs }),
  ...paged('ListJobExecutionsForThing', '/things/T1/jobs', 'executionSummaries', {
    before: twoJobs,
  }),
  ...paged('ListIndices', '/indices', 'indexNames', { isSingle: true }),
  ...paged(
    'ListNamedShadowsForThing',
    '/api/things/shadow/ListNamedShadowsForThing/T1',
    'results',
    {
      size: 'pageSize',
      before({ aws }) {
        for (const name of ['a', 'b']) aws('POST', `/things/T1/shadow?name=${name}`, { state: {} });
      },
    },
  ),

  // A certificate has one thing at most, its own.
  'ListPrincipalThings maxResults': ({ aws }) => {
    const list = (query: string) =>
      aws('GET', `/principals/things${query}`, undefined, { principal });
    expect(list('?maxResults=1').body).toEqual({ things: ['T1'] });
    expect(list('?maxResults=0').fault).toBe('InvalidRequest');
  },
  'ListPrincipalThings nextToken': ({ aws }) => {
    const list = aws('GET', '/principals/things?nextToken=1', undefined, { principal });
    expect(list.body).toEqual({ things: [] });
  },
  'ListPrincipalThings x-amzn-principal': ({ aws }) => {
    const other = principalOf(certificateOf('T2'));
    const list = aws('GET', '/principals/things', undefined, { principal: other });
    expect(list.body).toEqual({ things: ['T2'] });
  },

  'ListThings attributeName': ({ aws, get }) => {
    aws('PATCH', '/things/T1', { attributePayload: { attributes: { model: '7' } } });
    aws('PATCH', '/things/T3', { attributePayload: { attributes: { line: '7' } } });
    expect(names(get('/things?attributeName=line&attributeValue=7').things)).toEqual(['T3']);
    expect(aws('GET', '/things?attributeName=line').fault).toBe('InvalidRequest');
  },
  'ListThings attributeValue': ({ aws, get }) => {
    for (const [thing, line] of [
      ['T1', '7'],
      ['T3', '8'],
    ]) {
      aws('PATCH', `/things/${thing}`, { attributePayload: { attributes: { line } } });
    }
    expect(names(get('/things?attributeName=line&attributeValue=8').things)).toEqual(['T3']);
  },
  'ListThings usePrefixAttributeValue': ({ aws, get }) => {
    aws('PATCH', '/things/T3', { attributePayload: { attributes: { line: '78' } } });
    const list = (flag: boolean) =>
      get(`/things?attributeName=line&attributeValue=7&usePrefixAttributeValue=${flag}`).things;
    expect([names(list(true)), names(list(false))]).toEqual([['T3'], []]);
  },
  'ListThingGroups namePrefixFilter': ({ aws, get }) => {
    aws('POST', '/thing-groups/hall');
    expect(names(get('/thing-groups?namePrefixFilter=ha').thingGroups)).toEqual(['hall']);
  },
  'ListJobs status': (world) => {
    twoJobs(world);
    world.aws('PUT', '/jobs/j2/cancel', {});
    expect(names(world.get('/jobs?status=CANCELED').jobs)).toEqual(['j2']);
  },
  'ListJobs targetSelection': ({ job, get }) => {
    job('snapshot');
    job('continuous', { targetSelection: 'CONTINUOUS' });
    expect(names(get('/jobs?targetSelection=CONTINUOUS').jobs)).toEqual(['continuous']);
  },
  'ListJobs thingGroupName': ({ job, get }) => {
    job('thing');
    job('group', { targets: ['arn:aws:iot:us-east-1:000000000000:thinggroup/G1'] });
    expect(names(get('/jobs?thingGroupName=G1').jobs)).toEqual(['group']);
  },
  'ListJobExecutionsForJob status': (world) => {
    twoJobs(world);
    world.update('j1', { status: 'IN_PROGRESS' });
    const list = world.get('/jobs/j1/things?status=IN_PROGRESS').executionSummaries;
    expect(list).toMatchObject([{ thingArn: expect.stringMatching(/T1$/) }]);
  },

  'SearchIndex queryString': ({ aws }) => {
    const found = aws('POST', '/indices/search', { queryString: 'thingName:T3' }).body;
    expect(names(found.things)).toEqual(['T3']);
  },
  'SearchIndex indexName': ({ aws }) => {
    const search = (indexName: string) =>
      aws('POST', '/indices/search', { indexName, queryString: '*' });
    expect(search('AWS_Things').body.things).toHaveLength(3);
    expect(search('AWS_ThingGroups').fault).toBe('ResourceNotFound');
  },
  'SearchIndex queryVersion': ({ aws }) => {
    const search = (queryVersion: string) =>
      aws('POST', '/indices/search', { queryVersion, queryString: '*' }).status;
    expect([search('2017-09-30'), search('2016-03-23')]).toEqual([200, 400]);
  },
  'SearchIndex maxResults': ({ aws }) => {
    const page = aws('POST', '/indices/search', { maxResults: 1, queryString: '*' }).body;
    expect([names(page.things), typeof page.nextToken]).toEqual([['T1'], 'string']);
  },
  'SearchIndex nextToken': ({ aws }) => {
    const search = (more: object) => aws('POST', '/indices/search', { queryString: '*', ...more });
    const { nextToken } = search({ maxResults: 1 }).body;
    expect(names(search({ nextToken }).body.things)).toEqual(['T2', 'T3']);
  },
};
