import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installSdk } from '../support/aws-clients.ts';
import { listSpec, runSpec } from '../support/aws-specs.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';

/**
 * AWS's own tests of its device SDK v2, from the npm package, against the stub. AWS runs them against AWS IoT Core, so
 * whatever they assert of the service holds there: for one, that a job which goes from QUEUED to IN_PROGRESS is not notified.
 * The tests of `aws-crt`, the layer below, are in its package too, but as sources that import files which it lacks (`@test/`).
 */

let world: TestStub;
beforeAll(async () => {
  await installSdk();
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

/** The tests that a robot of the stub can run. The things of the jobs tests are called `t-`. */
const specs = [
  {
    spec: 'iotshadow/iotshadowclientv2.spec',
    tests: [
      'shadowv2 - create destroy mqtt311',
      'shadowv2 - get non-existent shadow mqtt311',
      'shadowv2 - create-destroy shadow mqtt311',
      'shadowv2 - update shadow mqtt311',
    ],
  },
  {
    spec: 'iotjobs/iotjobsclientv2.spec',
    prefix: 't-',
    tests: ['jobsv2 - create destroy mqtt311', 'jobsv2 processing mqtt311'],
  },
  {
    spec: 'iotidentity/iotidentityclientv2.spec',
    tests: ['identityv2 - create destroy mqtt311', 'identityv2 CSR provisioning mqtt311'],
  },
];

/** The others, by what they need. */
const others = [
  {
    missing: 'MQTT 5, which the stub refuses',
    tests: [
      'shadowv2 - create destroy mqtt5',
      'shadowv2 - get non-existent shadow mqtt5',
      'shadowv2 - create-destroy shadow mqtt5',
      'shadowv2 - update shadow mqtt5',
      'jobsv2 - create destroy mqtt5',
      'jobsv2 processing mqtt5',
      'identityv2 - create destroy mqtt5',
      'identityv2 provisioning mqtt5',
      'identityv2 CSR provisioning mqtt5',
    ],
  },
  {
    missing: 'a key made by the cloud (CreateKeysAndCertificate), which the stub refuses',
    tests: ['identityv2 provisioning mqtt311'],
  },
];

describe.each(specs)("AWS's own $spec", ({ spec, prefix, tests }) => {
  it.each(tests)('passes: %s', async (test) => {
    const outcome = await runSpec(world, { spec, test, ...(prefix ? { prefix } : {}) });
    expect(outcome).toEqual({ outcome: 'passed' });
  });
});

describe("AWS's own tests that are not run", () => {
  for (const { missing, tests } of others) it.skip.each(tests)(`%s: needs ${missing}`, () => {});
  // Greengrass's protocol over event streams, with a server of its own: nothing of AWS IoT Core.
  it.skip('all 44 of echotestrpc.spec: needs a server of Greengrass', () => {});

  it('are all that the package has and no test above runs', async () => {
    const names = await Promise.all(specs.map(({ spec }) => listSpec(spec)));
    const listed = [...specs, ...others].flatMap(({ tests }) => tests);
    expect(names.flat().sort()).toEqual(listed.sort());
    expect(await listSpec('echotestrpc.spec')).toHaveLength(44);
  });
});
