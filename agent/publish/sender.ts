import { limits } from '../../protocol/limits.ts';
import type { Observation } from '../events.ts';
import type { Json } from '../kernel/machine.ts';
import type { Journal, Time } from '../kernel/ports.ts';
import type { Link } from '../ports.ts';
import { type Blame, PoisonDetector } from './poison-detector.ts';
import { type Outgoing, type Priority, PriorityQueues, priorities } from './priority-queues.ts';
import { Probes } from './probes.ts';
import { type Bucket, fullBucket, takeTokens, waitMs } from './token-bucket.ts';

/** Long-term limit of messages (in units of 5 KB) that this robot sends. */
export interface PublishBudget {
  readonly perS: number;
  /** Limit of progress and telemetry. */
  readonly lowPriorityPerMin: number;
}

/**
 * Burst, in seconds of the rate. AWS IoT Core allows 100 messages a second and 512 KiB; 20 a second leave room for
 * this.
 */
const burstS = 4;
const lowPriorityBurst = 20;

/** A publish request of a machine, at QoS 0. */
export interface Message {
  readonly topic: string;
  readonly payload: Json;
  /** `must` when absent. */
  readonly priority?: Priority;
  /** Identifies the message across repeated sends; the topic when absent. */
  readonly about?: string;
}

export interface Sender {
  send(message: Message): void;
  up(): void;
  drained(): void;
  proved(): void;
  /** Returns the messages that are blamed for the end. */
  down(observation: Observation): readonly Blame[];
  view(): object;
}

/**
 * Theory of operation. Every message of the robot goes through here, by priority and within a rate limit that the
 * machines need not know: a body that changes all the time cannot make the robot publish all the time. A message costs
 * one token for every 5 KB or part of it, which is the unit that clouds bill. 100 of these are AWS IoT Core's 512 KiB.
 *
 * A message waits for its tokens and for the socket, never for an answer. It waits in a bounded queue and only while
 * the link is up; the machines resend whatever must arrive. A message that is suspected of ending connections is probed
 * apart from the others (`publish/poison-detector.ts`).
 */
export function createSender(parts: {
  readonly link: Pick<Link, 'publish' | 'probe'>;
  readonly time: Time;
  readonly journal: Journal;
  readonly budget: PublishBudget;
}): Sender {
  const { link, time, journal, budget } = parts;
  const queues = new PriorityQueues();
  const poison = new PoisonDetector();
  const nowMs = () => time.now().monoMs;
  let all: Bucket = fullBucket({ perS: budget.perS, burst: burstS * budget.perS }, nowMs());
  let lowPriority: Bucket = fullBucket(
    { perS: budget.lowPriorityPerMin / 60, burst: lowPriorityBurst },
    nowMs(),
  );
  let isUp = false;
  let cancelTimer = (): void => {};

  const probes = new Probes({
    nowMs,
    after: (ms, action) => time.after(ms, action),
    probe: () => link.probe(),
    publish: (message) => publish(message),
    cleared: (about) => poison.clear(about),
    over: () => pump(),
  });

  const waitOf = ({ priority, payload }: Outgoing): number => {
    const cost = costOf(payload);
    const ms = waitMs(all, cost, nowMs());
    return priority === 'must' ? ms : Math.max(ms, waitMs(lowPriority, cost, nowMs()));
  };

  const publish = ({ topic, payload, priority, about }: Outgoing): boolean => {
    if (!link.publish(topic, payload)) return false;
    journal.count('published');
    const cost = costOf(payload);
    all = takeTokens(all, cost, nowMs());
    if (priority !== 'must') lowPriority = takeTokens(lowPriority, cost, nowMs());
    poison.sent(about, nowMs());
    return true;
  };

  /** The first message of the highest priority that has its tokens; otherwise the time to wait. */
  const choose = (): { message: Outgoing } | { ms: number } | undefined => {
    let ms = Number.POSITIVE_INFINITY;
    for (const priority of priorities) {
      const message = queues.first(priority);
      if (message === undefined) continue;
      const wait = waitOf(message);
      if (wait === 0) return { message };
      ms = Math.min(ms, wait);
    }
    return Number.isFinite(ms) ? { ms } : undefined;
  };

  const pump = (): void => {
    cancelTimer();
    while (isUp && !probes.isOn) {
      const chosen = choose();
      if (chosen === undefined) return;
      if ('ms' in chosen) {
        cancelTimer = time.after(chosen.ms, pump);
        return;
      }
      const { message } = chosen;
      if (poison.has(message.about)) {
        if (!probes.hold(message)) journal.count('publish-dropped', 'suspect');
      } else if (!publish(message)) return;
      queues.remove(message);
    }
  };

  return {
    send({ topic, payload, priority = 'must', about = topic }) {
      if (!isUp) return journal.count('publish-not-taken');
      if (poison.isSkipped(about, nowMs())) return journal.count('publish-skipped');
      const bytes = encoder.encode(JSON.stringify(payload));
      if (bytes.byteLength > limits.messageBytesMax) {
        // The broker would close the connection because of it, without a reason.
        journal.count('publish-dropped', 'too-large');
        const { messageBytesMax: bytesMax } = limits;
        const size = { topic, byteCount: bytes.byteLength, bytesMax };
        journal.note('warn', 'publish dropped: larger than the cloud accepts', size);
        return;
      }
      const became = queues.push({ topic, payload: bytes, priority, about });
      if (became !== 'kept') journal.count(`publish-${became}`, priority);
      pump();
    },
    up() {
      // The attempt before may have been dropped without an end; its probe would block this one.
      queues.clear();
      probes.down();
      isUp = true;
    },
    drained: pump,
    proved() {
      poison.read();
      probes.proved();
    },
    down(observation) {
      isUp = false;
      cancelTimer();
      const left = queues.clear() + probes.waiting;
      for (let n = 0; n < left; n++) journal.count('publish-not-taken');
      return poison.ended(observation, probes.down(), nowMs());
    },
    view: () => ({
      waiting: queues.waiting,
      held: probes.waiting,
      skipped: poison.skipped(nowMs()),
    }),
  };
}

const encoder = new TextEncoder();

const costOf = ({ byteLength }: Uint8Array): number =>
  Math.max(1, Math.ceil(byteLength / limits.reportListBytes));
