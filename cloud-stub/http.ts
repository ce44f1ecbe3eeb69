import type { Clock } from '../base/clock.ts';
import type { AdmissionBounds } from '../base/connections/admission.ts';
import type { GuardStatus } from '../base/connections/guard.ts';
import type { Log } from '../base/log.ts';
import type { Cloud } from './cloud.ts';
import type { Credentials } from './config.ts';
import type { Entropy } from './core/unit.ts';
import type { DevicePort } from './device-port.ts';
import type { Faults } from './faults.ts';
import { createBodies } from './http/bodies.ts';
import { type ControlPlane, serveControl } from './http/control.ts';
import { type Exchange, sendS3Error, shortenForLog } from './http/exchange.ts';
import { isObjectRequest } from './http/object-requests.ts';
import { serveObject } from './http/objects.ts';
import { createTurns } from './http/turns.ts';
import { openHttpsPort } from './https-port.ts';
import type { ObjectFiles } from './object-files.ts';
import type { ConnectionRefusal } from './refusal-causes.ts';
import { s3Error } from './s3-errors.ts';
import type { Transport } from './transport.ts';

/** The HTTPS server: the object store for robots and operators, the control plane for operators. */
export interface HttpServer {
  readonly port: number;
  guarded(): GuardStatus;
  /** Starts serving requests. */
  attach(parts: HttpParts): void;
  close(): Promise<void>;
}

export interface HttpParts {
  readonly cloud: Cloud;
  readonly broker: Transport;
  /** Undefined: there is none beside an outside broker. */
  readonly device: DevicePort | undefined;
  readonly faults: Faults;
  readonly files: ObjectFiles;
  readonly credentials: Credentials;
  readonly region: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** Listens first, because the cloud must know the port that its URLs name; `attach` follows at once. */
export async function listenHttps(options: {
  address: string | undefined;
  port: number;
  tls: { key: string; cert: string };
  bounds: AdmissionBounds;
  clock: Clock;
  idleMs?: number | undefined;
  unprovenMs?: number | undefined;
}): Promise<HttpServer> {
  const https = await openHttpsPort({ ...options, name: 'HTTPS', option: 'https-port' });
  const { guard } = https;
  return {
    port: https.port,
    guarded: guard.status,
    attach(parts) {
      const { cloud, broker, device, entropy, clock, log } = parts;
      const refused = (refusal: ConnectionRefusal) => cloud.refused(refusal, clock.wallMs());
      const refuse: ControlPlane['refused'] = (exchange, code) => {
        guard.count(code);
        const { method, socket } = exchange.request;
        const { remoteAddress: at } = socket;
        const detail = `${method} ${shortenForLog(exchange.path)}`;
        refused({ code, detail, ...(at === undefined ? {} : { address: at }) });
      };
      const listeners = () => [
        ...[broker.guarded()].flatMap((status) => (status ? [{ name: 'MQTT', ...status }] : [])),
        { name: 'HTTPS', ...guard.status() },
        ...(device ? [{ name: 'device HTTPS', ...device.guarded() }] : []),
      ];
      const process = {
        faults: parts.faults,
        fleet: cloud.fleet,
        listeners,
        connections: broker.connections,
        hasConnections: broker.hasConnections,
        mqtt: broker.address,
        deviceHttps: device?.address,
      };
      const bodies = createBodies();
      const publish = broker.send;
      const completions = createTurns();
      const services = {
        ...{ ...parts, process, bodies, completions, listeners, publish },
        refused: refuse,
      };
      https.attach({
        ...{ clock, log, refused },
        requestId: () => entropy(8),
        answerTooSlow: sendTooSlow,
        serve: (exchange, nowMs) =>
          isObjectRequest(exchange)
            ? serveObject(services, exchange, nowMs)
            : serveControl(services, exchange, nowMs),
      });
    },
    close: https.close,
  };
}

/** The object store's answer to a body that stalls. */
function sendTooSlow(exchange: Exchange): void {
  if (!isObjectRequest(exchange)) return;
  exchange.response.setHeader('connection', 'close');
  sendS3Error(exchange, s3Error('RequestTimeout'));
}
