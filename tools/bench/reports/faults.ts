import { randomStream } from '../../../base/random.ts';
import type { LinkName } from './plan.ts';

/** What befalls one connection. Times are ms. */
export interface Fault {
  readonly kind: 'cut' | 'hole' | 'stall';
  /** After it was opened, and not before so much has passed since the fault before. */
  readonly afterMs: number;
  readonly sinceLastMs: number;
  /** Whether the bytes that it strikes still come through. */
  readonly passes: boolean;
  /** How long a hole swallows new connections too, and a stall holds bytes back. */
  readonly lastsMs: number;
}

export interface ConnectionPlan {
  /** Each way. */
  readonly latencyMs: number;
  readonly fault: Fault | undefined;
}

/** A fault that is due waits so long for bytes on their way up, so that it meets messages and not silence. */
export const timeoutMs = 1500;

const cutEveryMs = 3000;
export const killEveryMs = 6000;

/** Publishes a second that the broker has room for; the seed decides which seconds have none. */
export const quotaPerS = 0.5;

/**
 * The plan of a link: answers for each connection in turn what befalls it. The same seed gives the same plan; which of a
 * client's bytes it strikes is the client's own doing.
 */
export function planLink(link: LinkName, seed: number): () => ConnectionPlan {
  const draw = randomStream(seed);
  const between = (least: number, most: number) => Math.round(least + draw() * (most - least));
  return () => {
    const latencyMs = between(20, 60);
    // Drawn for each link, so that all links with one seed are equally slow.
    const early = draw();
    const common = { afterMs: Math.round(80 + early * early * 800), passes: draw() < 0.5 };
    const kind = draw();
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
