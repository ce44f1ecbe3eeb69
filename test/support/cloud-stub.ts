import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { connectOperator, type OperatorClient } from '../../cloud-stub/operator-client.ts';
import { type Stub, type StubOptions, startStub } from '../../cloud-stub/serve.ts';
import { connectRobot, type RobotClient } from './cloud-client.ts';
import { type Identity, mintCa, mintRobot } from './cloud-pki.ts';
import { until } from './cloud-until.ts';

/** A real stub in this process, on a folder of its own, with real TLS on loopback. */
export interface TestStub extends AsyncDisposable {
  readonly folder: string;
  readonly caPath: string;
  readonly ca: KeyAndCertificate;
  readonly stub: Stub;
  readonly operator: OperatorClient;
  mint(name: string): Promise<Identity>;
  /** A new robot, registered by its first contact and connected. */
  enter(name: string): Promise<{ identity: Identity; robot: RobotClient }>;
  /** Stops the stub and starts it again on the same folder; `between` happens while it is down. */
  restart(between?: () => Promise<void>): Promise<void>;
}

export async function startTestStub(change: Partial<StubOptions> = {}): Promise<TestStub> {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-stub-'));
  const ca = await mintCa();
  const caPath = join(folder, 'robots-ca.crt');
  await writeFile(caPath, ca.certificatePem);
  const start = () =>
    startStub({
      dir: join(folder, 'cloud'),
      mqtt: { ca: caPath, port: 0 },
      host: 'localhost',
      httpsPort: 0,
      clock: systemClock,
      log: silentLog,
      ...change,
    });
  let stub = await start();
  let operator = await connectOperator(stub.ready, systemClock);
  let running = true;
  const stop = async () => {
    if (!running) return;
    running = false;
    operator[Symbol.dispose]();
    await stub[Symbol.asyncDispose]();
  };
  return {
    folder,
    caPath,
    ca,
    get stub() {
      return stub;
    },
    get operator() {
      return operator;
    },
    mint: (name) => mintRobot(ca, name),
    async enter(name) {
      const identity = await mintRobot(ca, name);
      await connectRobot(stub.ready, identity);
      const robot = await connectRobot(stub.ready, identity);
      await until(() => stub.cloud.rows.get('presence', name)?.state === 'connected');
      return { identity, robot };
    },
    async restart(between) {
      await stop();
      await between?.();
      stub = await start();
      running = true;
      operator = await connectOperator(stub.ready, systemClock);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
