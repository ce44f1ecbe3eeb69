import { describe, expect, it } from 'vitest';
import { createBodies } from '../../../cloud-stub/http/bodies.ts';

const bounds = { provenBytesMax: 100, unprovenBytesMax: 10 };

describe('bodies in memory', () => {
  it('are evicted, the oldest first, when unverified and the pool is full', () => {
    const bodies = createBodies(bounds);
    const evicted: string[] = [];
    const lease = (name: string, bytes: number) =>
      bodies.lease(bytes, { isProven: false, evict: () => void evicted.push(name) });
    lease('a', 4);
    lease('b', 4);
    lease('c', 2);
    lease('d', 6);
    expect(evicted).toEqual(['a', 'b']);
    expect(lease('e', 11)).toBeUndefined();
    expect(evicted).toEqual(['a', 'b']);
  });

  it('are accepted when verified while there is room, and evict none', () => {
    const bodies = createBodies(bounds);
    const caller = {
      isProven: true,
      evict: () => {
        throw new Error('evicted');
      },
    };
    const first = bodies.lease(60, caller);
    expect(bodies.lease(41, caller)).toBeUndefined();
    const second = bodies.lease(40, caller);
    first?.[Symbol.dispose]();
    // A second dispose frees nothing.
    first?.[Symbol.dispose]();
    expect(bodies.lease(61, caller)).toBeUndefined();
    expect(bodies.lease(60, caller)).toBeDefined();
    second?.[Symbol.dispose]();
  });

  it('use no memory of the verified pool when unverified', () => {
    const bodies = createBodies(bounds);
    for (let n = 0; n < 100; n++) bodies.lease(10, { isProven: false, evict: () => {} });
    expect(bodies.lease(100, { isProven: true, evict: () => {} })).toBeDefined();
  });
});
