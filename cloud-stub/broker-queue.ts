import { matches } from './access.ts';

interface Packet {
  readonly topic: string;
}
type Done = () => void;
type Receive = (packet: Packet, done: Done) => void;

/** The message queue in the form that the broker library requires. */
export interface BrokerQueue {
  on(filter: string, receive: Receive, done?: Done): void;
  removeListener(filter: string, receive: Receive, done?: Done): void;
  emit(packet: Packet, done?: Done): void;
  close(done?: Done): void;
}

const isFirst = (topic: string): boolean => topic.startsWith('$SYS/');

/**
 * Carries the library's own events and nothing else. What robots publish reaches the cloud by the hook `published`, and
 * the cloud writes to each robot's connection directly (`sessions.ts`).
 *
 * A shared queue would fail in two ways. A robot that subscribes to what it publishes and does not read would delay the
 * others and fill the memory. And the library empties its queue by recursion, which ends the process when the queue is
 * long.
 */
export function createBrokerQueue(): BrokerQueue {
  const listeners = new Map<Receive, string>();
  return {
    on(filter, receive, done) {
      if (isFirst(filter)) listeners.set(receive, filter);
      done?.();
    },
    removeListener(_filter, receive, done) {
      listeners.delete(receive);
      done?.();
    },
    emit(packet, done) {
      if (isFirst(packet.topic)) {
        for (const [receive, filter] of listeners)
          if (matches(filter, packet.topic)) receive(packet, () => {});
      }
      done?.();
    },
    close: (done) => done?.(),
  };
}
