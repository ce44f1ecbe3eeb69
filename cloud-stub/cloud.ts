import type { Log } from '../base/log.ts';
import type { RobotId } from '../protocol/topics.ts';
import { createOperator, type Operator } from './operator.ts';
import type { CloudConfig, CloudStore, Context, Entropy, Outbound } from './ports.ts';
import { dispatch, type Inbound } from './receive.ts';
import type { ObjectRow } from './rows.ts';
import { rescheduleAtPresence, resendDue } from './services/commands.ts';
import { objectStored } from './services/maps.ts';
import { createMeter } from './services/meter.ts';
import {
  type ConnectionInfo,
  connected,
  type DisconnectReason,
  disconnected,
  forgetConnections,
} from './services/presence.ts';
import { noteRefusal } from './services/refusals.ts';
import {
  type Admission,
  admit,
  type ClientCertificate,
  certificateSeen,
  createThing,
} from './services/registry.ts';

/**
 * The whole cloud behind its adapters, without transport and without a clock of its own; the real server and the
 * simulated world both use it.
 *
 * INVARIANT: each call is one store transaction, and what it answers exists only after the commit. So nothing is
 * confirmed to a robot before it is durable. A throw means that the store failed and nothing happened.
 */
export interface Cloud {
  /** After a start on an old store: nobody is connected. */
  recover(nowMs: number): Outbound[];
  /** Judges a TLS connection by its certificate; the handler of a new one runs right after, for the next try. */
  admit(certificate: ClientCertificate, nowMs: number): Admission;
  /** A robot's MQTT connection was accepted. */
  connected(robot: RobotId, info: ConnectionInfo, nowMs: number): Outbound[];
  /** A robot was heard through a broker that is not ours and has judged its certificate; makes its thing if it is new. */
  heard(robot: RobotId, nowMs: number): Outbound[];
  disconnected(
    robot: RobotId,
    end: { reason: DisconnectReason; sessionId?: string },
    nowMs: number,
  ): Outbound[];
  /** A robot has published. Bad input is counted and never throws. */
  receive(message: Inbound, nowMs: number): Outbound[];
  /** Counts a message that was really handed to a robot's connection. */
  delivered(robot: RobotId, message: { topic: string; bytes: number }): void;
  /** Does what time has made due. Called about once a second. */
  tick(nowMs: number): Outbound[];
  /** The object store's event: the object is durably there. */
  objectStored(object: ObjectRow, nowMs: number): Outbound[];
  readonly operator: Operator;
}

export function createCloud(parts: {
  store: CloudStore;
  entropy: Entropy;
  config: CloudConfig;
  log: Log;
}): Cloud {
  const meter = createMeter();
  const run = <T>(nowMs: number, work: (ctx: Context) => T): T =>
    parts.store.transaction(() => work({ ...parts, nowMs }));
  const operator = createOperator((nowMs, work) =>
    run(nowMs, (ctx) => {
      meter.flush(ctx.store);
      return work(ctx);
    }),
  );

  return {
    recover: (nowMs) => run(nowMs, forgetConnections),

    admit(certificate, nowMs) {
      const admission = run(nowMs, (ctx) => admit(ctx, certificate));
      if (admission.pending !== undefined) {
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
        return connected(ctx, robot, info);
      }),

    heard: (robot, nowMs) =>
      run(nowMs, (ctx) => {
        if (ctx.store.get('things', robot) === undefined) createThing(ctx, robot);
        meter.connect(robot);
        rescheduleAtPresence(ctx, robot);
        return connected(ctx, robot, { certificateId: '' });
      }),

    disconnected: (robot, end, nowMs) => run(nowMs, (ctx) => disconnected(ctx, robot, end)),

    receive: (message, nowMs) =>
      run(nowMs, (ctx) => {
        const { robot, topic, payload } = message;
        meter.count('in', { robot, topic, bytes: payload.byteLength });
        const { outbound, refusals } = dispatch(ctx, message);
        for (const refusal of refusals) noteRefusal(ctx, robot, refusal);
        return [...outbound];
      }),

    delivered: (robot, message) => meter.count('out', { robot, ...message }),

    tick: (nowMs) =>
      run(nowMs, (ctx) => {
        meter.flush(ctx.store);
        return resendDue(ctx);
      }),

    objectStored: (object, nowMs) =>
      run(nowMs, (ctx) => {
        objectStored(ctx, object);
        return [];
      }),

    operator,
  };
}
