import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../cloud-stub/http/control.ts';
import { callAuthorities } from '../support/aws-authority-calls.ts';
import {
  awsCli,
  boto3,
  type Call,
  type Caller,
  installSdk,
  type Outcome,
  sdk,
} from '../support/aws-clients.ts';
import type { RobotClient } from '../support/cloud-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';

let world: TestStub;
let robot: RobotClient;
const thing = 'AWS-1';
const document = '{"operation":"reboot"}';

beforeAll(async () => {
  await installSdk();
  world = await startTestStub();
  ({ robot } = await world.enter(thing));
});
afterAll(async () => {
  await robot[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const call = (client: Call['client'], operation: string, input: object = {}): Call => ({
  ...{ client, operation, input: input as Call['input'] },
});
const iot = (operation: string, input?: object) => call('iot', operation, input);
const data = (operation: string, input?: object) => call('iot-data', operation, input);
const jobs = (operation: string, input?: object) => call('iot-jobs-data', operation, input);
const job = (jobId: string, more: object = {}) =>
  iot('CreateJob', { jobId, targets: [thingArn], document, ...more });
const thingArn = `arn:aws:iot:us-east-1:000000000000:thing/${thing}`;
const state = (value: object) => JSON.stringify({ state: { desired: value } });

const withOne = (certificateId: string) =>
  expect.arrayContaining([expect.objectContaining({ certificateId })]);

const arnOf = (certificateId: string) => `arn:aws:iot:us-east-1:000000000000:cert/${certificateId}`;

/** Things, groups and certificates. `id` makes each client's things and groups its own. */
const registry = (id: string, certificateId: string, ca: string): [Call, object][] => {
  const [thingName, thingGroupName] = [`${id}-T`, `${id}-G`];
  const principal = arnOf(certificateId);
  const groupArn = `arn:aws:iot:us-east-1:000000000000:thinggroup/${thingGroupName}`;
  const attributes = { line: id };
  return [
    [iot('CreateThing', { thingName, attributePayload: { attributes } }), { thingName }],
    [
      iot('UpdateThing', {
        ...{ thingName, expectedVersion: 1 },
        attributePayload: { attributes: { model: 'm1' }, merge: true },
      }),
      {},
    ],
    [
      iot('DescribeThing', { thingName }),
      { version: 2, attributes: { ...attributes, model: 'm1' } },
    ],
    [
      iot('ListThings', {
        ...{ attributeName: 'line', attributeValue: id, usePrefixAttributeValue: false },
      }),
      { things: [{ thingName }] },
    ],
    [
      iot('CreateThingGroup', {
        ...{ thingGroupName, thingGroupProperties: { thingGroupDescription: 'first' } },
      }),
      { thingGroupName, thingGroupArn: groupArn },
    ],
    [
      iot('UpdateThingGroup', {
        ...{ thingGroupName, thingGroupProperties: { thingGroupDescription: 'second' } },
      }),
      { version: 2 },
    ],
    [
      iot('DescribeThingGroup', { thingGroupName }),
      { thingGroupProperties: { thingGroupDescription: 'second' } },
    ],
    [
      iot('ListThingGroups', { namePrefixFilter: thingGroupName }),
      { thingGroups: [{ groupName: thingGroupName }] },
    ],
    [iot('AddThingToThingGroup', { thingGroupName, thingName }), {}],
    [iot('ListThingsInThingGroup', { thingGroupName }), { things: [thingName] }],
    [
      iot('SearchIndex', {
        ...{ indexName: 'AWS_Things', queryVersion: '2017-09-30', maxResults: 5 },
        queryString: `thingGroupNames:${thingGroupName} AND attributes.model:m*`,
      }),
      { things: [{ thingName, thingGroupNames: [thingGroupName], attributes: { model: 'm1' } }] },
    ],
    [
      iot('SearchIndex', { queryString: `thingName:${thing} AND connectivity.connected:*` }),
      { things: [{ thingName: thing, connectivity: { connected: expect.any(Boolean) } }] },
    ],
    [iot('ListIndices'), { indexNames: ['AWS_Things'] }],
    [iot('DescribeIndex', { indexName: 'AWS_Things' }), { indexStatus: 'ACTIVE' }],
    [
      iot('GetIndexingConfiguration'),
      { thingIndexingConfiguration: { thingIndexingMode: 'REGISTRY_AND_SHADOW' } },
    ],
    [
      iot('ListThingGroupsForThing', { thingName }),
      { thingGroups: [{ groupName: thingGroupName }] },
    ],
    [
      iot('CreateJob', {
        ...{ jobId: `${id}-g`, targets: [groupArn], document, targetSelection: 'CONTINUOUS' },
      }),
      { jobId: `${id}-g` },
    ],
    [
      iot('ListJobs', { thingGroupName, targetSelection: 'CONTINUOUS', status: 'IN_PROGRESS' }),
      { jobs: [{ jobId: `${id}-g`, targetSelection: 'CONTINUOUS' }] },
    ],
    [
      iot('AssociateTargetsWithJob', { jobId: `${id}-g`, targets: [groupArn] }),
      { jobId: `${id}-g` },
    ],
    [iot('CancelJob', { jobId: `${id}-g`, force: true }), { jobId: `${id}-g` }],
    [iot('RemoveThingFromThingGroup', { thingGroupName, thingName }), {}],
    [iot('DeleteThingGroup', { thingGroupName, expectedVersion: 2 }), {}],
    [iot('DeleteThing', { thingName, expectedVersion: 2 }), {}],
    [iot('ListThingPrincipals', { thingName: thing }), { principals: [principal] }],
    [iot('ListPrincipalThings', { principal }), { things: [thing] }],
    [iot('DetachThingPrincipal', { thingName: thing, principal }), {}],
    [iot('UpdateCertificate', { certificateId, newStatus: 'INACTIVE' }), {}],
    [iot('UpdateCertificate', { certificateId, newStatus: 'ACTIVE' }), {}],
    [iot('AttachThingPrincipal', { thingName: thing, principal }), {}],
    [iot('ListCACertificates'), { certificates: expect.anything() }],
    [
      iot('DescribeCACertificate', { certificateId: ca }),
      { certificateDescription: { certificateId: ca, status: 'ACTIVE' } },
    ],
    [
      iot('DescribeEndpoint', { endpointType: 'iot:Data-ATS' }),
      { endpointAddress: expect.stringMatching(/^localhost:\d+$/) },
    ],
  ];
};

/** What a fleet's script does, in order, and what of each answer matters. `id` makes each client's jobs its own. */
const script = (id: string, certificateId: string, ca: string): [Call, object][] => [
  [iot('ListThings', { maxResults: 1 }), { things: [{ thingName: thing, thingArn }] }],
  [iot('DescribeThing', { thingName: thing }), { thingName: thing, defaultClientId: thing }],
  [iot('ListCertificates', { pageSize: 250 }), { certificates: withOne(certificateId) }],
  [iot('ListCertificatesByCA', { caCertificateId: ca }), { certificates: withOne(certificateId) }],
  [
    iot('DescribeCertificate', { certificateId }),
    { certificateDescription: { certificateId, status: 'ACTIVE' } },
  ],
  [iot('UpdateCertificate', { certificateId, newStatus: 'ACTIVE' }), {}],
  [
    data('UpdateThingShadow', { thingName: thing, payload: state({ [id]: 1 }) }),
    { payload: expect.stringContaining(`"desired":{"${id}":1}`) },
  ],
  [data('GetThingShadow', { thingName: thing }), { payload: expect.stringContaining(`"${id}":1`) }],
  [
    data('UpdateThingShadow', { thingName: thing, shadowName: id, payload: state({ a: 1 }) }),
    { payload: expect.stringContaining('"version":1') },
  ],
  [data('ListNamedShadowsForThing', { thingName: thing }), { results: [id] }],
  [
    data('DeleteThingShadow', { thingName: thing, shadowName: id }),
    { payload: expect.stringContaining('"version":1') },
  ],
  [
    job(`${id}-a`, {
      description: 'by a script',
      timeoutConfig: { inProgressTimeoutInMinutes: 5 },
      abortConfig: {
        criteriaList: [
          {
            ...{ action: 'CANCEL', failureType: 'FAILED' },
            ...{ minNumberOfExecutedThings: 2, thresholdPercentage: 50 },
          },
        ],
      },
      jobExecutionsRolloutConfig: { maximumPerMinute: 50 },
      jobExecutionsRetryConfig: { criteriaList: [{ failureType: 'FAILED', numberOfRetries: 1 }] },
      presignedUrlConfig: { expiresInSec: 300 },
    }),
    { jobId: `${id}-a` },
  ],
  [iot('UpdateJob', { jobId: `${id}-a`, description: 'changed' }), {}],
  [
    iot('DescribeJob', { jobId: `${id}-a` }),
    {
      job: {
        ...{ jobId: `${id}-a`, status: 'IN_PROGRESS', description: 'changed' },
        ...{ targets: [thingArn], timeoutConfig: { inProgressTimeoutInMinutes: 5 } },
        jobExecutionsRetryConfig: { criteriaList: [{ failureType: 'FAILED', numberOfRetries: 1 }] },
        jobProcessDetails: { numberOfQueuedThings: 1 },
      },
    },
  ],
  [iot('GetJobDocument', { jobId: `${id}-a` }), { document }],
  [iot('ListJobs', { maxResults: 250 }), { jobs: expect.anything() }],
  [
    iot('ListJobExecutionsForJob', { jobId: `${id}-a`, status: 'QUEUED' }),
    { executionSummaries: [{ thingArn, jobExecutionSummary: { status: 'QUEUED' } }] },
  ],
  [
    iot('ListJobExecutionsForThing', { thingName: thing }),
    { executionSummaries: expect.anything() },
  ],
  [
    iot('DescribeJobExecution', { jobId: `${id}-a`, thingName: thing, executionNumber: 1 }),
    { execution: { status: 'QUEUED', thingArn, versionNumber: 1 } },
  ],
  [
    jobs('GetPendingJobExecutions', { thingName: thing }),
    { queuedJobs: [{ jobId: `${id}-a` }], inProgressJobs: [] },
  ],
  [
    jobs('StartNextPendingJobExecution', {
      ...{ thingName: thing, statusDetails: { step: '1' }, stepTimeoutInMinutes: 2 },
    }),
    { execution: { jobId: `${id}-a`, status: 'IN_PROGRESS', jobDocument: document } },
  ],
  [
    jobs('DescribeJobExecution', { jobId: `${id}-a`, thingName: thing, includeJobDocument: true }),
    { execution: { statusDetails: { step: '1' }, jobDocument: document } },
  ],
  [
    jobs('UpdateJobExecution', {
      ...{ jobId: `${id}-a`, thingName: thing, status: 'SUCCEEDED', expectedVersion: 2 },
      includeJobExecutionState: true,
    }),
    { executionState: { status: 'SUCCEEDED', versionNumber: 3 } },
  ],
  [iot('DescribeJob', { jobId: `${id}-a` }), { job: { status: 'COMPLETED' } }],
  [iot('DeleteJobExecution', { jobId: `${id}-a`, thingName: thing, executionNumber: 1 }), {}],
  [iot('DeleteJob', { jobId: `${id}-a` }), {}],
  [job(`${id}-b`), { jobId: `${id}-b` }],
  [iot('CancelJobExecution', { jobId: `${id}-b`, thingName: thing }), {}],
  [job(`${id}-c`), { jobId: `${id}-c` }],
  [
    iot('CancelJob', {
      jobId: `${id}-c`,
      reasonCode: 'BAD_IMAGE',
      comment: 'withdrawn',
      force: true,
    }),
    { jobId: `${id}-c` },
  ],
  [data('DeleteThingShadow', { thingName: thing }), { payload: expect.anything() }],
  [data('Publish', { topic: `robots/${thing}/down/maker`, payload: '{"a":1}', qos: 0 }), {}],
  [
    data('GetConnection', { clientId: thing, includeSocketInformation: true }),
    { connected: true, thingName: thing, sourceIp: '127.0.0.1' },
  ],
  [data('DeleteConnection', { clientId: passer, cleanSession: true }), {}],
  ...registry(id, certificateId, ca),
];

/** The end of a robot's certificate. */
const removal = (certificateId: string): [Call, object][] => [
  [iot('DetachThingPrincipal', { thingName: passer, principal: arnOf(certificateId) }), {}],
  [iot('UpdateCertificate', { certificateId, newStatus: 'INACTIVE' }), {}],
  [iot('DeleteCertificate', { certificateId, forceDelete: false }), {}],
];
/** A robot whose connection each client closes. */
const passer = 'AWS-2';

/** Requests that are refused, with the exception's name. */
const refusals: readonly [Call, string, RegExp][] = [
  [iot('DescribeThing', { thingName: 'NOBODY' }), 'ResourceNotFoundException', /NOBODY/],
  [job('x', { targets: [] }), 'InvalidRequestException', /targets/],
  [job('x', { jobTemplateArn: 'arn:x' }), 'InvalidRequestException', /jobTemplateArn/],
  [iot('CancelJob', { jobId: 'none' }), 'ResourceNotFoundException', /none/],
  [
    iot('SearchIndex', { queryString: 'thingTypeName:vacuum' }),
    'InvalidQueryException',
    /thingTypeName/,
  ],
  [
    data('GetThingShadow', { thingName: thing, shadowName: 'none' }),
    'ResourceNotFoundException',
    /none/,
  ],
  [
    data('UpdateThingShadow', { thingName: thing, payload: '{"state":1}' }),
    'InvalidRequestException',
    /State node/,
  ],
  [
    jobs('DescribeJobExecution', { jobId: 'none', thingName: thing }),
    'ResourceNotFoundException',
    /none/,
  ],
];

const clients: readonly (readonly [string, Caller])[] = [
  ['@aws-sdk', sdk],
  ['boto3', boto3],
];

describe.each(clients)("AWS's own client %s", (name, callAll) => {
  it('is served each operation of docs/aws.md, and reads the answers', async () => {
    const certificates = world.stub.cloud.rows.list('certificates').map(({ value }) => value);
    const certificate = certificates.find(({ commonName }) => commonName === thing);
    const { certificateId = '', caCertificateId = '' } = certificate ?? {};
    const entered = await world.enter(passer);
    await using _ = entered.robot;
    const steps = [
      ...script(name.replace(/\W/g, ''), certificateId, caCertificateId),
      ...removal(entered.identity.certificateId),
    ];
    const outcomes = await callAll(
      world.stub.ready,
      steps.map(([one]) => one),
    );
    for (const [i, [{ operation }, expected]] of steps.entries()) {
      const outcome = outcomes[i];
      if (callAll !== sdk && outcome !== undefined && 'unknown' in outcome) continue;
      expect([operation, outcome]).toMatchObject([operation, { output: expected }]);
    }
    const ofAuthorities = await callAuthorities(callAll, world.stub.ready);
    const called = new Set([...steps.map(([{ operation }]) => operation), ...ofAuthorities]);
    const served = routes.flatMap(({ operation }) => operation ?? []);
    expect(served.filter((operation) => !called.has(operation))).toEqual([]);
  });

  it("understands the stub's refusals", async () => {
    const calls = refusals.map(([one]) => one);
    const outcomes: Outcome[] = await callAll(world.stub.ready, calls);
    for (const [i, [{ operation }, error, message]] of refusals.entries()) {
      expect([operation, outcomes[i]]).toEqual([
        operation,
        { error, message: expect.stringMatching(message) },
      ]);
    }
  });
});

describe("Debian's aws command", () => {
  const aws = (...args: string[]) => awsCli(world.stub.ready, ...args);

  it('lists things and makes, shows and cancels a job', async () => {
    const { things } = (await aws('iot', 'list-things')) as { things: unknown[] };
    expect(things).toContainEqual(expect.objectContaining({ thingName: thing }));
    const target = ['--targets', thingArn, '--document', document];
    expect(await aws('iot', 'create-job', '--job-id', 'cli', ...target)).toMatchObject({
      jobId: 'cli',
    });
    expect(await aws('iot', 'cancel-job', '--job-id', 'cli')).toMatchObject({ jobId: 'cli' });
    expect(await aws('iot', 'describe-job', '--job-id', 'cli')).toMatchObject({
      job: { status: 'CANCELED' },
    });
  });

  it('shows an error with its name and message', async () => {
    await expect(aws('iot', 'describe-job', '--job-id', 'none')).rejects.toMatchObject({
      stderr: expect.stringMatching(/ResourceNotFoundException.*none/),
    });
  });
});
