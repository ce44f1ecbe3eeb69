import type { Clock } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isRobotId, type RobotId, upTopic } from '../protocol/topics.ts';
import type { Cloud } from './cloud.ts';
import type { Outbound } from './core/messages.ts';
import type { Faults } from './faults.ts';

/**
 * Theory of operation. The robots behind an outside broker. The broker's access rules let only the robot R write below
 * `robots/R/up/` (and `$aws/things/R/`). So the topic identifies the sender, and the broker checks the certificates.
 *
 * A plain broker does not report who is connected. A robot counts as connected from its first message until it has sent
 * nothing for longer than any robot would: a robot requests the time at each link-up, and at least every day and a
 * half. So commands are sent, with their delays, until an outcome or their expiry, whether or not the robot received
 * them. A request for the time means a new connection, and waiting commands are sent at once. A thing is made with its
 * robot's first message. Messages of a decommissioned robot are dropped, because it may still be connected to the
 * broker.
 */
export interface BridgeRobots {
  /** A message from the broker; returns what is to be sent. Invalid input is dropped and never throws. */
  receive(topic: string, payload: Uint8Array): readonly Outbound[];
  /** Marks robots as disconnected that have sent nothing for too long. */
  lapse(): void;
  count(): number;
}

/** Longer than the longest delay between two time requests (`agent/time/cloud-time.ts`: 36 hours at most). */
const silenceMsMax = 40 * 3_600_000;
/**
 * The same limit as at the stub's own broker. The rest is discarded, so that one robot cannot take all the stub's time.
 */
const messagesPerSecondMax = 100;

interface Traffic {
  lastMs: number;
  second: { startMs: number; messages: number };
}

export function createBridgeRobots(parts: {
  cloud: Cloud;
  faults: Faults;
  clock: Clock;
  log: Log;
}): BridgeRobots {
  const { cloud, faults, clock, log } = parts;
  const robots = new Map<RobotId, Traffic>();
  const newTraffic = (): Traffic => ({
    lastMs: clock.monoMs(),
    second: { startMs: clock.monoMs(), messages: 0 },
  });
  // A robot that was connected when the stub stopped still is: its connection is to the broker, not to the stub.
  for (const { key, value } of cloud.rows.list('presence')) {
    if (value.state === 'connected') robots.set(key, newTraffic());
  }

  /** The broker still admits it, until the broker's list of revoked certificates includes it. */
  const letGo = (robot: RobotId): Outbound[] => {
    robots.delete(robot);
    if (cloud.rows.get('presence', robot)?.state !== 'connected') return [];
    log.warn(
      { robotId: robot, code: 'decommissioned' },
      'a decommissioned robot is on the broker, its messages are skipped',
    );
    return cloud.disconnected(robot, { reason: 'AUTH_ERROR' }, clock.wallMs());
  };
  const receive = (robot: RobotId, topic: string, payload: Uint8Array): Outbound[] => {
    const known = robots.get(robot);
    const one = known ?? newTraffic();
    const nowMs = clock.wallMs();
    one.lastMs = clock.monoMs();
    const inSecond = countMessage(one, clock.monoMs());
    if (inSecond === messagesPerSecondMax + 1) log.warn({ robotId: robot }, 'messages discarded');
    if (inSecond > messagesPerSecondMax) return [];
    if (cloud.rows.get('decommissioned', robot) !== undefined) return letGo(robot);
    const isNew = known === undefined || topic === upTopic(robot, 'time');
    const events = isNew ? cloud.receivedFrom(robot, nowMs) : [];
    robots.set(robot, one);
    return [...events, ...cloud.receive({ robot, topic, payload }, nowMs)];
  };

  return {
    receive(topic, payload) {
      const robot = robotOf(topic);
      if (robot === undefined) {
        log.debug({ topic: topic.slice(0, 128) }, 'a topic of no robot');
        return [];
      }
      if (faults.isCut(robot, clock.wallMs()) || faults.loses()) return [];
      try {
        return receive(robot, topic, payload);
      } catch (error) {
        // Nothing was stored and nothing is confirmed, so the robot retries.
        log.error({ robotId: robot, code: codeOf(error) }, `the store failed: ${explain(error)}`);
        return [];
      }
    },
    lapse() {
      for (const [robot, { lastMs }] of robots) {
        if (clock.monoMs() - lastMs <= silenceMsMax) continue;
        try {
          cloud.disconnected(robot, { reason: 'MQTT_KEEP_ALIVE_TIMEOUT' }, clock.wallMs());
          robots.delete(robot);
        } catch (error) {
          log.error({ robotId: robot, code: codeOf(error) }, `the store failed: ${explain(error)}`);
        }
      }
    },
    count: () => robots.size,
  };
}

/** The robot whose topic this is. */
function robotOf(topic: string): RobotId | undefined {
  const [head, second = '', third = ''] = topic.split('/');
  if (head === 'robots' && third === 'up' && isRobotId(second)) return second;
  return head === '$aws' && second === 'things' && isRobotId(third) ? third : undefined;
}

/** Counts a message and returns how many there were in this second. */
function countMessage(one: Traffic, nowMs: number): number {
  if (nowMs - one.second.startMs >= 1000) one.second = { startMs: nowMs, messages: 0 };
  one.second.messages += 1;
  return one.second.messages;
}
