import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { enginesFolder, tokenEnvironment } from '../../hal/linux/token-environment.ts';
import { openTokenKey } from '../../hal/linux/token-key.ts';
import type { TokenOptions } from '../../hal/linux/token-options.ts';
import { deviceKeyContract } from '../contract/device-key.suite.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { startTestStub } from '../support/cloud-stub.ts';
import { startMosquitto } from '../support/token-mosquitto.ts';
import { type RobotTask, startRobot } from '../support/token-process.ts';
import { type SoftToken, startSoftToken } from '../support/token-softhsm.ts';
import { certify } from '../support/token-tls.ts';

let token: SoftToken;
let server: TokenOptions;
beforeAll(async () => {
  token = await startSoftToken();
  await token.makeKey('big', 'rsa:2048');
  server = token.through('server');
  // What the agent's main.ts does: OpenSSL reads the environment of the process itself.
  Object.assign(process.env, tokenEnvironment({ ...server, enginesDir: await enginesFolder() }));
});
afterAll(() => token[Symbol.asyncDispose]());

deviceKeyContract('a token behind p11-kit server, P-256', () => openTokenKey(server));
deviceKeyContract('a token behind p11-kit server, RSA', () =>
  openTokenKey(token.through('server', 'big')),
);

/** A context that is kept is 40 KiB or more: 200 of them would be twice this. */
const growthKiBMax = 4 * 1024;
const reconnects = 200;

async function taskFor(
  ca: KeyAndCertificate,
  options: TokenOptions,
  to: { port: number; serverCa: string },
  change: Partial<RobotTask> = {},
): Promise<RobotTask> {
  const { clock: _, ...plain } = options;
  const certificate = await certify(ca, await openTokenKey(options), 'R1');
  return { name: 'R1', certificate, token: plain, setsEnvironment: true, ...to, ...change };
}

/** Connects the robot (its first connection is rejected by design), then reconnects, and measures time and usage. */
async function reconnectManyTimes(task: RobotTask, what: string): Promise<void> {
  await using robot = startRobot(task);
  await robot.connect(reconnects);
  const before = await robot.measure();
  const result = await robot.connect(reconnects);
  const after = await robot.measure();
  process.stdout.write(`${what}: ${JSON.stringify({ ...result, before, after })}\n`);
  expect(result).toMatchObject({ ups: reconnects, observations: [] });
  expect(after.contexts - before.contexts).toBeLessThan(3);
  expect(after.files - before.files).toBeLessThan(3);
  expect(after.rssKiB - before.rssKiB).toBeLessThan(growthKiBMax);
}

describe.each(['server', 'module'] as const)('200 reconnects with the %s', (way) => {
  it('to the cloud stub succeed each time and leak nothing', async () => {
    await using cloud = await startTestStub();
    const { port } = cloud.stub.ready.mqtt;
    const serverCa = await readFile(cloud.stub.ready.serverCa, 'utf8');
    const task = await taskFor(cloud.ca, token.through(way), { port, serverCa });
    await reconnectManyTimes(task, `stub, ${way}`);
  });

  it('to Mosquitto succeed each time and leak nothing', async () => {
    const ca = await mintCa();
    await using broker = await startMosquitto(ca);
    const to = { port: broker.port, serverCa: ca.certificatePem };
    await reconnectManyTimes(await taskFor(ca, token.through(way), to), `Mosquitto, ${way}`);
  });
});
