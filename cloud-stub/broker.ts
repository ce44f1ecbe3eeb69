import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import { codeOf, explain } from '../base/errors.ts';
import { certificateFacts, commonName } from '../base/x509/certificates.ts';
import { maySubscribe, publishFault } from './access.ts';
import { limitPackets, onFault, saidGoodbye } from './broker-private.ts';
import { createBrokerQueue } from './broker-queue.ts';
import type { Carrier } from './carrier.ts';
import { listen } from './listen.ts';
import { peerCertificate } from './peer.ts';
import type { Outbound } from './ports.ts';
import type { DisconnectReason } from './services/presence.ts';
import type { ClientCertificate } from './services/registry.ts';
import { createSessions, type Session, type SessionParts, type Sessions } from './sessions.ts';
import { watchTlsRefusals } from './tls-refusals.ts';

export interface BrokerOptions extends SessionParts {
  /** The name that robots reach it by. */
  readonly host: string;
  /** The address to listen on; undefined for all. */
  readonly address: string | undefined;
  readonly port: number;
  /** PEM: the server's key and chain. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** The CAs of the robots' certificates. */
  readonly authorities: readonly X509Certificate[];
}

/** What the hooks of the library work with. */
interface Hooks {
  readonly options: BrokerOptions;
  readonly sessions: Sessions;
  /** The session of a library's client; undefined for the broker itself. */
  readonly sessionOf: (client: Client | null) => Session | undefined;
}

/** AWS IoT Core's bound for one connection. */
const subscriptionsMax = 50;

/** The MQTT broker: mutual TLS, access by the name in the certificate, and the cloud behind it. */
export async function startBroker(options: BrokerOptions): Promise<Carrier> {
  const bySocket = new WeakMap<object, Session>();
  const sessionOf: Hooks['sessionOf'] = (client) =>
    client === null ? undefined : bySocket.get(client.conn);
  const sessions = createSessions(options, (message) => aedes.publish(packetOf(message), () => {}));
  const aedes = await Aedes.createBroker({
    mq: createBrokerQueue(),
    // A subscriber that does not read is cut soon.
    drainTimeout: 5000,
    connectTimeout: 10_000,
    ...admission({ options, sessions, sessionOf }),
    ...access({ options, sessions, sessionOf }),
  });
  const closeBroker = () => new Promise<void>((resolve) => aedes.close(() => resolve()));

  // Not at `clientReady`, which comes later: what a robot says right behind CONNACK would find nobody at home.
  aedes.on('connackSent', ({ returnCode }, client) => {
    if (returnCode !== 0) return;
    const session = sessionOf(client);
    const write = (message: Outbound) => client.publish(packetOf(message), () => {});
    if (session !== undefined) sessions.begin(session, write);
  });
  aedes.on('subscribe', (_filters, client) => {
    const session = sessionOf(client);
    if (session !== undefined) options.cloud.subscribed(session.robot);
  });
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) sessionOf(client)?.filters.delete(filter);
  });
  aedes.on('keepaliveTimeout', (client) => note(sessionOf(client), 'MQTT_KEEP_ALIVE_TIMEOUT'));
  aedes.on('clientError', (client) => note(sessionOf(client), 'CLIENT_ERROR'));
  onFault(aedes, (error) => {
    options.log.error({ code: codeOf(error) }, `broker: ${explain(error)}`);
  });
  aedes.on('connectionError', (_client, error) => {
    options.log.debug({ code: codeOf(error) }, `connection refused: ${explain(error)}`);
  });

  const accept = (socket: TLSSocket, certificate: ClientCertificate) => {
    const session = sessions.open(socket, certificate);
    bySocket.set(socket, session);
    const client = aedes.handle(socket);
    limitPackets(client);
    socket.once('close', () => {
      const goodbye = saidGoodbye(client);
      sessions.end(session, goodbye ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST');
    });
  };
  const server = createTlsServer(options, accept);
  const sockets = socketsOf(server);
  const door = { name: 'MQTT', option: 'mqtt-port', port: options.port, address: options.address };
  let port: number;
  try {
    port = await listen(server, door);
  } catch (error) {
    await closeBroker();
    throw error;
  }

  return {
    address: { host: options.host, port },
    send: sessions.send,
    drop: sessions.drop,
    connections: sessions.count,
    async close() {
      const closed = once(server, 'close');
      server.close();
      sessions.dropAll('SERVER_INITIATED_DISCONNECT');
      await closeBroker();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Who gets in: certificate, then client id. Looked at on every connection, because TLS resumption looks at nothing. */
function admission({ sessions, sessionOf }: Hooks) {
  return {
    preConnect(client, packet, callback) {
      // No session outlives its connection: the library would keep, and hand out, what a refused subscription matches.
      packet.clean = true;
      const session = sessionOf(client);
      const admitted = session !== undefined && sessions.admit(session);
      const will = packet.will && { qos: 0, retain: false, ...packet.will };
      const willFault = admitted && will && publishFault(session.robot, will);
      // With an error the connection ends without CONNACK, as AWS does it.
      if (willFault) {
        sessions.refuse(session, 'last-will', willFault);
        return callback(new Error(`last will: ${willFault}`), false);
      }
      callback(admitted ? null : new Error('certificate not active'), admitted);
    },
    authenticate(client, _user, _password, callback) {
      const session = sessionOf(client);
      if (session !== undefined && client.id === session.robot) return callback(null, true);
      if (session !== undefined) sessions.refuse(session, 'wrong-client-id', client.id);
      // MQTT 3.1.1 section 3.2.2.3: 2, identifier rejected.
      callback(Object.assign(new Error('identifier rejected'), { returnCode: 2 }), null);
    },
  } satisfies AedesOptions;
}

/** Who may say and hear what. */
function access({ options: { cloud, faults, log }, sessions, sessionOf }: Hooks) {
  const overQuota = new WeakSet<object>();
  return {
    authorizePublish(client, packet, callback) {
      const session = sessionOf(client);
      const why = session && publishFault(session.robot, packet);
      if (session !== undefined && !sessions.hasRoom(session)) {
        // The library acknowledges what has QoS 1 by now; the payload is the one part that it hands on as it is.
        packet.qos = 0;
        overQuota.add(Object(packet.payload) as object);
      }
      if (session === undefined || why === undefined) return callback(null);
      session.reason = 'FORBIDDEN_ACCESS';
      const topic = shortened(packet.topic);
      log.warn({ robotId: session.robot, topic, why }, 'publish refused');
      callback(new Error(why));
    },
    authorizeSubscribe(client, subscription, callback) {
      const session = sessionOf(client);
      if (session === undefined) return callback(null, null);
      const { robot, filters } = session;
      const { topic } = subscription;
      const hasRoom = filters.has(topic) || filters.size < subscriptionsMax;
      if (hasRoom && maySubscribe(robot, topic)) {
        filters.add(topic);
        return callback(null, subscription);
      }
      // Once for a connection: a packet holds thousands.
      if (!session.refused)
        log.warn({ robotId: robot, topic: shortened(topic) }, 'subscribe refused');
      session.refused = true;
      callback(null, null);
    },
    published(packet, client, callback) {
      const session = sessionOf(client);
      if (overQuota.has(Object(packet.payload) as object)) return callback(null);
      if (session !== undefined) sessions.receive(session, { ...packet, payload: bytesOf(packet) });
      callback(null);
    },
    authorizeForward(client, packet) {
      if (packet.qos === 0 && faults.loses()) return null;
      const robot = sessionOf(client)?.robot;
      const { topic, payload } = packet;
      if (robot !== undefined) cloud.delivered(robot, { topic, bytes: payload.length });
      return packet;
    },
  } satisfies AedesOptions;
}

function createTlsServer(
  options: BrokerOptions,
  accept: (socket: TLSSocket, certificate: ClientCertificate) => void,
): Server {
  const { cloud, faults, clock, authorities, tls } = options;
  const server = createServer({
    key: tls.key,
    cert: tls.cert,
    ca: authorities.map(String),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: 10_000,
    sessionTimeout: 300,
  });
  server.on('secureConnection', (socket) => {
    const certificate = peerCertificate(socket, authorities);
    if (certificate === undefined || faults.isCut(certificate.commonName, clock.wallMs())) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    accept(socket, certificate);
  });
  watchTlsRefusals(server, authorities, ({ certificate, ...refusal }) => {
    const shown = certificate && factsOf(certificate);
    cloud.refused({ ...refusal, ...shown }, clock.wallMs());
  });
  return server;
}

const factsOf = (certificate: X509Certificate) => {
  const { certificateId, issuer } = certificateFacts(certificate);
  return { certificateId, issuer, commonName: commonName(certificate) ?? '' };
};

/** Every open socket, those in the middle of a handshake included. */
function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** A stranger's text for the log. */
const shortened = (text: string): string => text.slice(0, 128);

const bytesOf = ({ payload }: PublishPacket): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload) : payload;

const packetOf = ({ topic, payload }: Outbound): PublishPacket => ({
  cmd: 'publish',
  topic,
  payload: Buffer.from(payload),
  qos: 0,
  retain: false,
  dup: false,
});

function note(session: Session | undefined, reason: DisconnectReason): void {
  if (session !== undefined) session.reason ??= reason;
}
