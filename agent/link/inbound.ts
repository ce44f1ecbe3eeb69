import { type CloudMessages, cloudMessages } from '../../protocol/channels.ts';
import { parseJson } from '../../protocol/codec.ts';
import type { RefusalCode } from '../../protocol/codes.ts';
import { decodeParts } from '../../protocol/parts.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import {
  downFilter,
  type ParsedTopic,
  type ProvisioningTopic,
  parseProvisioning,
  parseTopic,
  type RobotId,
} from '../../protocol/topics.ts';
import type { CloudEvent, Event } from '../events.ts';

type EventType = keyof CloudMessages;

/**
 * A message as it came, to an event with its readable parts; or why it is ignored. Topic and payload are from outside:
 * nothing here throws.
 * `undefined` is a topic that we hear because of a wildcard and have no use for.
 */
export function readMessage(
  robot: RobotId,
  topic: string,
  payload: Uint8Array,
): Result<CloudEvent | undefined, RefusalCode> {
  const provisioning = parseProvisioning(topic);
  if (provisioning !== undefined) return readProvisioning(provisioning, payload);
  const parsed = parseTopic(topic);
  if (parsed === undefined) return refuse('wrong-topic', topic.slice(0, 120));
  if (parsed.robot !== robot) return refuse('foreign-robot', topic.slice(0, 120));
  const type = eventTypeOf(parsed);
  if (type === undefined) return ok(undefined);
  const read = decodeParts(cloudMessages[type], payload);
  if (!read.ok) return read;
  const { message: body, dropped } = read.value;
  const jobId = parsed.kind === 'jobs' ? parsed.jobId : undefined;
  const parts = dropped.length > 0 ? { dropped } : {};
  return ok({ type, body, ...(jobId ? { jobId } : {}), ...parts } as CloudEvent);
}

/** The answers whose stamp tells the cloud's time. */
const stamped: readonly EventType[] = [
  'cloud/shadow-got',
  'cloud/shadow-not-got',
  'cloud/shadow-updated',
  'cloud/job-next',
];

/** The time in an answer that cannot be used otherwise: commands must not wait for a shadow that somebody has spoilt. */
export function readStamp(
  robot: RobotId,
  topic: string,
  payload: Uint8Array,
): Extract<Event, { type: 'cloud/stamped' }> | undefined {
  const parsed = parseTopic(topic);
  const type = parsed?.robot === robot ? eventTypeOf(parsed) : undefined;
  if (type === undefined || !stamped.includes(type)) return undefined;
  const json = parseJson(payload);
  const { timestamp } = Object(json.ok ? json.value : undefined) as { timestamp?: unknown };
  const isTime = typeof timestamp === 'number' && timestamp >= 0 && timestamp <= awsTimeMax;
  return isTime ? { type: 'cloud/stamped', body: { timestamp } } : undefined;
}

/** As the protocol's schema has it: milliseconds of the year 2103. */
const awsTimeMax = 4.2e12;

/** The service answers only the connection that asked, so these name no robot. */
function readProvisioning(
  { verb, answer }: ProvisioningTopic,
  payload: Uint8Array,
): Result<CloudEvent | undefined, RefusalCode> {
  const type = provisioningEvents[`${verb}/${answer ?? ''}`];
  if (type === undefined) return ok(undefined);
  const read = decodeParts(cloudMessages[type], payload);
  return read.ok ? ok({ type, body: read.value.message } as CloudEvent) : read;
}

function eventTypeOf(topic: ParsedTopic): EventType | undefined {
  switch (topic.kind) {
    case 'down':
      return downEvents[topic.channel];
    case 'shadow':
      return shadowEvents[`${topic.verb}/${topic.answer ?? ''}`];
    case 'jobs':
      return jobsEvents[`${topic.verb}/${topic.answer ?? ''}`];
    case 'up':
      return undefined;
  }
}

const downEvents = {
  'missions/report/accepted': 'cloud/reports-accepted',
  'missions/report/rejected': 'cloud/reports-rejected',
  'missions/wanted': 'cloud/missions-wanted',
  'maps/upload/accepted': 'cloud/map-granted',
  'maps/upload/rejected': 'cloud/map-refused',
  commands: 'cloud/command',
  time: 'cloud/time-told',
} as const satisfies Record<Extract<ParsedTopic, { kind: 'down' }>['channel'], EventType>;

const shadowEvents: Readonly<Record<string, EventType>> = {
  'get/accepted': 'cloud/shadow-got',
  'get/rejected': 'cloud/shadow-not-got',
  'update/delta': 'cloud/shadow-delta',
  'update/accepted': 'cloud/shadow-updated',
  'update/rejected': 'cloud/shadow-not-updated',
};

const jobsEvents: Readonly<Record<string, EventType>> = {
  'notify-next/': 'cloud/job-next',
  'get/accepted': 'cloud/job-next',
  'update/accepted': 'cloud/job-updated',
  'update/rejected': 'cloud/job-not-updated',
};

const provisioningEvents: Readonly<Record<string, EventType>> = {
  'create/accepted': 'cloud/certificate-created',
  'create/rejected': 'cloud/certificate-not-created',
  'register/accepted': 'cloud/thing-registered',
  'register/rejected': 'cloud/thing-not-registered',
};

/** What the robot subscribes to: its own downlink, and the answers of the reserved services that it uses. */
export const subscriptions = (
  robot: RobotId,
  services: { shadow: boolean; jobs: boolean },
): readonly string[] => [
  downFilter(robot),
  ...(services.shadow
    ? [
        `$aws/things/${robot}/shadow/get/+`,
        `$aws/things/${robot}/shadow/update/accepted`,
        `$aws/things/${robot}/shadow/update/rejected`,
        `$aws/things/${robot}/shadow/update/delta`,
      ]
    : []),
  ...(services.jobs
    ? [
        `$aws/things/${robot}/jobs/notify-next`,
        `$aws/things/${robot}/jobs/+/get/accepted`,
        `$aws/things/${robot}/jobs/+/update/+`,
      ]
    : []),
];
