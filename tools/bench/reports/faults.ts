import { randomStream } from '../../../base/random.ts';
import type { LinkName } from './plan.ts';

/** The fault of one connection. Times are ms. */
export interface Fault {
  readonly kind: 'cut' | 'hole' | 'stall';
  /** Time after the opening, and the shortest interval since the previous fault. */
  readonly afterMs: number;
  readonly sinceLastMs: number;
  /** Whether the bytes that the fault meets still get through. */
  readonly passes: boolean;
  /** How long a black hole swallows new connections too, or a stall delays bytes. */
  readonly lastsMs: number;
}

export interface ConnectionPlan {
  /** Each way. */
  readonly latencyMs: number;
  readonly fault: Fault | undefined;
}

/** A due fault waits this long for upstream bytes, so that it meets messages and not an idle link. */
export const timeoutMs = 1500;

const cutEveryMs = 3000;
export const killEveryMs = 6000;

/** Publishes a second that the broker accepts; the seed decides in which seconds it accepts none. */
export const quotaPerS = 0.5;

/**
 * The fault plan of a link: returns the fault of each connection in turn. The same seed gives the same plan; which of a
 * client's bytes a fault meets depends on the client.
 */
export function planLink(link: LinkName, seed: number): () => ConnectionPlan {
  const random = randomStream(seed);
  const between = (least: number, most: number) => Math.round(least + random() * (most - least));
  return () => {
    const latencyMs = between(20, 60);
    // Drawn for each link, so that all links with one seed are equally slow.
    const early = random();
    const common = { afterMs: Math.round(80 + early * early * 800), passes: random() < 0.5 };
    const kind = random();
    if (link === 'cut') {
      const fault = { ...common, kind: 'cut', sinceLastMs: cutEveryMs, lastsMs: 0 } as const;
      return { latencyMs, fault };
    }
    if (link === 'black-hole' && kind < 0.7) {
      const lastsMs = between(1000, 3000);
      const what = kind < 0.35 ? 'hole' : 'stall';
      return { latencyMs, fault: { ...common, kind: what, sinceLastMs: 0, lastsMs } };
    }
    return { latencyMs, fault: undefined };
  };
}
