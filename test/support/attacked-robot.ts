import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callLocalApi } from '../../agent/io/local.ts';
import { callStation } from '../../agent/io/station.ts';
import type { FirmwareManifest } from '../../protocol/schemas/firmware.ts';
import { createSigningKey, signFirmware } from '../../tools/firmware/sign.ts';
import { identityIn } from './agent-identity.ts';
import { pilotfish, type RobotLine, startRobotLine } from './agent-process.ts';
import { connectRobot, type RobotClient } from './cloud-client.ts';
import { until } from './cloud-until.ts';
import { type Detour, type FalseCloud, startDetour, startFalseCloud } from './false-cloud.ts';

/** A robot in processes of its own, whose network can lead it to a false cloud, and another one that is left in peace. */
export interface AttackedRobot extends AsyncDisposable {
  readonly line: RobotLine;
  readonly detour: Detour;
  /** Leads the robot to a cloud with the stolen server key, whose clock is `aheadMs` ahead; resolves when it is there. */
  deceive(aheadMs: number): Promise<FalseCloud>;
  /** Leads it back; resolves when the true cloud has it. */
  release(): Promise<void>;
  askAgent(method: string): Promise<unknown>;
  /** A signed job document for an image that does not exist. */
  jobDocument(change: Partial<FirmwareManifest>): Promise<object>;
  /** Another robot of the true cloud, which is not attacked. */
  readonly neighbour: RobotClient;
}

export async function startAttackedRobot(dir: string): Promise<AttackedRobot> {
  await using started = new AsyncDisposableStack();
  const detour = started.use(await startDetour());
  const keys = await createSigningKey(join(dir, 'keys'));
  const settings = { cloudPort: detour.port, firmwareKeys: keys.publicKeyFile };
  const line = started.use(await startRobotLine(dir, { settings }));
  const { cloud, robot } = line;
  const trueCloud = () => cloud.stub.cloud.rows.get('presence', robot)?.state === 'connected';
  detour.leadTo(cloud.stub.ready.mqtt.port);
  const provisioned = await pilotfish(line.station);
  if (provisioned.code !== 0) throw new Error(provisioned.err);
  await line.switchOn();
  await until(trueCloud, 60_000);
  const neighbour = started.use(await enterNeighbour(dir, line));
  const running = started.move();
  let falseOnes = 0;
  return {
    line,
    detour,
    async deceive(aheadMs) {
      const falseCloud = running.use(
        await startFalseCloud({
          dir: join(dir, `false-${++falseOnes}`),
          serverCa: cloud.stub.ready.serverCa,
          robotsCa: join(line.line.folder, 'ca.crt'),
          aheadMs,
        }),
      );
      detour.leadTo(falseCloud.stub.ready.mqtt.port);
      await until(
        () => falseCloud.stub.cloud.rows.get('presence', robot)?.state === 'connected',
        60_000,
      );
      return falseCloud;
    },
    async release() {
      const before = cloud.stub.cloud.rows.get('presence', robot)?.sessionId;
      detour.leadTo(cloud.stub.ready.mqtt.port);
      await until(() => {
        const presence = cloud.stub.cloud.rows.get('presence', robot);
        return presence?.state === 'connected' && presence.sessionId !== before;
      }, 120_000);
    },
    askAgent: (method) => callLocalApi(join(dir, 'robot', 'run', 'agent.sock'), method),
    async jobDocument(change) {
      const manifest: FirmwareManifest = {
        ...{ v: 1, hardwareId: 'sim-board-1', version: '9.9.9', securityCounter: 9 },
        ...{ length: 1000, sha256: 'a'.repeat(64), expiresMs: Date.now() + 1e9 },
        ...change,
      };
      const privateKey = createPrivateKey(await readFile(keys.privateKeyFile));
      return {
        ...{ v: 1, operation: 'firmware-update', imageUrl: 'https://localhost:1/image' },
        manifest: signFirmware({ manifest, privateKey }),
      };
    },
    neighbour,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** From the same line, by a client that is not ours. */
async function enterNeighbour(dir: string, { line, cloud }: RobotLine): Promise<RobotClient> {
  const { signal } = new AbortController();
  const name = 'N1';
  const identity = identityIn(join(dir, 'neighbour'), name);
  const { csr } = await identity.request('new', signal);
  const jig = join(dir, 'jig-1');
  const access = {
    url: `https://localhost:${line.port}`,
    caFile: join(jig, 'line-ca.crt'),
    certificateFile: join(jig, 'fixture.crt'),
    keyFile: join(jig, 'fixture.key'),
  };
  const { chain, certificateId } = await callStation(access, { serial: name, csr }, { signal });
  await identity.install(chain);
  const { cert, key } = (await identity.credentials('current')) as { cert: string; key: string };
  // The first contact registers it.
  await (await connectRobot(cloud.stub.ready, { name, cert, key, certificateId }))[
    Symbol.asyncDispose
  ]();
  return connectRobot(cloud.stub.ready, { name, cert, key, certificateId });
}
