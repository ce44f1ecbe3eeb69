import type { Observation } from '../events.ts';

/** A message whose sending has ended the connection. */
export interface Strike {
  readonly about: string;
  /** The third: it is set aside. */
  readonly isLast: boolean;
}

const strikesMax = 3;
/** A forbidden publish ends the connection as soon as the broker has read it; slow links have some time. */
const recentMs = 10_000;
const asideMs = 86_400_000;
const knownMax = 64;

/**
 * Theory of operation. Brokers answer a message that they do not allow by closing, and a robot that sends it again at
 * every connection has none. Who is to blame is found in two steps. When the broker closes, all that was sent in the
 * last seconds is suspect and has its first strike. From then on a suspect is sent alone: after the broker has
 * answered a ping, so that nothing else is on its way, and with a ping behind it. The answer acquits it; a close before
 * the answer is the next strike. With the third it is set aside for a day, after which one more is enough.
 *
 * Only a close by the other side counts. A network that goes away says nothing, and no Wi-Fi may make a report a dead
 * letter. Nothing is stored: an agent that starts again gives three chances.
 */
export class Suspects {
  #recent: { readonly about: string; readonly atMs: number }[] = [];
  readonly #strikes = new Map<string, number>();
  readonly #aside = new Map<string, number>();

  sent(about: string, nowMs: number): void {
    this.#recent = this.#recent.filter(({ atMs }) => nowMs - atMs < recentMs).slice(-knownMax);
    this.#recent.push({ about, atMs: nowMs });
  }

  has(about: string): boolean {
    return this.#strikes.has(about);
  }

  /** All that was sent has been read, and the connection lives; so is `alone` acquitted, if it was on its way. */
  read(alone: string | undefined): void {
    this.#recent = [];
    if (alone !== undefined) this.#strikes.delete(alone);
  }

  isAside(about: string, nowMs: number): boolean {
    const untilMs = this.#aside.get(about);
    if (untilMs !== undefined && nowMs >= untilMs) this.#aside.delete(about);
    return this.#aside.has(about);
  }

  /** The connection has ended; `alone` was on its way with nothing else. Answers who has got a strike. */
  ended({ kind, code }: Observation, alone: string | undefined, nowMs: number): Strike[] {
    const recent = this.#recent.filter(({ atMs }) => nowMs - atMs < recentMs);
    this.#recent = [];
    if (kind !== 'lost' || !closes.has(code)) return [];
    const abouts = alone === undefined ? recent.map(({ about }) => about) : [alone];
    return [...new Set(abouts)].map((about) => this.#strike(about, nowMs));
  }

  /** What is set aside now. */
  aside(nowMs: number): string[] {
    return [...this.#aside.keys()].filter((about) => this.isAside(about, nowMs));
  }

  #strike(about: string, nowMs: number): Strike {
    const strikes = (this.#strikes.get(about) ?? 0) + 1;
    if (strikes >= strikesMax) this.#aside.set(about, nowMs + asideMs);
    this.#strikes.delete(about);
    this.#strikes.set(about, Math.min(strikes, strikesMax - 1));
    for (const known of [this.#strikes, this.#aside]) {
      const [oldest] = known.keys();
      if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
    }
    return { about, isLast: strikes >= strikesMax };
  }
}

/** How Node tells that the other side has closed. */
const closes: ReadonlySet<string> = new Set(['closed', 'ECONNRESET', 'EPIPE']);
