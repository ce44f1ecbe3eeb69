import { type Clock, delay } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Connection, openConnection } from './bridge.ts';
import type { OutsideBroker } from './bridge-options.ts';
import { createBridgeRobots } from './bridge-robots.ts';
import type { Cloud } from './cloud.ts';
import type { Outbound } from './core/messages.ts';
import type { Entropy } from './core/unit.ts';
import type { Faults } from './faults.ts';
import type { Transport } from './transport.ts';

/**
 * Theory of operation. The cloud as a client of an outside broker (Mosquitto), with a certificate of its own. It
 * subscribes to `robots/+/up/#` and publishes below `robots/R/down/`, all at QoS 0, so it never receives its own
 * messages. What is lost while the connection is down is repeated by whichever side needs an answer. The broker's
 * access rules alone (`docs/mosquitto/acl`) decide who may publish for a robot.
 *
 * The first connection must succeed; otherwise `startBridge` throws an error written for people. After that the bridge
 * reconnects forever: the delay is uniform below a ceiling that doubles from 1 s to 30 s, and resets after a
 * connection that has lasted a minute. One client object per attempt, as in the agent (decision 0006).
 *
 * With `reserved` the shadow and jobs services are served too, below `$aws/things/`. A plain broker treats these topics
 * as any other, so its rules must keep each robot to its own. Renewal is not served: its topics name no robot.
 */
export interface BridgeOptions {
  readonly broker: OutsideBroker;
  readonly reserved: boolean;
  readonly cloud: Cloud;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

const provenMs = 60_000;
const lapseEveryMs = 60_000;

/** Throws `broker-unreachable`, `broker-tls`, `broker-refused`, `broker-faulty` or `broker-timeout`. */
export async function startBridge(options: BridgeOptions): Promise<Transport> {
  const { broker, cloud, faults, clock, log } = options;
  const robots = createBridgeRobots(options);
  const stop = new AbortController();
  let live: Connection | undefined;
  let lost = 0;
  let tooLarge = 0;

  const send = (outbound: readonly Outbound[]) => {
    // The connection is to the broker: the broker's list of revoked certificates decides. Nothing is left to be signed,
    // because renewal is not served.
    cloud.takeTasks();
    for (const { robot, topic, payload } of outbound) {
      // A message without a robot is the cloud's own event, which has no subscribers here.
      if (robot === undefined || !isDown(robot, topic, options.reserved)) continue;
      if (faults.isCut(robot, clock.wallMs()) || faults.loses()) continue;
      if (live?.outbox.push(topic, payload) !== true) lost += 1;
      else cloud.delivered(robot, { topic, bytes: payload.byteLength });
    }
  };
  const receive = (topic: string, payload: Uint8Array) => send(robots.receive(topic, payload));
  // Logs this once per connection: the sender may repeat it without end.
  const open = () => {
    let isNoted = false;
    const skipped = (topic: string, byteCount: number) => {
      tooLarge += 1;
      if (isNoted) return;
      isNoted = true;
      log.warn({ topic: topic.slice(0, 128), byteCount }, 'messages too large, skipped');
    };
    return openConnection(options, { receive, skipped }, stop.signal);
  };

  const first = await open();
  const keepConnected = async () => {
    let failures = 0;
    for (let next: Connection | undefined = first; ; ) {
      if (next !== undefined) {
        live = next;
        const sinceMs = clock.monoMs();
        log.info({ ...placeOf(broker), lost, tooLarge }, 'connected to the broker');
        lost = 0;
        tooLarge = 0;
        const detail = await next.ended;
        live = undefined;
        if (stop.signal.aborted) return;
        log.warn(placeOf(broker), `the broker was lost: ${detail}`);
        if (clock.monoMs() - sinceMs >= provenMs) failures = 0;
      }
      failures += 1;
      await delay(clock, pauseMs(failures, options.entropy), stop.signal);
      next = await open().catch((error: unknown) => {
        if (!stop.signal.aborted) log.warn({ code: codeOf(error) }, explain(error));
        return undefined;
      });
    }
  };
  const lapse = async () => {
    for (;;) {
      await delay(clock, lapseEveryMs, stop.signal);
      robots.lapse();
    }
  };
  const ended = Promise.allSettled([keepConnected(), lapse()]);

  return {
    address: { host: broker.host, port: broker.port },
    send,
    connections: robots.count,
    hasConnections: false,
    guarded: () => undefined,
    async close() {
      stop.abort();
      await ended;
    },
  };
}

/** Only topics that a robot may receive, so that none of our own messages returns to us. */
const isDown = (robot: string, topic: string, reserved: boolean): boolean =>
  topic.startsWith(`robots/${robot}/down/`) ||
  (reserved && topic.startsWith(`$aws/things/${robot}/`));

/** Full jitter, so that several bridges of one broker reconnect at different times. */
const pauseMs = (failures: number, entropy: Entropy): number => {
  const random = Number.parseInt(entropy(4), 16) / 2 ** 32;
  return Math.max(250, random * Math.min(30_000, 1000 * 2 ** Math.min(failures, 10)));
};

const placeOf = ({ host, port, clientId }: OutsideBroker) => ({ host, port, clientId });
