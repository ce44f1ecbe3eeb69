import type { RobotMessages } from '../../protocol/channels.ts';
import { encode, type Message, type MessageName } from '../../protocol/codec.ts';
import { codes, type RefusalCode } from '../../protocol/codes.ts';
import { type ParsedTopic, parseTopic } from '../../protocol/parse-topic.ts';
import { checkParts } from '../../protocol/parts.ts';
import { ok, type Result } from '../../protocol/result.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import { receiveOutcome } from '../services/commands.ts';
import { type JobsRequest, jobsReply, serveJobs } from '../services/jobs.ts';
import { receiveMapUploadRequest } from '../services/maps.ts';
import { receiveReports } from '../services/missions.ts';
import { createFromCsr, registerThing } from '../services/provisioning.ts';
import { type ShadowVerb, serveShadow } from '../services/shadows.ts';
import { readObject } from './incoming.ts';
import { type Handled, handled, refusedBy } from './messages.ts';
import { type Context, holdMessages } from './unit.ts';

/** A message that the robot `robot` has published. */
export interface Inbound {
  readonly robot: RobotId;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/**
 * A message with its topic parsed, once for all readers; `parsed` is undefined when the topic is not in the protocol.
 */
export interface Routed extends Inbound {
  readonly parsed: ParsedTopic | undefined;
}

export const route = ({ robot, topic, payload }: Inbound): Routed => ({
  ...{ robot, topic, payload },
  parsed: parseTopic(topic),
});

type RobotEvent = keyof RobotMessages;
type Body<E extends RobotEvent> = Message<NonNullable<RobotMessages[E]>>;

/** Passes a robot's message to the service that its topic names. Never throws on input. */
export function dispatch(ctx: Context, message: Routed): Handled {
  const { robot, parsed } = message;
  if (parsed === undefined) return refuse('wrong-topic');
  if (parsed.robot !== undefined && parsed.robot !== robot) return refuse('foreign-robot');
  const { channel } = parsed;
  if (channel.direction === 'down') return refuse('wrong-topic');
  const request = { robot, parsed, payload: message.payload, schema: channel.schema };
  return (handlers[channel.event] as (ctx: Context, request: object) => Handled)(ctx, request);
}

interface Request<E extends RobotEvent> {
  readonly robot: RobotId;
  readonly parsed: ParsedTopic;
  readonly payload: Uint8Array;
  /** Of the message's row in the table. */
  readonly schema: RobotMessages[E];
}

type Handler<E extends RobotEvent> = (ctx: Context, request: Request<E>) => Handled;

/** Reads the body by the schema of its row. */
function readBody<E extends RobotEvent>({
  schema,
  payload,
}: Request<E>): Result<Body<E>, RefusalCode> {
  const object = readObject(payload);
  if (!object.ok) return object;
  const read = checkParts(schema as MessageName, object.value);
  return read.ok ? ok(read.value.message as Body<E>) : read;
}

/** For our own channels: an unreadable message is rejected and counted, and gets no answer. */
const reading =
  <E extends RobotEvent>(
    receive: (ctx: Context, robot: RobotId, body: Body<E>) => Handled,
  ): Handler<E> =>
  (ctx, request) => {
    const body = readBody(request);
    return body.ok ? receive(ctx, request.robot, body.value) : refusedBy(body);
  };

const handlers: { readonly [E in RobotEvent]: Handler<E> } = {
  // Each of its documents is checked on its own.
  'missions/report': (ctx, { robot, payload }) => {
    const list = readObject(payload);
    return list.ok ? receiveReports(ctx, robot, list.value) : refusedBy(list);
  },
  'maps/upload': reading(receiveMapUploadRequest),
  'commands/outcome': reading(receiveOutcome),
  time: reading(publishTime),
  'renewal/create': (ctx, request) => createFromCsr(ctx, request.robot, readBody(request)),
  'renewal/register': (ctx, request) => {
    const { robot, parsed } = request;
    return registerThing(ctx, robot, {
      template: parsed.template ?? '',
      request: readBody(request),
    });
  },
  'shadow/get': shadow('get'),
  'shadow/update': shadow('update'),
  'shadow/delete': shadow('delete'),
  'jobs/get': jobs('get'),
  'jobs/start-next': jobs('start-next'),
  'jobs/update': jobs('update'),
};

/** For robots that use neither shadow nor jobs. The answers of those services also carry the time. */
function publishTime(ctx: Context, robot: RobotId, { token }: Body<'time'>): Handled {
  const reply = { v: 1, token, cloudMs: ctx.nowMs } as const;
  ctx.emit({ topic: downTopic(robot, 'time'), payload: encode('TimeReply', reply), robot });
  return handled;
}

function shadow(verb: ShadowVerb): Handler<`shadow/${ShadowVerb}`> {
  return (ctx, { robot, parsed: { shadow: name }, payload }) => {
    const request = { thing: robot, verb, payload, ...(name === undefined ? {} : { name }) };
    serveShadow(ctx, request, 'mqtt');
    return handled;
  };
}

function jobs(verb: JobsRequest['verb']): Handler<`jobs/${JobsRequest['verb']}`> {
  return (ctx, { robot, parsed: { job }, payload }) => {
    const request = { thing: robot, verb, payload, ...(job === undefined ? {} : { jobId: job }) };
    // The answer comes before the notifications that it caused.
    const { result, messages } = holdMessages(ctx, (inner) => serveJobs(inner, request));
    ctx.emit(jobsReply(request, result), ...messages);
    return handled;
  };
}

const refuse = (code: RefusalCode): Handled => refusedBy({ code, message: codes[code] });
