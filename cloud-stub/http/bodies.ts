/**
 * The bodies that are held in memory, bounded together. A body whose signature is known to be right needs its place and
 * waits for nobody. Of a body whose signature can only be checked when all of it is there, anybody may send as many as they
 * like: so there is little room for these, and one too many ends the oldest, which has had its time.
 */
export interface Bodies {
  /** Takes a place; undefined when there is none. `evict` is called when a body without proof must make room. */
  lease(bytes: number, caller: { isProven: boolean; evict: () => void }): Lease | undefined;
}

/** A body's place; disposing of it gives it back. */
export type Lease = Disposable;

export interface BodyBounds {
  readonly provenBytesMax: number;
  readonly unprovenBytesMax: number;
}

export const bodyBounds: BodyBounds = {
  provenBytesMax: 32 * 1024 * 1024,
  unprovenBytesMax: 2 * 1024 * 1024,
};

export function createBodies(bounds: BodyBounds = bodyBounds): Bodies {
  const proven = createPool(bounds.provenBytesMax);
  const unproven = createPool(bounds.unprovenBytesMax);
  return {
    lease(bytes, { isProven, evict }) {
      if (isProven) return proven.take(bytes);
      if (bytes > bounds.unprovenBytesMax) return undefined;
      let lease = unproven.take(bytes, evict);
      while (lease === undefined) {
        unproven.evictOldest();
        lease = unproven.take(bytes, evict);
      }
      return lease;
    },
  };
}

interface Held {
  readonly bytes: number;
  readonly evict: () => void;
}

function createPool(bytesMax: number) {
  /** Oldest first, as sets are. */
  const held = new Set<Held>();
  let bytesHeld = 0;
  const giveBack = (one: Held) => {
    if (held.delete(one)) bytesHeld -= one.bytes;
  };
  return {
    take(bytes: number, evict = () => {}): Lease | undefined {
      if (bytesHeld + bytes > bytesMax) return undefined;
      const one = { bytes, evict };
      held.add(one);
      bytesHeld += bytes;
      return { [Symbol.dispose]: () => giveBack(one) };
    },
    evictOldest() {
      const [first] = held;
      if (first === undefined) return;
      giveBack(first);
      first.evict();
    },
  };
}
