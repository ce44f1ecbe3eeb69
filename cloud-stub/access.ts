import { limits } from '../protocol/limits.ts';
import { parseTopic, withoutRule } from '../protocol/parse-topic.ts';
import type { RobotId } from '../protocol/topics.ts';

/** Access rules for publish and subscribe: two rules of our own, and AWS's reserved topics of the robot itself. */

/**
 * A robot may publish to its own up channel (also by Basic Ingest) and send requests of its own shadow, jobs and
 * renewal.
 */
export function mayPublish(robot: RobotId, topic: string): boolean {
  if (withoutRule(topic).startsWith(`robots/${robot}/up/`)) return true;
  const parsed = parseTopic(topic);
  if (parsed?.channel.direction !== 'up') return false;
  return parsed.robot === undefined || parsed.robot === robot;
}

/** Why a robot may not publish this message; undefined when it may. AWS closes the connection for each of these. */
export function publishFault(
  robot: RobotId,
  message: { topic: string; payload: { length: number }; qos: number; retain: boolean },
): string | undefined {
  const fault = topicFault(message.topic);
  if (fault !== undefined) return fault;
  if (!mayPublish(robot, message.topic)) return 'topic not allowed';
  if (message.payload.length > limits.messageBytesMax) return 'payload too large';
  if (message.qos > 1) return 'QoS 2 is not served';
  return message.retain ? 'retained messages are not served' : undefined;
}

/**
 * A robot may subscribe to its own down channel, to its own reserved topics, and to the answers of the renewal. Renewal
 * topics name no robot; an answer reaches only the robot that sent the request.
 */
export function maySubscribe(robot: RobotId, filter: string): boolean {
  if (topicFault(filter) !== undefined) return false;
  if (filter.startsWith(`robots/${robot}/down/`)) return true;
  if (filter.startsWith(`$aws/things/${robot}/`)) return true;
  const channel = parseTopic(filter.replace(/\/\+$/, '/accepted'))?.channel;
  return channel?.service === 'renewal' && channel.direction === 'down';
}

/** AWS IoT Core, "Message broker and protocol limits": topics and filters alike. */
function topicFault(topic: string): string | undefined {
  const counted = withoutRule(topic);
  const { topicBytesMax, topicSlashesMax } = limits;
  if (Buffer.byteLength(counted) > topicBytesMax) return `topic longer than ${topicBytesMax} bytes`;
  const slashes = counted.split('/').length - 1;
  return slashes > topicSlashesMax ? `topic with more than ${topicSlashesMax} slashes` : undefined;
}

/**
 * MQTT 3.1.1 section 4.7, for filters that do not begin with a wildcard. Against section 4.7.1.2, `x/#` does not match
 * `x`: AWS IoT Core does the same.
 */
export function matches(filter: string, topic: string): boolean {
  const pattern = filter.split('/');
  const levels = topic.split('/');
  for (const [i, level] of pattern.entries()) {
    if (level === '#') return i < levels.length;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return pattern.length === levels.length;
}
