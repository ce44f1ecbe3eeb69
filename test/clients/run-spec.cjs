// Runs AWS's own test files of its device SDK v2, as they are in the npm package: lists the tests of one, or runs one test.
// They are written for jest; what they use of it is below. Its argument, as JSON: `spec`, a file below the package's
// `dist/` without its ending; `test`, a name; and for a run `robot`, `uuid`, `principal`, `port` and `ca`.
//
// What is changed from outside, because the tests expect an account that lets every client do everything, for things
// that have no certificate: the client id is the robot's name, a test's random names are `uuid`, connections go to `port`
// and trust `ca`. Before a test cleans up, its certificate is detached from the thing that it then deletes.
const Module = require('node:module');
const { DetachThingPrincipalCommand, IoTClient } = require('@aws-sdk/client-iot');
const { expect } = require('expect');
const crt = require('aws-crt');

const { spec, test: wanted, robot, uuid, principal, port, ca } = JSON.parse(process.argv[2]);

const load = Module._load;
Module._load = (request, parent, isMain) =>
  request === 'uuid' && parent?.filename.endsWith('.spec.js')
    ? { v4: () => uuid }
    : load(request, parent, isMain);

const builder = crt.iot.AwsIotMqttConnectionConfigBuilder.prototype;
const { build } = builder;
builder.build = function () {
  return build.call(this.with_client_id(robot).with_port(port).with_certificate_authority(ca));
};

const tests = [];
const hooks = { before: [], after: [] };
const it = Object.assign((name, run) => tests.push({ name, run }), {
  skip: (name) => tests.push({ name }),
});
Object.assign(globalThis, {
  ...{ it, test: it, expect, jest: { setTimeout() {} } },
  beforeEach: (run) => hooks.before.push(run),
  afterEach: (run) => hooks.after.push(run),
});

require(`aws-iot-device-sdk-v2/dist/${spec}.js`);

async function runTest() {
  const { run } = tests.find(({ name }) => name === wanted) ?? {};
  if (run === undefined) return { outcome: 'skipped' };
  for (const hook of hooks.before) await hook();
  try {
    await run();
  } finally {
    await new IoTClient({}).send(new DetachThingPrincipalCommand({ thingName: robot, principal }));
    for (const hook of hooks.after) await hook();
  }
  return { outcome: 'passed' };
}

const answer = wanted === undefined ? Promise.resolve(tests.map(({ name }) => name)) : runTest();
void answer
  .catch((error) => ({ outcome: 'failed', error: String(error?.stack ?? error) }))
  .then((line) => process.stdout.write(JSON.stringify(line), () => process.exit(0)));
