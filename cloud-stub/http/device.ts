import type { Clock } from '../../base/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { parseTopic } from '../../protocol/parse-topic.ts';
import type { RobotId } from '../../protocol/topics.ts';
import { mayPublish, publishFault } from '../access.ts';
import type { ConnectionRefusalCode } from '../refusal-causes.ts';
import { connectionRefusals } from '../refusal-causes.ts';
import type { ClientCertificate } from '../services/registry.ts';
import type { Bodies } from './bodies.ts';
import { routes } from './control.ts';
import { busy, type Exchange, readBody, sendFault, sendReply, tooLarge } from './exchange.ts';
import { type Fault, fault, findRoute, type Reply, type Route, reply } from './routes.ts';
import { type RouteCall, type RoutePlane, runRoute, unservedPart } from './run-route.ts';

/**
 * Theory of operation. A robot's requests over HTTPS with its certificate: AWS's data endpoint at port 8443. TLS has
 * verified the chain. Each request is admitted as a connection of MQTT is, so a block takes effect at the next one, and
 * it permits what the robot may do over MQTT: publish on its own topics, and call operations of its own thing. What a
 * published message is answered with goes to the robot's MQTT connection, if it has one.
 */
export interface DevicePlane extends RoutePlane {
  readonly bodies: Bodies;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Counts a request of the robot; true when it sends too many. */
  readonly isOver: (robot: RobotId) => boolean;
  /** Counts a request that is not served, by its reason. */
  readonly refused: (
    exchange: Exchange,
    by: ClientCertificate,
    code: ConnectionRefusalCode,
  ) => void;
}

/** The operations that a robot may call. */
export const deviceRoutes = routes.filter(({ device }) => device !== undefined);

/** AWS's limit for the payload of one message. */
const bodyBytesMax = limits.messageBytesMax;

export async function serveDevice(
  plane: DevicePlane,
  exchange: Exchange,
  { certificate, nowMs }: { certificate: ClientCertificate; nowMs: number },
): Promise<void> {
  const { request, response, signed } = exchange;
  const robot = certificate.commonName;
  if (!admit(plane, exchange, { certificate, nowMs })) return;
  if (!exchange.prove(robot)) return sendFault(exchange, busy);
  if (plane.isOver(robot)) return sendReply(exchange, fault('Throttling', 'Rate exceeded'));
  const call = callOf(exchange, robot);
  if ('fault' in call) {
    if (call.status === 403) plane.refused(exchange, certificate, 'not-allowed');
    return sendReply(exchange, call);
  }
  const refuseBody = (code: 'body-too-large' | 'too-many-bodies') => {
    plane.refused(exchange, certificate, code);
    sendFault(exchange, code === 'body-too-large' ? tooLarge(bodyBytesMax) : busy);
  };
  const { headers } = signed;
  const announced = Number(headers['content-length'] ?? 0);
  if (announced > bodyBytesMax) return refuseBody('body-too-large');
  const bytes = headers['transfer-encoding'] === undefined ? announced : bodyBytesMax;
  using lease = plane.bodies.lease(bytes, { isProven: true, evict: () => {} });
  if (lease === undefined) return refuseBody('too-many-bodies');
  if (headers['expect'] === '100-continue') response.writeContinue();
  const body = await readBody(request, bodyBytesMax, new AbortController().signal);
  if (body === undefined) return refuseBody('body-too-large');
  // Its body may have taken long: it may have been blocked meanwhile, or be expired.
  const atMs = bytes > 0 ? plane.clock.wallMs() : nowMs;
  if (bytes > 0 && !admit(plane, exchange, { certificate, nowMs: atMs })) return;
  sendReply(exchange, serveCall(plane, { ...call, body }, { exchange, robot, nowMs: atMs }));
}

/** Whether the certificate admits the robot at this moment; if not, the answer is sent. */
function admit(
  { cloud, broker, process, refused }: DevicePlane,
  exchange: Exchange,
  { certificate, nowMs }: { certificate: ClientCertificate; nowMs: number },
): boolean {
  // An injected fault: the robot is to see a connection that breaks.
  if (process.faults.isCut(certificate.commonName, nowMs)) {
    exchange.request.socket.destroy();
    return false;
  }
  const { refusal, outbound } = cloud.admit(certificate, nowMs);
  broker.send(outbound);
  if (refusal === undefined) return true;
  refused(exchange, certificate, refusal);
  exchange.response.setHeader('connection', 'close');
  sendReply(exchange, fault('Forbidden', `Forbidden: ${connectionRefusals[refusal]}`));
  return false;
}

type Call = Omit<RouteCall, 'body'>;

/** The operation that a request calls, if the robot may; checked before its body is read. */
function callOf(exchange: Exchange, robot: RobotId): Call | Extract<Reply, { fault: string }> {
  const { request, path, query, signed } = exchange;
  const { method = '' } = request;
  const found = findRoute(deviceRoutes, { method, path, service: 'iot-jobs-data' });
  if (found === undefined) {
    const message = `The specified combination of HTTP verb and URI is not supported: ${method} ${path}`;
    return refusal('MethodNotAllowed', message);
  }
  const { route, segments } = found;
  const [first = ''] = segments;
  const why = route.device === 'publish' ? publishRefusal(robot, first, query) : undefined;
  if (why !== undefined) return why;
  if (route.device !== 'publish' && first !== robot) {
    return refusal('Forbidden', `Forbidden: ${robot} may call this for its own thing only`);
  }
  return { route, segments, query, headers: signed.headers };
}

function publishRefusal(robot: RobotId, topic: string, query: URLSearchParams) {
  if (topic === '' || /[+#\0]/.test(topic)) {
    return refusal('InvalidRequest', 'the topic is empty, or has a wildcard');
  }
  if (!mayPublish(robot, topic)) {
    return refusal('Forbidden', `Forbidden: ${robot} may not publish on this topic`);
  }
  // Its answer has a token that is bound to the requesting connection.
  if (parseTopic(topic)?.channel.service === 'renewal') {
    return refusal('InvalidRequest', 'a certificate is requested over MQTT only, as at AWS');
  }
  const retain = query.get('retain') === 'true';
  const why = publishFault(robot, { topic, payload: { length: 0 }, qos: 0, retain });
  return why === undefined ? undefined : refusal('InvalidRequest', why);
}

const refusal = (name: Fault, message: string) =>
  fault(name, message) as Extract<Reply, { fault: string }>;

function serveCall(
  plane: DevicePlane,
  call: RouteCall,
  { exchange, robot, nowMs }: { exchange: Exchange; robot: RobotId; nowMs: number },
): Reply {
  const { route, body } = call;
  if (route.device !== 'publish') {
    plane.cloud.called(robot, { service: serviceOf(route), bytes: body.length });
    return runRoute(plane, call, nowMs);
  }
  const unserved = unservedPart(call);
  if (unserved !== undefined) return unserved;
  const [topic = ''] = call.segments;
  const isLost = (call.query.get('qos') ?? '0') === '0' && plane.process.faults.loses();
  if (!isLost) plane.broker.send(plane.cloud.receive({ robot, topic, payload: body }, nowMs));
  return reply({ message: 'OK', traceId: exchange.requestId });
}

const serviceOf = ({ device }: Route): 'shadow' | 'jobs' => (device === 'jobs' ? 'jobs' : 'shadow');
