import type { Clock } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isRobotId, type RobotId, upTopic } from '../protocol/topics.ts';
import type { Cloud } from './cloud.ts';
import type { Faults } from './faults.ts';
import type { Outbound } from './ports.ts';

/**
 * Theory of operation. The robots behind an outside broker. Its access rules let only the robot R write below
 * `robots/R/up/` (and `$aws/things/R/`): so the topic tells who speaks, and certificates are the broker's business.
 *
 * A plain broker tells nobody who is connected. A robot is taken as connected from when it is first heard until it has
 * been silent for longer than any robot is: it asks for the time at each link-up, and after a day and a half at most. So
 * commands go out with their pauses until an outcome or their expiry, heard or not; asking for the time means a new
 * connection, and brings waiting commands at once. A thing appears when its robot is first heard. What a decommissioned robot
 * says is dropped: it may well be on the broker still.
 */
export interface BridgeRobots {
  /** A message from the broker; answers what is to be sent. Bad input is dropped and never throws. */
  receive(topic: string, payload: Uint8Array): readonly Outbound[];
  /** Lets go of robots that have been silent for too long. */
  lapse(): void;
  count(): number;
}

/** Longer than the pause between two questions for the time (`agent/time/cloud-time.ts`: 36 hours at most). */
const silenceMsMax = 40 * 3_600_000;
/** As at the stub's own broker; the rest is discarded, so that one robot cannot take all the stub's time. */
const messagesPerSecondMax = 100;

interface Heard {
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
  const heard = new Map<RobotId, Heard>();
  const newlyReceived = (): Heard => ({
    lastMs: clock.monoMs(),
    second: { startMs: clock.monoMs(), messages: 0 },
  });
  // Whoever was connected when the stub stopped still is: the connection is the broker's.
  for (const { key, value } of cloud.operator.list('presence')) {
    if (value.state === 'connected') heard.set(key, newlyReceived());
  }

  /** The broker lets it in all the same, until its list of revoked certificates says otherwise. */
  const letGo = (robot: RobotId): Outbound[] => {
    heard.delete(robot);
    if (cloud.operator.get('presence', robot)?.state !== 'connected') return [];
    log.warn(
      { robotId: robot, code: 'decommissioned' },
      'a decommissioned robot is on the broker, not heard',
    );
    return cloud.disconnected(robot, { reason: 'AUTH_ERROR' }, clock.wallMs());
  };
  const hear = (robot: RobotId, topic: string, payload: Uint8Array): Outbound[] => {
    const known = heard.get(robot);
    const one = known ?? newlyReceived();
    const nowMs = clock.wallMs();
    one.lastMs = clock.monoMs();
    const inSecond = countMessage(one, clock.monoMs());
    if (inSecond === messagesPerSecondMax + 1) log.warn({ robotId: robot }, 'messages discarded');
    if (inSecond > messagesPerSecondMax) return [];
    if (cloud.operator.get('decommissioned', robot) !== undefined) return letGo(robot);
    const isNew = known === undefined || topic === upTopic(robot, 'time');
    const events = isNew ? cloud.heard(robot, nowMs) : [];
    heard.set(robot, one);
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
        return hear(robot, topic, payload);
      } catch (error) {
        // Nothing was stored and nothing is confirmed: the robot tries again.
        log.error({ robotId: robot, code: codeOf(error) }, `the store failed: ${explain(error)}`);
        return [];
      }
    },
    lapse() {
      for (const [robot, { lastMs }] of heard) {
        if (clock.monoMs() - lastMs <= silenceMsMax) continue;
        try {
          cloud.disconnected(robot, { reason: 'MQTT_KEEP_ALIVE_TIMEOUT' }, clock.wallMs());
          heard.delete(robot);
        } catch (error) {
          log.error({ robotId: robot, code: codeOf(error) }, `the store failed: ${explain(error)}`);
        }
      }
    },
    count: () => heard.size,
  };
}

/** The robot whose topic this is. */
function robotOf(topic: string): RobotId | undefined {
  const [head, second = '', third = ''] = topic.split('/');
  if (head === 'robots' && third === 'up' && isRobotId(second)) return second;
  return head === '$aws' && second === 'things' && isRobotId(third) ? third : undefined;
}

/** Counts a message and answers how many there were in this second. */
function countMessage(one: Heard, nowMs: number): number {
  if (nowMs - one.second.startMs >= 1000) one.second = { startMs: nowMs, messages: 0 };
  one.second.messages += 1;
  return one.second.messages;
}
