import { once } from 'node:events';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import type { AdmissionBounds } from '../base/connections/admission.ts';
import { type Guard, guardServer } from '../base/connections/guard.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Read } from '../protocol/mqtt/reader.ts';
import { maySubscribe, publishFault } from './access.ts';
import { guardParser, hasSentDisconnect, isConnectTimeout, onFault } from './broker-private.ts';
import { createBrokerQueue } from './broker-queue.ts';
import type { DisconnectReason, Outbound } from './core/messages.ts';
import { listen } from './listen.ts';
import { peerCertificate } from './peer.ts';
import type { ClientCertificate } from './services/registry.ts';
import { createSessions, type Session, type SessionParts, type Sessions } from './sessions.ts';
import { refusalFacts, watchTlsRefusals } from './tls-refusals.ts';
import type { Transport } from './transport.ts';
import { robotTls, type Trust } from './trust.ts';

export interface BrokerOptions extends SessionParts {
  /** The host name by which robots reach it. */
  readonly host: string;
  /** The address to listen on; undefined for all. */
  readonly address: string | undefined;
  readonly port: number;
  /** PEM: the server's key and chain. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** The CAs of the robots' certificates. */
  readonly trust: Trust;
  /** How many connections there may be. */
  readonly bounds: AdmissionBounds;
  /** The limit for the TLS handshake, and then for CONNECT, each; 10 s by default. */
  readonly connectMsMax?: number | undefined;
}

/** What the hooks of the library work with. */
interface Hooks {
  readonly options: BrokerOptions;
  readonly guard: Guard;
  readonly sessions: Sessions;
  /** The session of a library's client; undefined for the broker itself. */
  readonly sessionOf: (client: Client | null) => Session | undefined;
}

/** AWS IoT Core's bounds for one connection. */
const subscriptionsMax = 50;
const keepAliveSMax = 1200;
const connectMsDefault = 10_000;

/** The MQTT broker: mutual TLS, access by the name in the certificate, and the cloud behind it. */
export async function startBroker(options: BrokerOptions): Promise<Transport> {
  const bySocket = new WeakMap<object, Session>();
  const sessionOf: Hooks['sessionOf'] = (client) =>
    client === null ? undefined : bySocket.get(client.conn);
  const sessions = createSessions(options, (message) => aedes.publish(packetOf(message), () => {}));
  const { server, guard } = createTlsServer(options, (...whom) => accept(...whom));
  const hooks = { options, guard, sessions, sessionOf };
  const aedes = await Aedes.createBroker({
    mq: createBrokerQueue(),
    // A subscriber that does not read is disconnected soon.
    drainTimeout: 5000,
    connectTimeout: options.connectMsMax ?? connectMsDefault,
    ...admission(hooks),
    ...access(hooks),
  });
  const closeBroker = () => new Promise<void>((resolve) => aedes.close(() => resolve()));

  // Not at `clientReady`, which comes later: a message sent right behind CONNACK would find no session.
  aedes.on('connackSent', ({ returnCode }, client) => {
    if (returnCode !== 0) return;
    const session = sessionOf(client);
    const write = (message: Outbound) => client.publish(packetOf(message), () => {});
    if (session === undefined) return;
    sessions.begin(session, write);
    // From here on the robot cannot keep a connection open without a bound: it must ping, and has one connection only.
    guard.prove(session.socket);
  });
  aedes.on('subscribe', (_filters, client) => {
    const session = sessionOf(client);
    if (session !== undefined) options.cloud.subscribed(session.robot);
  });
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) sessionOf(client)?.filters.delete(filter);
  });
  aedes.on('keepaliveTimeout', (client) =>
    setEndReason(sessionOf(client), 'MQTT_KEEP_ALIVE_TIMEOUT'),
  );
  aedes.on('clientError', (client) => setEndReason(sessionOf(client), 'CLIENT_ERROR'));
  onFault(aedes, (error) => {
    options.log.error({ code: codeOf(error) }, `broker: ${explain(error)}`);
  });
  aedes.on('connectionError', (client, error) => {
    options.log.debug({ code: codeOf(error) }, `connection refused: ${explain(error)}`);
    const session = sessionOf(client);
    if (!isConnectTimeout(error) || session === undefined) return;
    guard.count('connect-timeout');
    sessions.refuse(session, 'connect-timeout');
  });

  let isClosing = false;
  const accept = (socket: TLSSocket, certificate: ClientCertificate) => {
    const session = sessions.open(socket, certificate);
    bySocket.set(socket, session);
    const client = aedes.handle(socket);
    guardParser(client, (fault) => endForFault(options, { sessions, session, socket }, fault));
    socket.once('close', () => {
      const disconnect = hasSentDisconnect(client);
      if (!disconnect && !isClosing) sessions.receiveWill(session);
      sessions.end(session, disconnect ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST');
    });
  };
  const localApi = {
    name: 'MQTT',
    option: 'mqtt-port',
    port: options.port,
    address: options.address,
  };
  let port: number;
  try {
    port = await listen(server, localApi);
  } catch (error) {
    await closeBroker();
    throw error;
  }

  return {
    address: { host: options.host, port },
    send: sessions.send,
    connections: sessions.count,
    hasConnections: true,
    guarded: guard.status,
    async close() {
      isClosing = true;
      const closed = once(server, 'close');
      server.close();
      sessions.dropAll('SERVER_INITIATED_DISCONNECT');
      await closeBroker();
      guard.destroyAll();
      await closed;
    },
  };
}

/**
 * Admission: certificate, then client id. Checked at every connection, because a resumed TLS session checks nothing.
 */
function admission({ guard, sessions, sessionOf }: Hooks) {
  return {
    preConnect(client, packet, callback) {
      // No session outlives its connection: the library would keep, and deliver, messages that match a denied
      // subscription.
      packet.clean = true;
      // The same cap as AWS IoT Core. Without it a peer that lost power would keep its connection slot forever.
      if (!packet.keepalive || packet.keepalive > keepAliveSMax) packet.keepalive = keepAliveSMax;
      const session = sessionOf(client);
      const admitted = session !== undefined && sessions.admit(session);
      const will = packet.will && { qos: 0, retain: false, ...packet.will };
      const willFault = admitted && will && publishFault(session.robot, will);
      // With an error the connection closes without CONNACK, as in AWS.
      if (willFault) {
        sessions.refuse(session, 'last-will', willFault);
        return callback(new Error(`last will: ${willFault}`), false);
      }
      // The library loses the will of a connection that breaks while its CONNACK is being sent. So the session keeps
      // the will.
      if (session !== undefined) session.will = will && { ...will, payload: bytesOf(will) };
      delete packet.will;
      callback(admitted ? null : new Error('certificate not active'), admitted);
    },
    authenticate(client, _user, _password, callback) {
      const session = sessionOf(client);
      const isItself = session !== undefined && client.id === session.robot;
      // A robot that reconnects takes over the connection slot that it has.
      const hasPlace = isItself && (sessions.isLive(session.robot) || guard.hasRoom());
      if (hasPlace) {
        session.isAccepted = true;
        return callback(null, true);
      }
      if (isItself) {
        sessions.refuse(session, 'connections-full');
        // MQTT 3.1.1 section 3.2.2.3: 3, server unavailable.
        return callback(Object.assign(new Error('connections full'), { returnCode: 3 }), null);
      }
      if (session !== undefined) sessions.refuse(session, 'wrong-client-id', client.id);
      // MQTT 3.1.1 section 3.2.2.3: 2, identifier rejected.
      callback(Object.assign(new Error('identifier rejected'), { returnCode: 2 }), null);
    },
  } satisfies AedesOptions;
}

/** Who may publish and subscribe what. */
function access({ options: { cloud, faults, log }, sessions, sessionOf }: Hooks) {
  const overQuota = new WeakSet<object>();
  return {
    authorizePublish(client, packet, callback) {
      const session = sessionOf(client);
      const why = session && publishFault(session.robot, packet);
      if (session !== undefined && !sessions.hasRoom(session)) {
        // At this point the library acknowledges a message of QoS 1. The payload is the one part that it passes on
        // unchanged.
        packet.qos = 0;
        overQuota.add(Object(packet.payload) as object);
      }
      if (session === undefined || why === undefined) return callback(null);
      session.reason = 'FORBIDDEN_ACCESS';
      const topic = shortenForLog(packet.topic);
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
      // Logged once per connection: one packet may hold thousands of subscriptions.
      if (!session.refused)
        log.warn({ robotId: robot, topic: shortenForLog(topic) }, 'subscribe refused');
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
): { server: Server; guard: Guard } {
  const { cloud, faults, clock, trust } = options;
  const tls = robotTls(options.tls, trust);
  const server = createServer(tls.options);
  tls.follow(server);
  const guard = guardServer(server, {
    bounds: options.bounds,
    handshakeMsMax: options.connectMsMax ?? connectMsDefault,
    clock,
    dropped: (drop) => cloud.refused(drop, clock.wallMs()),
  });
  server.on('secureConnection', (socket) => {
    const certificate = peerCertificate(socket, { trust, rows: cloud.rows });
    if (certificate === undefined || faults.isCut(certificate.commonName, clock.wallMs())) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    accept(socket, certificate);
  });
  watchTlsRefusals(server, trust.authorities, (refusal) => {
    guard.count(refusal.code);
    cloud.refused(refusalFacts(refusal), clock.wallMs());
  });
  return { server, guard };
}

/**
 * CONNACK for another protocol level: MQTT 5 section 3.1.2.2 with its reason code 0x84 and no properties, and MQTT 3.1.1
 * [MQTT-3.1.2-2] for all others.
 */
const unacceptableLevel = (level: number): Uint8Array =>
  Uint8Array.from(level === 5 ? [0x20, 3, 0, 0x84, 0] : [0x20, 2, 0, 1]);

/** [MQTT-4.8.0-1]: a protocol violation closes the connection. The log names the robot and the reason. */
function endForFault(
  { log }: BrokerOptions,
  { sessions, session, socket }: { sessions: Sessions; session: Session; socket: TLSSocket },
  fault: Extract<Read, { kind: 'fault' }>,
): void {
  const { code, detail } = fault;
  const topic = 'topic' in fault ? fault.topic : undefined;
  const { robot } = session;
  session.reason ??= 'CLIENT_ERROR';
  if (!sessions.isReceived(session)) sessions.refuse(session, code, detail);
  else if (topic === undefined) log.warn({ robotId: robot, code, why: detail }, 'connection ended');
  else
    log.warn({ robotId: robot, topic: shortenForLog(topic), code, why: detail }, 'publish refused');
  if (fault.code === 'other-level') socket.end(unacceptableLevel(fault.level));
  else socket.destroy();
}

/** Text from an untrusted peer, shortened for the log. */
const shortenForLog = (text: string): string => text.slice(0, 128);

const bytesOf = ({ payload }: { payload: string | Buffer }): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload) : payload;

const packetOf = ({ topic, payload }: Outbound): PublishPacket => ({
  cmd: 'publish',
  topic,
  payload: Buffer.from(payload),
  qos: 0,
  retain: false,
  dup: false,
});

function setEndReason(session: Session | undefined, reason: DisconnectReason): void {
  if (session !== undefined) session.reason ??= reason;
}
