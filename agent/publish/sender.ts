import { limits } from '../../protocol/limits.ts';
import type { Observation } from '../events.ts';
import type { Json } from '../kernel/machine.ts';
import type { Journal, Time } from '../kernel/ports.ts';
import type { Link } from '../ports.ts';
import { type Lane, Lanes, laneNames, type Outgoing } from './priorities.ts';
import { type Strike, Suspects } from './suspects.ts';
import { type Bucket, fullBucket, taken, waitMs } from './token-bucket.ts';
import { Trials } from './trials.ts';

/** Most messages, in steps of 5 KB, that this robot sends in the long run. */
export interface PublishBudget {
  readonly perS: number;
  /** Of progress and telemetry. */
  readonly chatPerMin: number;
}

/** Seconds' worth that may go at once. With AWS IoT Core's 100 a second and 512 KiB, 20 a second leave room for this. */
const burstS = 4;
const chatBurst = 20;

/** What a machine has published, at QoS 0. */
export interface Message {
  readonly topic: string;
  readonly payload: Json;
  /** `must` when absent. */
  readonly lane?: Lane;
  /** Which message this is, however often it is sent; its topic when absent. */
  readonly about?: string;
}

export interface Sender {
  send(message: Message): void;
  up(): void;
  drained(): void;
  proved(): void;
  /** Answers which messages the end is put down to. */
  down(observation: Observation): readonly Strike[];
  view(): object;
}

/**
 * Theory of operation. Everything that the robot says goes through here, by priority, within a budget that the machines
 * know nothing of: a body that never stops to change cannot make a robot that never stops to talk. A message costs a
 * token for every 5 KB of it that have begun, which is what clouds bill, and 100 of these are AWS IoT Core's 512 KiB.
 *
 * A message waits for its tokens and for the socket, never for an answer. It waits in bounded lanes, and only while the
 * link is up: the machines send again whatever must arrive. One that is suspected of ending connections is tried apart
 * from the others (`publish/suspects.ts`).
 */
export function createSender(parts: {
  readonly link: Pick<Link, 'publish' | 'probe'>;
  readonly time: Time;
  readonly journal: Journal;
  readonly budget: PublishBudget;
}): Sender {
  const { link, time, journal, budget } = parts;
  const lanes = new Lanes();
  const suspects = new Suspects();
  const nowMs = () => time.now().monoMs;
  let all: Bucket = fullBucket({ perS: budget.perS, burst: burstS * budget.perS }, nowMs());
  let chat: Bucket = fullBucket({ perS: budget.chatPerMin / 60, burst: chatBurst }, nowMs());
  let isUp = false;
  let cancelTimer = (): void => {};

  const trials = new Trials({
    nowMs,
    after: (ms, action) => time.after(ms, action),
    probe: () => link.probe(),
    publish: (message) => publish(message),
    acquitted: (about) => suspects.acquit(about),
    over: () => pump(),
  });

  const waitOf = ({ lane, payload }: Outgoing): number => {
    const cost = costOf(payload);
    const ms = waitMs(all, cost, nowMs());
    return lane === 'must' ? ms : Math.max(ms, waitMs(chat, cost, nowMs()));
  };

  const publish = ({ topic, payload, lane, about }: Outgoing): boolean => {
    if (!link.publish(topic, payload)) return false;
    journal.count('published');
    const cost = costOf(payload);
    all = taken(all, cost, nowMs());
    if (lane !== 'must') chat = taken(chat, cost, nowMs());
    suspects.sent(about, nowMs());
    return true;
  };

  /** The first message of the first lane that has its tokens, and else how long to wait. */
  const choose = (): { message: Outgoing } | { ms: number } | undefined => {
    let ms = Number.POSITIVE_INFINITY;
    for (const lane of laneNames) {
      const message = lanes.first(lane);
      if (message === undefined) continue;
      const wait = waitOf(message);
      if (wait === 0) return { message };
      ms = Math.min(ms, wait);
    }
    return Number.isFinite(ms) ? { ms } : undefined;
  };

  const pump = (): void => {
    cancelTimer();
    while (isUp && !trials.isOn) {
      const chosen = choose();
      if (chosen === undefined) return;
      if ('ms' in chosen) {
        cancelTimer = time.after(chosen.ms, pump);
        return;
      }
      const { message } = chosen;
      if (suspects.has(message.about)) {
        if (!trials.hold(message)) journal.count('publish-dropped/suspect');
      } else if (!publish(message)) return;
      lanes.remove(message);
    }
  };

  return {
    send({ topic, payload, lane = 'must', about = topic }) {
      if (!isUp) return journal.count('publish-not-taken');
      if (suspects.isAside(about, nowMs())) return journal.count('publish-set-aside');
      const bytes = encoder.encode(JSON.stringify(payload));
      if (bytes.byteLength > limits.messageBytesMax) {
        // The broker would end the connection for it, and nobody would see why.
        journal.count('publish-dropped/too-large');
        const { messageBytesMax: bytesMax } = limits;
        const size = { topic, byteCount: bytes.byteLength, bytesMax };
        journal.note('warn', 'publish dropped: larger than the cloud takes', size);
        return;
      }
      const became = lanes.push({ topic, payload: bytes, lane, about });
      if (became !== 'kept') journal.count(`publish-${became}/${lane}`);
      pump();
    },
    up() {
      // The one before may have been given up without an end: its trial would stop this one.
      lanes.clear();
      trials.down();
      isUp = true;
    },
    drained: pump,
    proved() {
      suspects.read();
      trials.proved();
    },
    down(observation) {
      isUp = false;
      cancelTimer();
      const left = lanes.clear() + trials.waiting;
      for (let n = 0; n < left; n++) journal.count('publish-not-taken');
      return suspects.ended(observation, trials.down(), nowMs());
    },
    view: () => ({
      waiting: lanes.waiting,
      held: trials.waiting,
      setAside: suspects.aside(nowMs()),
    }),
  };
}

const encoder = new TextEncoder();

const costOf = ({ byteLength }: Uint8Array): number =>
  Math.max(1, Math.ceil(byteLength / limits.reportListBytes));
