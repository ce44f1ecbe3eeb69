import type { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { RobotId } from '../protocol/topics.ts';
import { matches } from './access.ts';
import type { Cloud } from './cloud.ts';
import type { DisconnectReason, Outbound } from './core/messages.ts';
import type { Entropy } from './core/unit.ts';
import type { Faults } from './faults.ts';
import type { ConnectionRefusalCode } from './refusal-causes.ts';
import type { RenewalCa } from './renewal-ca.ts';
import type { ClientCertificate } from './services/registry.ts';
import { createTasks } from './tasks.ts';
import type { Trust } from './trust.ts';

/** One TLS connection. Its robot is its certificate's common name; nothing else that the client sends counts. */
export interface Session {
  readonly id: string;
  readonly robot: RobotId;
  readonly socket: TLSSocket;
  readonly certificate: ClientCertificate;
  /** What it has subscribed to. */
  readonly filters: Set<string>;
  /** A subscription was denied, and logged. */
  refused: boolean;
  /** What it has published in the current second. */
  second: { readonly startMs: number; messages: number };
  /** The reason for the coming end, when it is known before. */
  reason: DisconnectReason | undefined;
  /** The client is authenticated, and CONNACK is sent or about to be sent. */
  isAccepted: boolean;
  /** The message to be handled as published when the connection closes without DISCONNECT. */
  will: { topic: string; payload: Uint8Array; qos: number } | undefined;
}

/** Writes a message to a connection. */
export type Write = (message: Outbound) => void;

/**
 * The connections and the cloud behind them. One connection is live per robot: only messages of that one are handled.
 * Messages to a robot are written to it directly instead of through the broker's common queue, where one slow reader
 * would delay all others.
 */
export interface Sessions {
  open(socket: TLSSocket, certificate: ClientCertificate): Session;
  /** Whether the certificate admits it at this moment. */
  admit(session: Session): boolean;
  /** Refuses it for a reason other than its certificate. */
  refuse(session: Session, code: ConnectionRefusalCode, detail?: string): void;
  /** Whether it is the live connection of its robot. */
  isReceived(session: Session): boolean;
  /** Its CONNACK is sent; an older connection of the robot is closed. */
  begin(session: Session, write: Write): void;
  /** Counts a publish; false when its second is full. Such a message is neither handled nor acknowledged. */
  hasRoom(session: Session): boolean;
  receive(session: Session, message: { topic: string; payload: Uint8Array; qos: number }): void;
  /** Its connection has closed without DISCONNECT (MQTT 3.1.1 [MQTT-3.1.2-8]). */
  receiveWill(session: Session): void;
  /** Publishes what a call of the cloud returned, and does the work that it left. */
  send(outbound: readonly Outbound[]): void;
  end(session: Session, reason: DisconnectReason): void;
  dropAll(reason: DisconnectReason): void;
  count(): number;
  isLive(robot: RobotId): boolean;
}

/** The end of the connection `sessionId`. */
interface Ended {
  readonly reason: DisconnectReason;
  readonly sessionId: string;
}

/** The most unread bytes in one connection. */
const unreadBytesMax = 512 * 1024;
/**
 * AWS IoT Core's limit for one connection. The rest is discarded, so that one robot cannot take all the stub's time.
 */
const messagesPerSecondMax = 100;

export interface SessionParts {
  readonly cloud: Cloud;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Signs renewed certificates. */
  readonly renewal: Pick<RenewalCa, 'sign'>;
  readonly trust: Pick<Trust, 'has' | 'refresh'>;
}

/** `publishEvent` publishes messages without a robot: the cloud's own events. */
export function createSessions(parts: SessionParts, publishEvent: Write): Sessions {
  const { cloud, faults, clock, log } = parts;
  const live = new Map<RobotId, { session: Session; write: Write }>();
  /** By robot, the last end that the store could not take. It is stored after the next call that succeeds. */
  const unstored = new Map<RobotId, Ended>();

  const deliver = (robot: RobotId, message: Outbound) => {
    const found = live.get(robot);
    // QoS 0: what a robot does not read in time is dropped and does not pile up here.
    if (found === undefined || found.session.socket.writableLength > unreadBytesMax) return;
    const isSubscribed = [...found.session.filters].some((filter) =>
      matches(filter, message.topic),
    );
    if (isSubscribed || message.direct) found.write(message);
  };
  const publish: Sessions['send'] = (outbound) => {
    for (const message of outbound) {
      if (message.robot === undefined) publishEvent(message);
      else deliver(message.robot, message);
    }
  };
  const doTasks = createTasks({
    ...parts,
    send: (outbound) => send(outbound),
    drop: (...which) => drop(...which),
    changeTrust: () => {
      parts.trust.refresh();
      dropUntrusted();
    },
  });
  const send: Sessions['send'] = (outbound) => {
    publish(outbound);
    doTasks();
    for (const [robot, ended] of unstored) {
      if (!storeEnd(robot, ended)) return;
    }
  };
  const storeEnd = (robot: RobotId, ended: Ended): boolean => {
    const outbound = guarded(robot, () => cloud.disconnected(robot, ended, clock.wallMs()));
    if (outbound === undefined) unstored.set(robot, ended);
    else unstored.delete(robot);
    publish(outbound ?? []);
    doTasks();
    return outbound !== undefined;
  };
  /** Does `work` on the store. On a failure nothing was stored and nothing is confirmed: robots retry. */
  const guarded = <T>(robotId: RobotId, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      log.error({ robotId, code: codeOf(error) }, `the store failed: ${explain(error)}`);
      return undefined;
    }
  };
  const end: Sessions['end'] = (session, reason) => {
    const { robot, id: sessionId } = session;
    if (live.get(robot)?.session !== session) return;
    live.delete(robot);
    storeEnd(robot, { reason: session.reason ?? reason, sessionId });
  };
  const dropSession = (session: Session, reason: DisconnectReason) => {
    session.reason = reason;
    end(session, reason);
    session.socket.destroy();
  };

  const drop = (robot: RobotId, reason: DisconnectReason, certificateId?: string) => {
    const session = live.get(robot)?.session;
    if (session === undefined) return;
    const other =
      certificateId !== undefined && certificateId !== session.certificate.certificateId;
    if (!other) dropSession(session, reason);
  };
  const isTrusted = ({ certificate: { authorityId, certificateId } }: Session) => {
    const id = authorityId ?? cloud.rows.get('certificates', certificateId)?.authorityId;
    return id === undefined || parts.trust.has(id);
  };
  /** Closes the connections of robots whose CA is not trusted any more. */
  const dropUntrusted = () => {
    for (const { session } of [...live.values()])
      if (!isTrusted(session)) dropSession(session, 'AUTH_ERROR');
  };
  const refuse: Sessions['refuse'] = ({ certificate, socket }, code, detail) => {
    const { certificateId, commonName, issuer } = certificate;
    const { remoteAddress: address } = socket;
    const known = { code, certificateId, commonName };
    const more = {
      ...(issuer === undefined ? {} : { issuer }),
      ...(address === undefined ? {} : { address }),
      ...(detail === undefined ? {} : { detail }),
    };
    cloud.refused({ ...known, ...more }, clock.wallMs());
  };

  return {
    open: (socket, certificate) => ({
      id: parts.entropy(16),
      robot: certificate.commonName,
      socket,
      certificate,
      filters: new Set(),
      refused: false,
      second: { startMs: clock.monoMs(), messages: 0 },
      reason: undefined,
      isAccepted: false,
      will: undefined,
    }),
    refuse,
    isReceived: (session) => live.get(session.robot)?.session === session,
    admit(session) {
      const { robot, certificate } = session;
      const admission = guarded(robot, () => cloud.admit(certificate, clock.wallMs()));
      if (admission === undefined) return false;
      const { admitted, refusal, outbound } = admission;
      send(outbound);
      if (refusal !== undefined) refuse(session, refusal);
      return admitted;
    },
    begin(session, write) {
      const { robot, socket, certificate, id: sessionId } = session;
      const { certificateId } = certificate;
      if (socket.destroyed) return;
      const older = live.get(robot);
      if (older !== undefined) end(older.session, 'DUPLICATE_CLIENTID');
      const { remoteAddress: ipAddress } = socket;
      const info = { certificateId, sessionId, ...(ipAddress === undefined ? {} : { ipAddress }) };
      const events = guarded(robot, () => {
        // It may have been blocked since it was admitted.
        const { status } = cloud.rows.get('certificates', certificateId) ?? {};
        return status === 'ACTIVE' && isTrusted(session)
          ? cloud.connected(robot, info, clock.wallMs())
          : undefined;
      });
      if (events === undefined) {
        guarded(robot, () => {
          const { refusal } = cloud.admit(certificate, clock.wallMs());
          if (refusal !== undefined) refuse(session, refusal);
        });
        return void socket.destroy();
      }
      live.set(robot, { session, write });
      send(events);
    },
    hasRoom(session) {
      const { robot } = session;
      const inSecond = countMessage(session, clock.monoMs());
      if (inSecond === messagesPerSecondMax + 1) log.warn({ robotId: robot }, 'messages discarded');
      return inSecond <= messagesPerSecondMax && !faults.isOver(robot, clock.monoMs());
    },
    receive(session, { topic, payload, qos }) {
      const { robot } = session;
      // What a dropped connection still had in its buffers is ignored.
      if (live.get(robot)?.session !== session) return;
      if (qos === 0 && faults.loses()) return;
      const message = { robot, topic, payload };
      send(guarded(robot, () => cloud.receive(message, clock.wallMs())) ?? []);
    },
    receiveWill({ robot, certificate, isAccepted, will }) {
      if (!isAccepted || will === undefined || (will.qos === 0 && faults.loses())) return;
      const { topic, payload } = will;
      const outbound = guarded(robot, () => {
        // It may have been blocked since it was admitted.
        const row = cloud.rows.get('certificates', certificate.certificateId);
        const isActive = row?.status === 'ACTIVE';
        return isActive ? cloud.receive({ robot, topic, payload }, clock.wallMs()) : [];
      });
      send(outbound ?? []);
    },
    send,
    end,
    dropAll(reason) {
      for (const { session } of [...live.values()]) dropSession(session, reason);
    },
    count: () => live.size,
    isLive: (robot) => live.has(robot),
  };
}

/** Counts a message and returns how many there were in this second. */
function countMessage(session: Session, nowMs: number): number {
  if (nowMs - session.second.startMs >= 1000) session.second = { startMs: nowMs, messages: 0 };
  session.second.messages += 1;
  return session.second.messages;
}
