/**
 * Bounds the memory of all request bodies together. A body with a verified signature gets its memory and does not
 * compete with unverified ones. Some signatures can be checked only when the whole body has arrived, and anybody may
 * send such bodies. So these share a small pool. When it is full, the oldest is evicted, which has had the most time.
 */
export interface Bodies {
  /** Reserves memory; undefined when there is none. `evict` is called when an unverified body must make room. */
  lease(bytes: number, caller: { isProven: boolean; evict: () => void }): Lease | undefined;
}

/** A body's reserved memory; disposing of it frees it. */
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

interface InFlight {
  readonly bytes: number;
  readonly evict: () => void;
}

function createPool(bytesMax: number) {
  /** Oldest first: a set keeps insertion order. */
  const inFlight = new Set<InFlight>();
  let bytesInFlight = 0;
  const giveBack = (one: InFlight) => {
    if (inFlight.delete(one)) bytesInFlight -= one.bytes;
  };
  return {
    take(bytes: number, evict = () => {}): Lease | undefined {
      if (bytesInFlight + bytes > bytesMax) return undefined;
      const one = { bytes, evict };
      inFlight.add(one);
      bytesInFlight += bytes;
      return { [Symbol.dispose]: () => giveBack(one) };
    },
    evictOldest() {
      const [first] = inFlight;
      if (first === undefined) return;
      giveBack(first);
      first.evict();
    },
  };
}
