import { limits } from '../../protocol/limits.ts';
import { isRobotId } from '../../protocol/topics.ts';
import { maySubscribe } from '../access.ts';
import { fault, type Reply, type Route, type RouteContext, reply } from './routes.ts';

/** Connections, and messages to them (client-iot-data-plane). A robot's client id is its thing's name. */
export const connectionRoutes: readonly Route[] = [
  {
    operation: 'GetConnection',
    method: 'GET',
    path: '/connections/{}',
    query: ['includeSocketInformation'],
    serve: getConnection,
  },
  {
    operation: 'DeleteConnection',
    method: 'DELETE',
    path: '/connections/{}',
    query: ['cleanSession', 'preventWillMessage'],
    serve: deleteConnection,
  },
  {
    operation: 'Publish',
    method: 'POST',
    path: '/topics/{}',
    takesRest: true,
    device: 'publish',
    query: ['qos', 'retain'],
    body: 'raw',
    serve: publish,
  },
];

const isSet = (query: URLSearchParams, name: string): boolean => query.get(name) === 'true';

function getConnection({ store, query }: RouteContext, clientId: string): Reply {
  const row = store.get('presence', clientId);
  if (row === undefined) return noConnection(clientId);
  const { state, sinceMs, reason, ipAddress } = row;
  const isConnected = state === 'connected';
  return reply({
    ...{ clientId, thingName: clientId, connected: isConnected, cleanSession: true },
    ...(isConnected
      ? { connectedSince: sinceMs }
      : { disconnectedSince: sinceMs, disconnectReason: reason }),
    ...(isSet(query, 'includeSocketInformation') && ipAddress ? { sourceIp: ipAddress } : {}),
  });
}

/** The robot may connect again at once. No session is kept here, so `cleanSession` is met either way. */
function deleteConnection(ctx: RouteContext, clientId: string): Reply {
  if (isSet(ctx.query, 'preventWillMessage')) {
    return fault('InvalidRequest', 'preventWillMessage is not served: the last will is published');
  }
  if (!ctx.process.hasConnections) {
    const message =
      'the robots are connected to an outside broker, which must close the connection';
    return fault('InvalidRequest', message);
  }
  if (ctx.store.get('presence', clientId)?.state !== 'connected') return noConnection(clientId);
  ctx.enqueue({ kind: 'drop', robot: clientId, reason: 'API_INITIATED_DISCONNECT' });
  return reply({});
}

const noConnection = (clientId: string): Reply =>
  fault('ResourceNotFound', `No connection of the client ${clientId}`);

/** To a robot's own channel only: no robot may subscribe to another topic here, so the message would be lost. */
function publish(ctx: RouteContext, topic: string): Reply {
  const { query, body } = ctx;
  if ((query.get('qos') ?? '0') !== '0') return fault('InvalidRequest', 'only QoS 0 is served');
  if (isSet(query, 'retain')) {
    return fault('InvalidRequest', 'retained messages are not served');
  }
  const [root, robot = '', down] = topic.split('/');
  const isChannel = root === 'robots' && down === 'down' && isRobotId(robot);
  if (!isChannel || /[+#\0]/.test(topic) || !maySubscribe(robot, topic)) {
    return fault('InvalidRequest', `${topic} is no topic that a robot may subscribe to`);
  }
  if (body.length > limits.messageBytesMax) {
    return fault('RequestEntityTooLarge', `payload has more than ${limits.messageBytesMax} bytes`);
  }
  if (ctx.store.get('things', robot) === undefined) {
    return fault('ResourceNotFound', `Thing ${robot} not found`);
  }
  ctx.emit({ robot, topic, payload: body });
  return reply({});
}
