import { decode, encode } from '../protocol/codec.ts';
import { codes, type RefusalCode } from '../protocol/codes.ts';
import {
  downTopic,
  type ParsedTopic,
  parseProvisioning,
  parseTopic,
  type RobotId,
  type UpChannel,
} from '../protocol/topics.ts';
import { type Context, type Handled, handled, refusedBy } from './ports.ts';
import { receiveOutcome } from './services/commands.ts';
import { jobsReply, serveJobs } from './services/jobs.ts';
import { receiveMapWanted } from './services/maps.ts';
import { receiveReports } from './services/missions.ts';
import { receiveProvisioning } from './services/provisioning.ts';
import { serveShadow, shadowReply } from './services/shadows.ts';

/** A message that the robot `robot` has published. */
export interface Inbound {
  readonly robot: RobotId;
  readonly topic: string;
  readonly payload: Uint8Array;
}

const upHandlers: Record<
  UpChannel,
  (ctx: Context, robot: RobotId, payload: Uint8Array) => Handled
> = {
  'missions/report': receiveReports,
  'maps/upload': receiveMapWanted,
  'commands/outcome': receiveOutcome,
  time: tellTime,
};

/** For robots that use neither shadow nor jobs, which tell the time on the side. */
function tellTime(ctx: Context, robot: RobotId, payload: Uint8Array): Handled {
  const wanted = decode('TimeWanted', payload);
  if (!wanted.ok) return refusedBy(wanted);
  const told = { v: 1, token: wanted.value.token, cloudMs: ctx.nowMs } as const;
  return handled([{ topic: downTopic(robot, 'time'), payload: encode('TimeTold', told), robot }]);
}

/** Hands a robot's message to the service that its topic names. Never throws on input. */
export function dispatch(ctx: Context, { robot, topic, payload }: Inbound): Handled {
  const provisioning = parseProvisioning(topic);
  if (provisioning !== undefined && provisioning.answer === undefined) {
    return receiveProvisioning(ctx, robot, { topic: provisioning, payload });
  }
  const parsed = parseTopic(topic);
  if (parsed === undefined) return refuse('wrong-topic');
  if (parsed.robot !== robot) return refuse('foreign-robot');
  if (parsed.kind === 'up') return upHandlers[parsed.channel](ctx, robot, payload);
  if (parsed.kind === 'down' || parsed.answer !== undefined) return refuse('wrong-topic');
  return parsed.kind === 'shadow'
    ? receiveShadow(ctx, parsed, payload)
    : receiveJobs(ctx, parsed, payload);
}

type Topic<K extends ParsedTopic['kind']> = Extract<ParsedTopic, { kind: K }>;

function receiveShadow(
  ctx: Context,
  { robot, verb }: Topic<'shadow'>,
  payload: Uint8Array,
): Handled {
  const request = { thing: robot, verb, payload };
  const answer = serveShadow(ctx, request);
  return handled([shadowReply(request, answer), ...answer.outbound]);
}

function receiveJobs(
  ctx: Context,
  { robot, verb, jobId }: Topic<'jobs'>,
  payload: Uint8Array,
): Handled {
  if (verb === 'notify' || verb === 'notify-next') return refuse('wrong-topic');
  const request = { thing: robot, verb, payload, ...(jobId === undefined ? {} : { jobId }) };
  const answer = serveJobs(ctx, request);
  return handled([jobsReply(request, answer), ...(answer.ok ? answer.outbound : [])]);
}

const refuse = (code: RefusalCode): Handled => refusedBy({ code, message: codes[code] });
