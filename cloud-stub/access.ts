import { limits } from '../protocol/limits.ts';
import { parseProvisioning, parseTopic, type RobotId } from '../protocol/topics.ts';

/** Who may publish and subscribe what: two rules of our own, and AWS's reserved topics of the robot itself. */

/** What a robot may publish: up its own channel, also by Basic Ingest, and requests of its own shadow, jobs and renewal. */
export function mayPublish(robot: RobotId, topic: string): boolean {
  const bare = topic.replace(/^\$aws\/rules\/[A-Za-z0-9_]{1,128}\//, '');
  if (bare.startsWith(`robots/${robot}/up/`)) return true;
  const provisioning = parseProvisioning(topic);
  if (provisioning !== undefined) return provisioning.answer === undefined;
  const parsed = parseTopic(topic);
  if (parsed?.robot !== robot) return false;
  if (parsed.kind !== 'shadow' && parsed.kind !== 'jobs') return false;
  return parsed.answer === undefined && parsed.verb !== 'notify' && parsed.verb !== 'notify-next';
}

/** Why a robot may not publish this; undefined when it may. AWS ends the connection for each of these. */
export function publishFault(
  robot: RobotId,
  message: { topic: string; payload: { length: number }; qos: number; retain: boolean },
): string | undefined {
  if (!mayPublish(robot, message.topic)) return 'topic not allowed';
  if (message.payload.length > limits.messageBytesMax) return 'payload too large';
  if (message.qos > 1) return 'QoS 2 is not served';
  return message.retain ? 'retained messages are not served' : undefined;
}

/**
 * What a robot may subscribe: its own down channel and its own reserved topics, or parts of them, and the answers of the
 * renewal, which name no robot and reach the one that asked.
 */
export const maySubscribe = (robot: RobotId, filter: string): boolean =>
  filter.startsWith(`robots/${robot}/down/`) ||
  filter.startsWith(`$aws/things/${robot}/`) ||
  parseProvisioning(filter.replace(/\/\+$/, '/accepted'))?.answer !== undefined;

/** MQTT 3.1.1 section 4.7, for filters that do not begin with a wildcard. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
