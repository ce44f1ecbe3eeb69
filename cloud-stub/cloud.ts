import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { RobotId } from '../protocol/topics.ts';
import type { CloudConfig } from './config.ts';
import { runDue } from './core/due.ts';
import type { DisconnectReason, Outbound, SigningTask, Task } from './core/messages.ts';
import { receiveMessage } from './core/pipeline.ts';
import { type Inbound, route } from './core/router.ts';
import type { CloudStore, Reads, Row, Write } from './core/store.ts';
import {
  type Context,
  type Emission,
  type Entropy,
  type UnitParts,
  type Worked,
  workOn,
  writeLine,
} from './core/unit.ts';
import type { ConnectionRefusal } from './refusal-causes.ts';
import type { ArchiveEntry } from './rows.ts';
import { forgetArchived, unarchived } from './services/archive.ts';
import { rescheduleAtPresence } from './services/commands.ts';
import { createConfirmWindow } from './services/confirm-window.ts';
import { createRefusalBook } from './services/connection-refusals.ts';
import { createFleetIndex, type FleetIndex } from './services/fleet-index.ts';
import { createMeter } from './services/meter.ts';
import { requestGapsAgain } from './services/mission-gaps.ts';
import {
  type ConnectionInfo,
  connected,
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
import { noteConnectedBy } from './services/retirement.ts';
import { ensureThing } from './services/things.ts';
import { isDueBy } from './services/timers.ts';

/**
 * The whole cloud behind its adapters, without transport and without a clock of its own. The real server and the
 * simulated world both use it.
 *
 * INVARIANT: each call is one unit of work (`core/unit.ts`), and its result exists only after the commit. So nothing is
 * confirmed to a robot before it is durable. A throw means that nothing was changed.
 *
 * Kept in memory, and lost in a crash: what the meter and the book of refusals have counted since the last flush, the
 * confirmations in their window, and tasks. Robots send again what is not confirmed or answered. The fleet index follows
 * from the rows.
 */
export interface Cloud {
  /** Called after a start on an existing store: no robot is connected. */
  recover(nowMs: number): Outbound[];
  /**
   * Checks a TLS connection by its certificate. The handler of a new certificate runs right after, for the next
   * attempt.
   */
  admit(certificate: ClientCertificate, nowMs: number): Admitted;
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
  /** Counts a robot's request to a service over HTTPS, which is metered as a message to it. */
  called(robot: RobotId, request: { service: 'shadow' | 'jobs'; bytes: number }): void;
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
  /** Messages to be moved to the archive's files, in order; a limited number at a time. */
  unarchived(): Row<ArchiveEntry>[];
  /** The files now hold these durably. */
  archived(entries: readonly Row<ArchiveEntry>[]): void;
  /** The work, besides sending, that the calls so far have left. Each task is returned once. */
  takeTasks(): Task[];
  /** A signing task is done; `pem` is the certificate, undefined when signing failed. */
  signed(task: SigningTask, pem: string | undefined, nowMs: number): Outbound[];
  /** Serves a request of an operator or a fleet program as one unit of work. */
  serve<T>(
    nowMs: number,
    work: (ctx: Context) => T,
  ): { readonly result: T; readonly outbound: Outbound[] };
  /** What is stored. */
  readonly rows: Reads;
  readonly fleet: FleetIndex;
}

export interface Admitted extends Admission {
  readonly outbound: readonly Outbound[];
}

/** Beyond this, untaken tasks are dropped. Each belongs to an answer that its robot requests again. */
const tasksMax = 1000;

/** Runs a unit of work and commits it. */
export type RunUnit = <T>(nowMs: number, work: (ctx: Context) => T) => Worked<T>;

export function createCloud(parts: {
  store: CloudStore;
  entropy: Entropy;
  config: CloudConfig;
  log: Log;
  /** How units of work run on the store; by default directly. */
  runUnit?: RunUnit;
}): Cloud {
  const { store, log, config, runUnit = runDirectly(parts) } = parts;
  const meter = createMeter();
  const refusals = createRefusalBook(log);
  const confirmations = createConfirmWindow(config.confirmWindowMs);
  const fleet = createFleetIndex({ isShared: parts.runUnit !== undefined });
  let tasks: Task[] = [];

  /** Lets out what a committed unit of work has emitted; returns its messages. */
  const release = (emission: Emission, nowMs: number): Outbound[] => {
    if (emission.kind === 'message') return [emission.message];
    if (emission.kind === 'confirmed') {
      return confirmations.add(emission.robot, emission.confirmed, nowMs);
    }
    if (emission.kind === 'task') tasks = [...tasks, emission.task].slice(-tasksMax);
    else writeLine(log, emission);
    return [];
  };
  let isRunning = false;
  const runAndEmit = <T>(nowMs: number, work: (ctx: Context) => T) => {
    // One in another would commit before it, and stand when the other one fails.
    if (isRunning) throw new Error('a unit of work was begun within another one');
    isRunning = true;
    let worked: Worked<T>;
    try {
      worked = runUnit(nowMs, work);
    } catch (error) {
      // A commit that has failed may have stored its writes.
      fleet.forget();
      throw error;
    } finally {
      isRunning = false;
    }
    const { result, writes, emitted } = worked;
    fleet.committed(writes);
    const outbound = emitted.flatMap((emission) => release(emission, nowMs));
    return { result, writes, outbound };
  };
  /** What a unit of work has left to be done at once is a unit of its own: it may concern other robots. */
  const follow = (nowMs: number, writes: readonly Write[]): Outbound[] => {
    if (!writes.some((write) => isDueBy(nowMs, write))) return [];
    try {
      return runAndEmit(nowMs, runDue).outbound;
    } catch (error) {
      // The first unit is committed and stands. The next tick does the rest.
      log.error({ code: codeOf(error) }, `the store failed: ${explain(error)}`);
      return [];
    }
  };
  const serve: Cloud['serve'] = (nowMs, work) => {
    const { result, writes, outbound } = runAndEmit(nowMs, work);
    return { result, outbound: [...outbound, ...follow(nowMs, writes)] };
  };
  const run = (nowMs: number, work: (ctx: Context) => void): Outbound[] =>
    serve(nowMs, work).outbound;
  /** With the counts that have gathered in memory. */
  const flushed: Cloud['serve'] = (nowMs, work) => {
    const { result, outbound } = serve(nowMs, (ctx) => {
      const flushes = [meter.flush(ctx.store), refusals.flush(ctx.store)];
      return { result: work(ctx), flushes };
    });
    for (const done of result.flushes) done();
    return { result: result.result, outbound };
  };
  const arrived = (ctx: Context, robot: RobotId) => {
    rescheduleAtPresence(ctx, robot);
    requestGapsAgain(ctx, robot);
  };

  return {
    recover: (nowMs) => run(nowMs, forgetConnections),

    admit(certificate, nowMs) {
      const { result, outbound } = serve(nowMs, (ctx) => {
        const admission = admit(ctx, certificate);
        if (admission.pending === undefined || config.activation !== 'auto') return admission;
        const { certificateId, commonName: robotId } = certificate;
        const seen = certificateSeen(ctx, certificateId);
        if (!seen.ok) {
          ctx.log.warn({ certificateId, robotId, code: seen.code }, 'certificate not activated');
        }
        return admission;
      });
      return { ...result, outbound };
    },

    connected: (robot, info, nowMs) => {
      meter.connect(robot);
      return run(nowMs, (ctx) => {
        arrived(ctx, robot);
        noteConnectedBy(ctx, robot, info.certificateId);
        connected(ctx, robot, info);
      });
    },

    refused: (refusal, nowMs) => refusals.note(refusal, nowMs),
    receivedFrom: (robot, nowMs) => {
      meter.connect(robot);
      return run(nowMs, (ctx) => {
        ensureThing(ctx, robot);
        arrived(ctx, robot);
        connected(ctx, robot, { certificateId: '' });
      });
    },

    disconnected: (robot, end, nowMs) => run(nowMs, (ctx) => disconnected(ctx, robot, end)),

    receive(message, nowMs) {
      const { robot, topic, payload } = message;
      const routed = route(message);
      const service = routed.parsed?.channel.service;
      meter.count('in', { robot, topic, bytes: payload.byteLength, service });
      return run(nowMs, (ctx) => receiveMessage(ctx, routed));
    },

    confirmDueMs: () => confirmations.dueMs(),
    confirmDue: (nowMs) => confirmations.takeDue(nowMs),

    called: (robot, request) => meter.count('in', { robot, topic: '', ...request }),
    subscribed: (robot) => meter.subscribe(robot),
    delivered: (robot, message) => meter.count('out', { robot, ...message }),

    tick(nowMs) {
      const { outbound } = flushed(nowMs, runDue);
      return [...confirmations.takeDue(nowMs), ...outbound];
    },

    unarchived: () => unarchived(store),
    archived: (entries) => void run(0, (ctx) => forgetArchived(ctx, entries)),

    takeTasks: () => tasks.splice(0),

    signed: (task, pem, nowMs) => run(nowMs, (ctx) => finishSigning(ctx, task, pem)),

    serve: flushed,
    rows: store,
    fleet,
  };
}

const runDirectly =
  (parts: UnitParts & { readonly store: CloudStore }): RunUnit =>
  (nowMs, work) => {
    const worked = parts.store.reading(() => workOn(parts.store, { ...parts, nowMs }, work));
    parts.store.commit(worked.writes);
    return worked;
  };
