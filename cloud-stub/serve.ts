import { randomBytes, type X509Certificate } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { descriptorsMax } from '../base/connections/descriptors.ts';
import { PilotfishError } from '../base/errors.ts';
import { makeFolder, writeFileDurable } from '../base/files.ts';
import type { Log } from '../base/log.ts';
import { certificatePem } from '../base/x509/certificate-file.ts';
import { certificateFacts } from '../base/x509/certificates.ts';
import { openArchiveFiles } from './archive-files.ts';
import { startArchiving } from './archiving.ts';
import { type Cloud, createCloud } from './cloud.ts';
import { type Authority, type CloudConfig, cloudDefaults } from './config.ts';
import type { Entropy } from './core/unit.ts';
import { shareDescriptors } from './descriptor-budget.ts';
import { type DevicePort, startDevicePort } from './device-port.ts';
import { createFaults } from './faults.ts';
import { listenHttps } from './http.ts';
import { openObjectFiles } from './object-files.ts';
import { operatorKey } from './operator-key.ts';
import { startPartSweeping } from './part-sweeping.ts';
import { openRenewalCa } from './renewal-ca.ts';
import { type Ready, runningPath } from './running.ts';
import { serverIdentity } from './server-identity.ts';
import { fileOf } from './services/objects.ts';
import { holdFile, openSqliteStore } from './store/sqlite.ts';
import { createTicking } from './ticking.ts';
import type { Transport } from './transport.ts';
import { type OtherBroker, type OwnBroker, readMqtt } from './transports.ts';
import { createTrust } from './trust.ts';

export interface StubOptions {
  readonly dir: string;
  /** The broker to use. */
  readonly mqtt: OwnBroker | OtherBroker;
  /** The name by which robots reach the stub; the certificate and the URLs contain it. */
  readonly host: string;
  /** Address to listen on; by default loopback for a loopback name, else every address. */
  readonly bind?: string | undefined;
  /** 0 selects a free port. */
  readonly httpsPort: number;
  /** The port for robots over HTTPS, beside the stub's own broker; by default a free one. */
  readonly deviceHttpsPort?: number | undefined;
  /** How long an authenticated HTTPS request may be idle; a minute by default. */
  readonly httpsIdleMs?: number | undefined;
  /** The limit for each step of a peer until it is authenticated; 10 s by default. */
  readonly connectMsMax?: number | undefined;
  /** What differs from `cloudDefaults`. */
  readonly cloud?: Partial<CloudConfig> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A running stub. */
export interface Stub extends AsyncDisposable {
  readonly ready: Ready;
  readonly cloud: Cloud;
  readonly broker: Transport;
}

/**
 * Starts the whole cloud on one folder and resolves when it is ready. Disposing of it closes connections, files and the
 * folder's lock. Throws `dir-in-use`, `config-…` for a problem with the options' files, and `broker-…` when an outside
 * broker cannot be used.
 */
export async function startStub(options: StubOptions): Promise<Stub> {
  const dir = resolve(options.dir);
  const { clock, log, host } = options;
  await using started = new AsyncDisposableStack();
  const mqtt = await readMqtt(options.mqtt);
  await makeFolder(dir, 0o700);
  started.defer(lock(dir));
  const entropy: Entropy = (bytes) => randomBytes(bytes).toString('hex');
  const tls = await serverIdentity(join(dir, 'server'), { host, nowMs: clock.wallMs() });
  const renewal = await openRenewalCa(join(dir, 'renewal'), clock.wallMs());
  const operatorPath = join(dir, 'operator.json');
  const { region, ...credentials } = await operatorKey(operatorPath, cloudDefaults.region);
  const address = options.bind ?? loopbackOf(host);

  const store = openSqliteStore(join(dir, 'cloud.db'));
  started.defer(() => store.close());
  const objects = join(dir, 'objects');
  await rm(join(objects, '.incoming'), { recursive: true, force: true });
  await makeFolder(objects, 0o700);
  const files = openObjectFiles(objects, entropy);
  const aside = await files.putAside(
    new Set(store.list('objects').map(({ value }) => fileOf(value))),
  );
  if (aside > 0) log.warn({ files: aside }, `no object has these files: now in ${objects}/.lost`);

  const parts = new Set(store.list('upload_parts').map(({ value }) => value.file));
  await files.sweepParts((file) => !parts.has(file));

  const budget = shareDescriptors(descriptorsMax());
  const https = await listenHttps({
    address,
    port: options.httpsPort,
    idleMs: options.httpsIdleMs,
    unprovenMs: options.connectMsMax,
    bounds: budget.https,
    ...{ tls, clock },
  });
  started.defer(() => https.close());
  const urlOf = (port: number) => `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const endpoint = urlOf(https.port);
  const config = {
    ...{ ...cloudDefaults, ...options.cloud, endpoint, region, credentials },
    renewalCaId: renewal.certificateId,
    authorities: authoritiesOf(mqtt.authorities, renewal.certificate),
  };
  const ticking = createTicking({
    cloud: createCloud({ store, entropy, config, log }),
    ...{ clock, log },
  });
  const { cloud } = ticking;
  const archive = await openArchiveFiles(join(dir, 'archive'));
  const given = [...mqtt.authorities, renewal.certificate];
  const trust = createTrust({ given, rows: cloud.rows, log });
  const shared = { cloud, faults: createFaults(), clock, entropy, log, renewal, trust };
  const { connectMsMax } = options;
  const broker = await mqtt.start(shared, {
    ...{ host, address, tls, connectMsMax },
    bounds: budget.mqtt,
  });
  started.defer(() => broker.close());
  let device: DevicePort | undefined;
  // The robots of an outside broker are admitted there, and the stub knows no CA of theirs.
  if (broker.hasConnections) {
    device = await startDevicePort({
      ...{ ...shared, broker, host, address, tls, unprovenMs: connectMsMax },
      ...{ port: options.deviceHttpsPort ?? 0, idleMs: options.httpsIdleMs },
      bounds: budget.device,
    });
    started.defer(device.close);
  }
  https.attach({ ...shared, broker, device, files, credentials, region });
  started.defer(ticking.start(broker.send));
  started.defer(startPartSweeping({ cloud, files, clock, log }));
  started.defer(startArchiving({ cloud, files: archive, clock, log }));

  const ready: Ready = {
    ready: true,
    mqtt: broker.address,
    https: { url: endpoint },
    ...(device ? { deviceHttps: { url: urlOf(device.address.port) } } : {}),
    serverCa: tls.caPath,
    renewalCa: renewal.path,
    operator: operatorPath,
    dir,
  };
  await writeFileDurable(runningPath(dir), `${JSON.stringify(ready)}\n`);
  started.defer(() => rm(runningPath(dir), { force: true }));
  const running = started.move();
  return { ready, cloud, broker, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Each once: the file may name one twice. */
function authoritiesOf(
  factory: readonly X509Certificate[],
  renewal: X509Certificate,
): readonly Authority[] {
  const all = [...factory, renewal].map((certificate) => {
    const { certificateId, notBeforeMs, notAfterMs } = certificateFacts(certificate);
    const isRenewal = certificate === renewal;
    return { certificateId, pem: certificatePem(certificate), notBeforeMs, notAfterMs, isRenewal };
  });
  return [...new Map(all.map((one) => [one.certificateId, one])).values()];
}

function lock(dir: string): () => void {
  const release = holdFile(join(dir, 'lock'));
  if (release !== undefined) return release;
  throw new PilotfishError('dir-in-use', `${dir} is in use by a running cloud stub`, {
    hint: 'stop that one, or give another --dir',
  });
}

/**
 * The address to listen on for `host`. Undefined means everywhere: a public name need not be an address of this
 * machine.
 */
function loopbackOf(host: string): string | undefined {
  if (host === 'localhost') return '127.0.0.1';
  return host === '::1' || /^127\./.test(host) ? host : undefined;
}
