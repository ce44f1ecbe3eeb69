import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectRobot } from './cloud-client.ts';
import { makeRequest } from './cloud-renewal.ts';
import type { TestStub } from './cloud-stub.ts';

/** The test files that AWS ships in its device SDK v2, run against a stub (`test/clients/run-spec.cjs`). */

const run = promisify(execFile);
const program = fileURLToPath(new URL('../clients/run-spec.cjs', import.meta.url));

export interface SpecOutcome {
  /** `skipped`: the test's own condition, that an account is described by the environment, does not hold. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly error?: string;
}

/** The names of a file's tests, in order. */
export const listSpec = (spec: string): Promise<string[]> => call({ spec }) as Promise<string[]>;

/** Runs one test as a new robot whose name is `prefix` and a UUID, with the environment variables that AWS's tests read. */
export async function runSpec(
  world: TestStub,
  { spec, test, prefix = '' }: { spec: string; test: string; prefix?: string },
): Promise<SpecOutcome> {
  const { ready } = world.stub;
  const uuid = randomUUID();
  const robot = `${prefix}${uuid}`;
  const identity = await world.mint(robot);
  await (await connectRobot(ready, identity)).untilClosed();
  const store = async (name: string, text: string) => {
    const path = join(world.folder, `${robot}.${name}`);
    await writeFile(path, text);
    return path;
  };
  const [cert, key] = [await store('crt', identity.cert), await store('key', identity.key)];
  const operator = JSON.parse(await readFile(ready.operator, 'utf8')) as {
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  const env = {
    AWS_TEST_MQTT5_IOT_CORE_HOST: ready.mqtt.host,
    AWS_TEST_MQTT5_IOT_CERTIFICATE_PATH: cert,
    AWS_TEST_MQTT5_IOT_KEY_PATH: key,
    AWS_TEST_MQTT5_IOT_CORE_REGION: operator.region,
    AWS_TEST_IOT_CORE_PROVISIONING_HOST: ready.mqtt.host,
    AWS_TEST_IOT_CORE_PROVISIONING_CERTIFICATE_PATH: cert,
    AWS_TEST_IOT_CORE_PROVISIONING_KEY_PATH: key,
    AWS_TEST_IOT_CORE_PROVISIONING_TEMPLATE_NAME: 'pilotfish',
    AWS_TEST_IOT_CORE_PROVISIONING_CSR_PATH: await store('csr', (await makeRequest(robot)).csr),
    // Of the control plane's client, which makes things, groups and jobs.
    AWS_REGION: operator.region,
    AWS_ACCESS_KEY_ID: operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    AWS_ENDPOINT_URL_IOT: ready.https.url,
    NODE_EXTRA_CA_CERTS: ready.serverCa,
  };
  const ca = await readFile(ready.serverCa, 'utf8');
  const principal = `arn:aws:iot:${operator.region}:000000000000:cert/${identity.certificateId}`;
  const options = { spec, test, robot, uuid, principal, port: ready.mqtt.port, ca };
  return (await call(options, env)) as SpecOutcome;
}

async function call(options: object, env: Record<string, string> = {}): Promise<unknown> {
  const { stdout } = await run(process.execPath, [program, JSON.stringify(options)], {
    env: { PATH: process.env['PATH'], ...env },
  });
  return JSON.parse(stdout);
}
