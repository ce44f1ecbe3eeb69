import { matches } from './access.ts';

interface Packet {
  readonly topic: string;
}
type Done = () => void;
type Hear = (packet: Packet, done: Done) => void;

/** The message queue as the broker library wants it. */
export interface BrokerQueue {
  on(filter: string, hear: Hear, done?: Done): void;
  removeListener(filter: string, hear: Hear, done?: Done): void;
  emit(packet: Packet, done?: Done): void;
  close(done?: Done): void;
}

const isFirst = (topic: string): boolean => topic.startsWith('$SYS/');

/**
 * Carries the library's own news and nothing else. What robots publish reaches the cloud by the hook `published`, and
 * the cloud writes to each robot's connection directly (`sessions.ts`).
 *
 * In a queue for all, a robot that subscribes what it publishes and does not read would hold up the others and fill the
 * memory; and the library empties its queue by recursion, which ends the process when much has gathered.
 */
export function createBrokerQueue(): BrokerQueue {
  const heard = new Map<Hear, string>();
  return {
    on(filter, hear, done) {
      if (isFirst(filter)) heard.set(hear, filter);
      done?.();
    },
    removeListener(_filter, hear, done) {
      heard.delete(hear);
      done?.();
    },
    emit(packet, done) {
      if (isFirst(packet.topic)) {
        for (const [hear, filter] of heard)
          if (matches(filter, packet.topic)) hear(packet, () => {});
      }
      done?.();
    },
    close: (done) => done?.(),
  };
}
