import type { Log } from '../base/log.ts';
import type { RobotId } from '../protocol/topics.ts';
import { createOperator, type Operator } from './operator.ts';
import type {
  CloudConfig,
  CloudStore,
  Context,
  Entropy,
  Handled,
  Outbound,
  SigningTask,
} from './ports.ts';
import { type Inbound, route } from './receive.ts';
import type { ConnectionRefusal } from './refusal-causes.ts';
import type { ArchiveEntry, ObjectRow } from './rows.ts';
import { archiveFrom, forgetArchived, unarchived } from './services/archive.ts';
import { rescheduleAtPresence, resendDue } from './services/commands.ts';
import { createConfirmWindow } from './services/confirm-window.ts';
import { createRefusalBook } from './services/connection-refusals.ts';
import {
  handle,
  isStorableDeadLetter,
  redriveDeadLetters,
  storeDeadLetter,
} from './services/dead-letters.ts';
import { timeOutDue } from './services/execution-timers.ts';
import { rollOutDue } from './services/job-rollout.ts';
import { objectStored } from './services/maps.ts';
import { createMeter } from './services/meter.ts';
import { requestGaps, requestGapsAgain } from './services/mission-gaps.ts';
import {
  type ConnectionInfo,
  connected,
  type DisconnectReason,
  disconnected,
  forgetConnections,
} from './services/presence.ts';
import { finishSigning } from './services/provisioning.ts';
import {
  type Admission,
  admit,
  type ClientCertificate,
  certificateSeen,
} from './services/registry.ts';
import { noteConnectedBy, retireDue } from './services/retirement.ts';
import { ensureThing } from './services/things.ts';
import { sweepTokens } from './services/tokens.ts';

/**
 * The whole cloud behind its adapters, without transport and without a clock of its own. The real server and the
 * simulated world both use it.
 *
 * INVARIANT: each call is one store transaction, and its result exists only after the commit. So nothing is confirmed
 * to a robot before it is durable. A throw means that the store failed and nothing was changed.
 */
export interface Cloud {
  /** Called after a start on an existing store: no robot is connected. */
  recover(nowMs: number): Outbound[];
  /**
   * Checks a TLS connection by its certificate. The handler of a new certificate runs right after, for the next
   * attempt.
   */
  admit(certificate: ClientCertificate, nowMs: number): Admission;
  /** A robot's MQTT connection was accepted. */
  connected(robot: RobotId, info: ConnectionInfo, nowMs: number): Outbound[];
  /** A connection was refused. It is counted, logged, and shown with the certificate where that is known. */
  refused(refusal: ConnectionRefusal, nowMs: number): void;
  /**
   * A message arrived through an outside broker, which has verified the certificate. Makes the robot's thing if it is
   * new.
   */
  receivedFrom(robot: RobotId, nowMs: number): Outbound[];
  disconnected(
    robot: RobotId,
    end: { reason: DisconnectReason; sessionId?: string },
    nowMs: number,
  ): Outbound[];
  /** A robot has published. Invalid input is counted and never throws. */
  receive(message: Inbound, nowMs: number): Outbound[];
  /** Counts a SUBSCRIBE, which is metered. */
  subscribed(robot: RobotId): void;
  /** Counts a message that was really written to a robot's connection. */
  delivered(robot: RobotId, message: { topic: string; bytes: number }): void;
  /** When `confirmDue` has something to send; undefined when there is nothing. */
  confirmDueMs(): number | undefined;
  /** The confirmations whose window is over. Does not use the store. */
  confirmDue(nowMs: number): Outbound[];
  /** Does what is due. Called about once a second. */
  tick(nowMs: number): Outbound[];
  /** The object store's event: the object is durably stored. */
  objectStored(object: ObjectRow, nowMs: number): Outbound[];
  /** At the start: the highest number in the archive's files. */
  archiveFrom(last: number): void;
  /** Messages to be moved to the archive's files, in order; a limited number at a time. */
  unarchived(): ArchiveEntry[];
  /** The files now hold these durably. */
  archived(entries: readonly ArchiveEntry[]): void;
  /** The work, besides sending, that the calls so far have left. Each task is returned once. */
  takeTasks(): Task[];
  /** A signing task is done; `pem` is the certificate, undefined when signing failed. */
  signed(task: SigningTask, pem: string | undefined, nowMs: number): Outbound[];
  readonly operator: Operator;
}

/** Work for an adapter: see `createTasks`. */
export type Task = SigningTask | DropTask;

/** The robot's connection must be closed when it uses this certificate. */
export interface DropTask {
  readonly kind: 'drop';
  readonly robot: RobotId;
  readonly certificateId: string;
}

/** Beyond this, untaken tasks are dropped. Each belongs to an answer that its robot requests again. */
const tasksMax = 1000;

export function createCloud(parts: {
  store: CloudStore;
  entropy: Entropy;
  config: CloudConfig;
  log: Log;
}): Cloud {
  const meter = createMeter();
  const refusals = createRefusalBook(parts.log);
  const confirmations = createConfirmWindow(parts.config.confirmWindowMs);
  let tasks: Task[] = [];
  const releaseTask = (task: Task) => {
    tasks = [...tasks, task].slice(-tasksMax);
  };
  const run = <T>(nowMs: number, work: (ctx: Context) => T): T =>
    parts.store.transaction(() => work({ ...parts, nowMs }));
  const operator = createOperator((nowMs, work) =>
    run(nowMs, (ctx) => {
      meter.flush(ctx.store);
      refusals.flush(ctx.store);
      return work(ctx);
    }),
  );

  return {
    recover: (nowMs) => run(nowMs, forgetConnections),

    admit(certificate, nowMs) {
      const admission = run(nowMs, (ctx) => admit(ctx, certificate));
      if (admission.pending !== undefined && parts.config.activation === 'auto') {
        const { certificateId, commonName: robotId } = certificate;
        const seen = run(nowMs, (ctx) => certificateSeen(ctx, certificateId));
        if (!seen.ok) {
          parts.log.warn({ certificateId, robotId, code: seen.code }, 'certificate not activated');
        }
      }
      return admission;
    },

    connected: (robot, info, nowMs) =>
      run(nowMs, (ctx) => {
        meter.connect(robot);
        rescheduleAtPresence(ctx, robot);
        requestGapsAgain(ctx, robot);
        noteConnectedBy(ctx, robot, info.certificateId);
        return connected(ctx, robot, info);
      }),

    refused: (refusal, nowMs) => refusals.note(refusal, nowMs),
    receivedFrom: (robot, nowMs) =>
      run(nowMs, (ctx) => {
        ensureThing(ctx, robot);
        meter.connect(robot);
        rescheduleAtPresence(ctx, robot);
        requestGapsAgain(ctx, robot);
        return connected(ctx, robot, { certificateId: '' });
      }),

    disconnected: (robot, end, nowMs) => run(nowMs, (ctx) => disconnected(ctx, robot, end)),

    receive(message, nowMs) {
      const { robot, topic, payload } = message;
      const routed = route(message);
      const service = routed.parsed?.channel.service;
      let failure: unknown;
      const attempt = (ctx: Context): Handled => {
        meter.count('in', { robot, topic, bytes: payload.byteLength, service });
        try {
          return handle(ctx, routed);
        } catch (error) {
          failure = error;
          throw error;
        }
      };
      let done: Handled;
      try {
        done = run(nowMs, attempt);
      } catch (error) {
        if (failure === undefined || !isStorableDeadLetter(routed)) throw error;
        run(nowMs, (ctx) => storeDeadLetter(ctx, message, { error }));
        return [];
      }
      const { outbound, task, confirmed = [] } = done;
      if (task !== undefined) releaseTask(task);
      return [...confirmations.add(robot, confirmed, nowMs), ...outbound];
    },

    confirmDueMs: () => confirmations.dueMs(),
    confirmDue: (nowMs) => confirmations.takeDue(nowMs),

    subscribed: (robot) => meter.subscribe(robot),
    delivered: (robot, message) => meter.count('out', { robot, ...message }),

    tick(nowMs) {
      const { outbound, retired } = run(nowMs, (ctx) => {
        meter.flush(ctx.store);
        refusals.flush(ctx.store);
        sweepTokens(ctx);
        const outbound = [
          ...resendDue(ctx),
          ...requestGaps(ctx),
          ...timeOutDue(ctx),
          ...rollOutDue(ctx),
        ];
        return { retired: retireDue(ctx), outbound };
      });
      for (const one of retired) releaseTask({ kind: 'drop', ...one });
      const late = redriveDeadLetters(run, nowMs, 'waiting').outbound;
      return [...confirmations.takeDue(nowMs), ...outbound, ...late];
    },

    objectStored: (object, nowMs) =>
      run(nowMs, (ctx) => {
        objectStored(ctx, object);
        return [];
      }),

    archiveFrom: (last) => run(0, (ctx) => archiveFrom(ctx, last)),
    unarchived: () => run(0, unarchived),
    archived: (entries) => run(0, (ctx) => forgetArchived(ctx, entries)),

    takeTasks: () => tasks.splice(0),

    signed: (task, pem, nowMs) => run(nowMs, (ctx) => finishSigning(ctx, task, pem)),

    operator,
  };
}
