import type { CloudMessages } from '../../protocol/channels.ts';
import { parseJson } from '../../protocol/codec.ts';
import type { RefusalCode } from '../../protocol/codes.ts';
import { parseTopic } from '../../protocol/parse-topic.ts';
import { checkParts } from '../../protocol/parts.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import { filtersOf, type RobotId } from '../../protocol/topics.ts';
import type { CloudEvent, Event } from '../events.ts';

/** Why a message is ignored; `stamped`: its timestamp, which is usable all the same. */
export type Reading = Result<CloudEvent | undefined, RefusalCode> & { readonly stamped?: Stamped };

type Stamped = Extract<Event, { type: 'cloud/stamped' }>;

/**
 * Converts an incoming message to an event with its readable parts, or to the reason why it is ignored. Topic and
 * payload are untrusted: nothing here throws. `undefined`: a topic that a wildcard subscription matches and nobody
 * uses.
 */
export function readMessage(robot: RobotId, topic: string, payload: Uint8Array): Reading {
  const parsed = parseTopic(topic);
  if (parsed === undefined) return refuse('wrong-topic', topic.slice(0, 120));
  if (parsed.robot !== undefined && parsed.robot !== robot) {
    return refuse('foreign-robot', topic.slice(0, 120));
  }
  const { channel, job } = parsed;
  if (channel.direction === 'up' || channel.event === null) return ok(undefined);
  const { event: type, schema } = channel;
  const json = parseJson(payload);
  if (!json.ok) return json;
  const stamp = stampIn(type, json.value);
  const read = checkParts(schema, json.value);
  if (!read.ok) return stamp === undefined ? read : { ...read, stamped: stamp };
  const { message: body, dropped } = read.value;
  const parts = dropped.length > 0 ? { dropped } : {};
  return ok({ type, body, ...(job === undefined ? {} : { jobId: job }), ...parts } as CloudEvent);
}

/** The answers whose timestamp gives the cloud's time. */
const stamped: readonly (keyof CloudMessages)[] = [
  'cloud/shadow-got',
  'cloud/shadow-not-got',
  'cloud/shadow-updated',
  'cloud/job-next',
];

/** The limit of the protocol's schema: milliseconds of the year 2103. */
const awsTimeMax = 4.2e12;

/** The timestamp of an answer, even if the rest is invalid: commands must not wait for a damaged shadow. */
function stampIn(type: keyof CloudMessages, json: unknown): Stamped | undefined {
  if (!stamped.includes(type)) return undefined;
  const { timestamp } = Object(json) as { timestamp?: unknown };
  const isTime = typeof timestamp === 'number' && timestamp >= 0 && timestamp <= awsTimeMax;
  return isTime ? { type: 'cloud/stamped', body: { timestamp } } : undefined;
}

/** What the robot subscribes to: its own downlink, and the answers of the reserved services that it uses. */
export const topicFilters = (
  robot: RobotId,
  { shadow, jobs }: { shadow: boolean; jobs: boolean },
): readonly string[] =>
  filtersOf(
    'down',
    ['own', ...(shadow ? ['shadow' as const] : []), ...(jobs ? ['jobs' as const] : [])],
    robot,
  );
