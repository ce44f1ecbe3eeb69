import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { type Log, silentLog } from '../../base/log.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { connectOperator, type OperatorClient } from '../../cloud-stub/operator-client.ts';
import { type Stub, startStub } from '../../cloud-stub/serve.ts';
import { connectRobot, type RobotClient } from './cloud-client.ts';
import { mintCa, mintRobot } from './cloud-pki.ts';
import { cloudName, type PlainBroker, startPlainBroker } from './plain-broker.ts';

/** A plain broker, and the cloud as one of its clients. */
export interface BridgeWorld extends AsyncDisposable {
  readonly folder: string;
  readonly ca: KeyAndCertificate;
  readonly broker: PlainBroker;
  readonly stub: Stub;
  readonly operator: OperatorClient;
  readonly logged: readonly string[];
  /** `serve`'s options for this broker. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
  /** A robot connected to the broker, which knows no cloud. */
  robot(name: string): Promise<RobotClient>;
  restartStub(): Promise<void>;
}

export async function startBridgeWorld({ reserved = false } = {}): Promise<BridgeWorld> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bridge-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const ca = await mintCa();
  const broker = started.use(await startPlainBroker(ca));
  const cloud = await mintRobot(ca, cloudName);
  const files = {
    ca: join(folder, 'broker-ca.crt'),
    cert: join(folder, 'cloud.crt'),
    key: join(folder, 'cloud.key'),
  };
  await writeFile(files.ca, ca.certificatePem);
  await writeFile(files.cert, cloud.cert);
  await writeFile(files.key, cloud.key);
  const logged: string[] = [];
  const note = (_fields: unknown, message: string) => void logged.push(message);
  const log: Log = { ...silentLog, info: note, warn: note, error: note };
  const start = () =>
    startStub({
      ...{ dir: join(folder, 'cloud'), host: 'localhost', httpsPort: 0, clock: systemClock, log },
      mqtt: { url: `mqtts://localhost:${broker.port}`, ...files, reserved },
    });
  let stub = await start();
  let operator = await connectOperator(stub.ready, systemClock);
  const stop = async () => {
    operator[Symbol.dispose]();
    await stub[Symbol.asyncDispose]();
  };
  started.defer(stop);
  const running = started.move();
  return {
    ...{ folder, ca, broker, logged, files },
    get stub() {
      return stub;
    },
    get operator() {
      return operator;
    },
    async robot(name) {
      const identity = await mintRobot(ca, name);
      const robot = await connectRobot({ ...stub.ready, serverCa: files.ca }, identity);
      await robot.subscribe(`robots/${name}/down/#`, `$aws/things/${name}/#`);
      return robot;
    },
    async restartStub() {
      await stop();
      stub = await start();
      operator = await connectOperator(stub.ready, systemClock);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
