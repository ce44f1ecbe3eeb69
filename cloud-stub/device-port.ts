import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { AdmissionBounds } from '../base/connections/admission.ts';
import type { GuardStatus } from '../base/connections/guard.ts';
import type { Log } from '../base/log.ts';
import type { Cloud } from './cloud.ts';
import type { Entropy } from './core/unit.ts';
import type { Faults } from './faults.ts';
import { createBodies } from './http/bodies.ts';
import { type DevicePlane, serveDevice } from './http/device.ts';
import { shortenForLog } from './http/exchange.ts';
import { createRequestRate } from './http/request-rate.ts';
import { openHttpsPort } from './https-port.ts';
import { peerCertificate } from './peer.ts';
import type { ConnectionRefusal } from './refusal-causes.ts';
import type { ClientCertificate } from './services/registry.ts';
import { refusalFacts, watchTlsRefusals } from './tls-refusals.ts';
import type { Transport } from './transport.ts';
import { robotTls, type Trust } from './trust.ts';

/** The HTTPS port for robots: TLS asks for their certificate, as at AWS's port 8443. */
export interface DevicePort {
  readonly address: { readonly host: string; readonly port: number };
  guarded(): GuardStatus;
  close(): Promise<void>;
}

export interface DevicePortOptions {
  /** The host name by which robots reach it. */
  readonly host: string;
  readonly address: string | undefined;
  readonly port: number;
  readonly tls: { readonly key: string; readonly cert: string };
  /** The CAs of the robots' certificates. */
  readonly trust: Trust;
  readonly bounds: AdmissionBounds;
  readonly idleMs?: number | undefined;
  readonly unprovenMs?: number | undefined;
  readonly cloud: Cloud;
  readonly broker: Transport;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** AWS's name at port 443, and what ordinary clients offer. */
const protocols = ['x-amzn-http-ca', 'http/1.1'];
/** As on one connection of MQTT. */
const requestsPerSecondMax = 100;
/** A request may take as long as its body moves: without a bound one robot could hold all places. */
const connectionsInWorkMax = 8;

export async function startDevicePort(options: DevicePortOptions): Promise<DevicePort> {
  const { host, trust, cloud, broker, faults, clock, entropy, log } = options;
  const tls = robotTls(options.tls, trust);
  const https = await openHttpsPort({
    ...{ ...options, name: 'device HTTPS', option: 'device-https-port', hasTlsWatch: true },
    tls: { ...tls.options, ALPNProtocols: protocols },
  });
  const { server, guard } = https;
  tls.follow(server);
  const refused = (refusal: ConnectionRefusal) => cloud.refused(refusal, clock.wallMs());
  const peers = new WeakMap<Socket, ClientCertificate>();
  server.on('secureConnection', (socket) => {
    const certificate = peerCertificate(socket, { trust, rows: cloud.rows });
    if (certificate === undefined) socket.destroy();
    else peers.set(socket, certificate);
  });
  watchTlsRefusals(server, trust.authorities, (refusal) => {
    guard.count(refusal.code);
    refused(refusalFacts(refusal));
  });
  const rate = createRequestRate(requestsPerSecondMax);
  const plane: DevicePlane = {
    ...{ cloud, broker, bodies: createBodies(), clock },
    process: {
      faults,
      fleet: cloud.fleet,
      listeners: () => [],
      mqtt: broker.address,
      connections: broker.connections,
      hasConnections: broker.hasConnections,
    },
    isOver: (robot) => rate.isOver(robot, clock.monoMs()) || faults.isOver(robot, clock.monoMs()),
    refused({ request, path }, { certificateId, commonName, issuer }, code) {
      guard.count(code);
      const { remoteAddress: address } = request.socket;
      refused({
        ...{ code, certificateId, commonName, detail: `${request.method} ${shortenForLog(path)}` },
        ...(issuer === undefined ? {} : { issuer }),
        ...(address === undefined ? {} : { address }),
      });
    },
  };
  https.attach({
    ...{ clock, log, refused, isTraced: true, perOwnerMax: connectionsInWorkMax },
    requestId: () => uuid(entropy(16)),
    async serve(exchange, nowMs) {
      const certificate = peers.get(exchange.request.socket);
      if (certificate === undefined) return void exchange.response.destroy();
      await serveDevice(plane, exchange, { certificate, nowMs });
    },
  });
  return { address: { host, port: https.port }, guarded: guard.status, close: https.close };
}

/** 128 random bits, as hex, in the form of AWS's request ids (RFC 9562, version 4). */
function uuid(hex: string): string {
  const variant = (8 + (Number.parseInt(hex.slice(16, 17), 16) % 4)).toString(16);
  const text = `${hex.slice(0, 12)}4${hex.slice(13, 16)}${variant}${hex.slice(17)}`;
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    text.slice(12, 16),
    text.slice(16, 20),
    text.slice(20),
  ].join('-');
}
