import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { type Stub, startStub } from '../../cloud-stub/serve.ts';
import { connectRobot } from './cloud-client.ts';
import { type Identity, mintCa } from './cloud-pki.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';

/** Mosquitto with a CA of robots, and the cloud as its client. */
export interface MosquittoCloud extends AsyncDisposable {
  readonly ca: KeyAndCertificate;
  readonly mosquitto: Mosquitto;
  readonly stub: Stub;
  /** PEM. */
  readonly serverCa: string;
  /** A client of the cloud's own name, beside the cloud itself. */
  cloudClient(): ReturnType<typeof connectRobot>;
  connect(
    identity: Identity,
    options?: Parameters<typeof connectRobot>[2],
  ): ReturnType<typeof connectRobot>;
}

/** With `reserved` the lines of the rules for shadow and jobs are taken into use, and the cloud serves them. */
export async function startMosquittoCloud({ reserved = false } = {}): Promise<MosquittoCloud> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp('/tmp/pf-');
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const ca = await mintCa();
  const robots = { ca: join(folder, 'robots-ca.crt'), caKey: join(folder, 'robots-ca.key') };
  await writeFile(robots.ca, ca.certificatePem);
  await writeFile(robots.caKey, ca.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const mosquitto = started.use(await startMosquitto(join(folder, 'broker'), robots, { reserved }));
  const { path, port } = mosquitto;
  const stub = started.use(
    await startStub({
      ...{ dir: join(folder, 'cloud'), host: 'localhost', httpsPort: 0 },
      ...{ clock: systemClock, log: silentLog },
      mqtt: {
        url: `mqtts://localhost:${port}`,
        ...{ ca: path('services-ca.crt'), cert: path('cloud.crt'), key: path('cloud.key') },
        reserved,
      },
    }),
  );
  const ready = { ...stub.ready, serverCa: path('services-ca.crt') };
  const running = started.move();
  return {
    ...{ ca, mosquitto, stub },
    serverCa: await readFile(ready.serverCa, 'utf8'),
    async cloudClient() {
      const [cert, key] = await Promise.all(
        ['cloud.crt', 'cloud.key'].map((name) => readFile(path(name), 'utf8')),
      );
      return connectRobot(ready, {
        name: 'x',
        cert: cert ?? '',
        key: key ?? '',
        certificateId: '',
      });
    },
    connect: (identity, options) => connectRobot(ready, identity, options),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
