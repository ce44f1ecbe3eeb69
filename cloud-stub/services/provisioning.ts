import { X509Certificate } from 'node:crypto';
import { certificateFacts } from '../../base/x509/certificates.ts';
import { readCsr } from '../../base/x509/read-csr.ts';
import type { Message, MessageName } from '../../protocol/codec.ts';
import type { RefusalCode } from '../../protocol/codes.ts';
import type { Result } from '../../protocol/result.ts';
import { type RobotId, topicOf } from '../../protocol/topics.ts';
import {
  type Handled,
  handled,
  jsonPayload,
  type Outbound,
  type SigningTask,
} from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { OwnershipToken } from '../rows.ts';
import { sha256Hex } from '../sigv4.ts';
import { attach } from './things.ts';
import { findToken, issueToken, mayCreate, noteCreated, noteUsed, pendingFor } from './tokens.ts';

/**
 * Theory of operation. A connected robot renews its certificate in two steps. `create-from-csr`: the request is
 * checked, and may name only the robot that sends it. The renewal CA signs the certificate; it is stored as
 * PENDING_ACTIVATION, which does not admit a robot, and answered with an ownership token. `provision`: the token makes
 * the certificate ACTIVE and attaches it to the thing. The old certificate stays as it is: see `retirement.ts`.
 *
 * Signing takes time, but a service's call does not wait. So the work is split: the first call checks and leaves a
 * `SigningTask`, the adapter signs, the second call stores and answers. If something is lost in between, the request
 * has no answer and the robot retries: the same key then gets the same certificate.
 *
 * These topics name no robot. The answers are sent only to the requesting connection, whether or not it has subscribed.
 * Source: AWS IoT developer guide, "Device provisioning MQTT API". The error codes are not documented; those seen are
 * used.
 */

/** Handles `create-from-csr`. A robot that is no longer connected gets no answer. */
export function createFromCsr(
  ctx: Context,
  robot: RobotId,
  request: Read<'CertificateRequest'>,
): Handled {
  const requester = requesterOf(ctx, robot);
  return requester === undefined ? handled : create(ctx, robot, { request, ...requester });
}

/** Handles `provision`. */
export function registerThing(
  ctx: Context,
  robot: RobotId,
  request: { readonly request: Read<'ThingRequest'>; readonly template: string },
): Handled {
  const requester = requesterOf(ctx, robot);
  if (requester !== undefined) ctx.emit(register(ctx, robot, { ...request, ...requester }));
  return handled;
}

/** A request, or why it cannot be read; that is answered too, as in AWS. */
type Read<N extends MessageName> = Result<Message<N>, RefusalCode>;

/** The second half of `create-from-csr`: `pem` is the signed certificate, undefined when signing failed. */
export function finishSigning(ctx: Context, task: SigningTask, pem: string | undefined): void {
  const { robot, keyHash, requestedBy, sessionId } = task;
  const requester = requesterOf(ctx, robot);
  // The answer is for the requesting connection; when that is closed, the request is dropped.
  if (requester?.sessionId !== sessionId) return;
  if (pem === undefined) {
    const why = [500, 'InternalFailure', 'The certificate was not signed.'] as const;
    return ctx.emit(reject(robot, 'create', why));
  }
  const twin = pendingFor(ctx, robot, { keyHash, requestedBy });
  const certificateId = twin ?? storePending(ctx, robot, pem);
  ctx.emit(respondWithToken(ctx, robot, { certificateId, keyHash, requestedBy }));
}

interface Requester {
  readonly sessionId: string;
  /** The certificate of the connection. */
  readonly requestedBy: string;
}

function requesterOf(ctx: Context, robot: RobotId): Requester | undefined {
  const presence = ctx.store.get('presence', robot);
  if (presence?.state !== 'connected') return undefined;
  const { sessionId, certificateId: requestedBy } = presence;
  const row = ctx.store.get('certificates', requestedBy);
  return row === undefined || row.status === 'ACTIVE' ? { sessionId, requestedBy } : undefined;
}

function create(
  ctx: Context,
  robot: RobotId,
  { request, sessionId, requestedBy }: Requester & { request: Read<'CertificateRequest'> },
): Handled {
  const refused = (...why: Fault): Handled => {
    ctx.emit(reject(robot, 'create', why));
    return handled;
  };
  /** Rejected and counted: a correct robot sends no such request. */
  const strange = (code: RefusalCode, ...why: Fault): Handled => ({
    ...refused(...why),
    refusals: [{ code, message: why[2] }],
  });
  if (ctx.config.renewalCaId === undefined) {
    return refused(503, 'ServiceUnavailable', 'There is no CA to sign with.');
  }
  if (!request.ok) return strange(request.code, 400, 'InvalidPayload', request.message);
  const reading = readCsr(request.value.certificateSigningRequest);
  if (!reading.ok) {
    const message = `${reading.code}: ${reading.message}`;
    return strange('wrong-schema', 400, 'InvalidCsr', message);
  }
  const { commonName, publicKey, spkiDer } = reading.csr;
  if (commonName !== robot) {
    const message = 'The common name is not the name of this client.';
    return strange('foreign-robot', 403, 'AccessDenied', message);
  }
  const keyHash = sha256Hex(spkiDer);
  const certificateId = pendingFor(ctx, robot, { keyHash, requestedBy });
  if (certificateId !== undefined) {
    ctx.emit(respondWithToken(ctx, robot, { certificateId, keyHash, requestedBy }));
    return handled;
  }
  if (!mayCreate(ctx, robot)) {
    return refused(429, 'ThrottlingException', 'Too many certificates were requested.');
  }
  noteCreated(ctx, robot);
  const lifeMs = ctx.config.renewalLifeMs;
  const notBeforeMs = ctx.store.get('certificates', requestedBy)?.notBeforeMs;
  const requester = { robot, keyHash, sessionId, requestedBy } as const;
  ctx.enqueue({ kind: 'sign', publicKey, lifeMs, notBeforeMs, ...requester });
  return handled;
}

function register(
  ctx: Context,
  robot: RobotId,
  {
    request,
    template,
    requestedBy,
  }: Requester & { request: Read<'ThingRequest'>; template: string },
): Outbound {
  const refused = (...why: Fault) => reject(robot, 'register', why, template);
  if (!request.ok) return refused(400, 'InvalidPayload', request.message);
  if (template !== ctx.config.renewalTemplate) {
    return refused(404, 'ResourceNotFound', `Provisioning template ${template} not found.`);
  }
  const token = findToken(ctx, robot, {
    hash: sha256Hex(request.value.certificateOwnershipToken),
    requestedBy,
  });
  if (token === undefined || !isUsable(ctx, token)) {
    const message = 'Certificate ownership token cannot be verified.';
    return refused(400, 'InvalidCertificateOwnershipToken', message);
  }
  if (request.value.parameters?.SerialNumber !== robot) {
    return refused(400, 'InvalidParameters', 'SerialNumber is not the name of this client.');
  }
  if (token.usedMs === undefined) activate(ctx, robot, token);
  return answer(robot, topicOf(`${registerTopic}/accepted`, { template }), {
    deviceConfiguration: {},
    thingName: robot,
  });
}

/** A used token repeats its earlier answer, in case that was lost; it never acts a second time. */
function isUsable(ctx: Context, { certificateId, usedMs }: OwnershipToken): boolean {
  const status = ctx.store.get('certificates', certificateId)?.status;
  return status === 'ACTIVE' || (status === 'PENDING_ACTIVATION' && usedMs === undefined);
}

function activate(ctx: Context, robot: RobotId, token: OwnershipToken): void {
  const { certificateId } = token;
  const row = ctx.store.get('certificates', certificateId);
  if (row?.status === 'PENDING_ACTIVATION') {
    ctx.store.put('certificates', certificateId, {
      ...row,
      status: 'ACTIVE',
      changedMs: ctx.nowMs,
    });
  }
  attach(ctx, robot, certificateId);
  noteUsed(ctx, robot, token);
  ctx.log.info({ robotId: robot, certificateId }, 'renewed certificate activated');
}

function storePending(ctx: Context, robot: RobotId, pem: string): string {
  const facts = certificateFacts(new X509Certificate(pem));
  const { certificateId } = facts;
  ctx.store.put('certificates', certificateId, {
    ...facts,
    caCertificateId: ctx.config.renewalCaId ?? '',
    status: 'PENDING_ACTIVATION',
    commonName: robot,
    pem,
    renewed: true,
    createdMs: ctx.nowMs,
    changedMs: ctx.nowMs,
  });
  ctx.log.info({ robotId: robot, certificateId }, 'certificate made, pending activation');
  return certificateId;
}

function respondWithToken(
  ctx: Context,
  robot: RobotId,
  about: { certificateId: string; keyHash: string; requestedBy: string },
): Outbound {
  const { certificateId } = about;
  return answer(robot, `${createTopic}/accepted`, {
    certificateOwnershipToken: issueToken(ctx, robot, about),
    certificateId,
    certificatePem: ctx.store.get('certificates', certificateId)?.pem ?? '',
  });
}

const createTopic = '$aws/certificates/create-from-csr/json';
const registerTopic = '$aws/provisioning-templates/{template}/provision/json';

type Fault = readonly [statusCode: number, errorCode: string, errorMessage: string];

function reject(
  robot: RobotId,
  verb: 'create' | 'register',
  [statusCode, errorCode, errorMessage]: Fault,
  template = '',
): Outbound {
  const rejected = `${verb === 'create' ? createTopic : registerTopic}/rejected` as const;
  const text = errorMessage.slice(0, 500);
  return answer(robot, topicOf(rejected, { template }), {
    statusCode,
    errorCode,
    errorMessage: text,
  });
}

const answer = (robot: RobotId, topic: string, body: unknown): Outbound => ({
  robot,
  topic,
  payload: jsonPayload(body),
  direct: true,
});
