import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIdentity } from '../../../agent/io/identity.ts';
import { delay, systemClock } from '../../../base/clock.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { nodeFiles } from '../../../base/files.ts';
import { keySigner } from '../../../base/x509/algorithms.ts';
import {
  type KeyAndCertificate,
  makeCa,
  makeDeviceCertificate,
} from '../../../base/x509/authority.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import { connectOperator, type OperatorClient } from '../../../cloud-stub/operator-client.ts';
import type { PresenceRow } from '../../../cloud-stub/rows.ts';
import type { Ready } from '../../../cloud-stub/running.ts';
import { fileKeys } from '../../../hal/linux/file-key.ts';
import { createProcesses } from '../../demo/processes.ts';
import { programsOf } from '../../demo/world.ts';
import { buildAgentBundle } from '../../firmware/bundle.ts';

/** What all cells share: one cloud as a process, the factory's CA, the agent as it is shipped. */
export interface World extends AsyncDisposable {
  readonly dir: string;
  readonly ready: Ready;
  readonly operator: OperatorClient;
  readonly agentBundle: string;
  readonly firmwareKeys: string;
  readonly signal: AbortSignal;
  /** The connected robots; a quarter of a second old at most. */
  presence(robot: string): PresenceRow | undefined;
  /** Issues a robot's identity into `folder`, as the factory does. Returns the paths of certificate and key. */
  giveIdentity(robot: string, folder: string): Promise<{ cert: string; key: string }>;
}

const pollMs = 200;

/** Starts the cloud in a new folder under the system's temporary one; all of it is removed with the world. */
export async function startWorld(signal: AbortSignal): Promise<World> {
  await using started = new AsyncDisposableStack();
  // Short, because the path of a socket is limited.
  const dir = await mkdtemp('/tmp/pf-reports-');
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const logs = join(dir, 'logs');
  await mkdir(logs, { recursive: true });
  const ca = await makeCa({
    commonName: 'Bench CA',
    nowMs: systemClock.wallMs(),
    random: randomBytes,
  });
  const caFile = join(dir, 'ca.crt');
  await writeFile(caFile, ca.certificatePem);
  const firmwareKeys = join(dir, 'firmware.pub');
  const { publicKey } = generateKeyPairSync('ed25519');
  await writeFile(firmwareKeys, publicKey.export({ type: 'spki', format: 'pem' }));
  const { path: agentBundle } = await buildAgentBundle({
    version: '1.0.0',
    out: join(dir, 'agent.cjs'),
  });
  const processes = started.use(createProcesses(logs, signal));
  const kill = () => processes.killNow();
  process.on('exit', kill);
  started.defer(() => void process.off('exit', kill));
  const args = ['serve', '--dir', join(dir, 'cloud'), '--ca', caFile];
  const ready = (await processes.serve(programsOf(undefined).cloudStub, args)) as unknown as Ready;
  const operator = started.use(await connectOperator(ready, systemClock));

  const stop = new AbortController();
  const all = AbortSignal.any([signal, processes.fallen, stop.signal]);
  let rows = new Map<string, PresenceRow>();
  const watch = async () => {
    for (;;) {
      // A busy cloud responds at the next poll.
      const { robots } = await operator.status().catch(() => ({ robots: undefined }));
      if (robots)
        rows = new Map(
          robots.flatMap(({ robot, presence }) => (presence ? [[robot, presence]] : [])),
        );
      await delay(systemClock, pollMs, all);
    }
  };
  const watching = watch().catch(() => {});
  started.defer(async () => {
    stop.abort();
    await watching;
  });
  const running = started.move();
  return {
    ...{ dir, ready, operator, agentBundle, firmwareKeys, signal: all },
    presence: (robot) => rows.get(robot),
    giveIdentity: (robot, folder) => giveIdentity(ca, robot, folder),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function giveIdentity(
  ca: KeyAndCertificate,
  robot: string,
  folder: string,
): Promise<{ cert: string; key: string }> {
  const { signal } = new AbortController();
  const identity = createIdentity({ files: nodeFiles, folder, robot, keys: fileKeys('ec-p256') });
  const { csr } = await identity.request('new', signal);
  const read = readCsr(csr);
  if (!read.ok) throw new PilotfishError(read.code, read.message);
  const { publicKey } = read.csr;
  const chain = await makeDeviceCertificate({
    commonName: robot,
    publicKey,
    issuer: ca.certificatePem,
    signer: keySigner(ca.privateKey),
    nowMs: systemClock.wallMs(),
    random: randomBytes,
  });
  await identity.install(chain);
  const current = join(folder, 'current');
  return { cert: join(current, 'chain.pem'), key: join(current, 'key.pem') };
}
