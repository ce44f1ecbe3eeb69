import type { Observation } from '../events.ts';

/** A message that a connection's end is put down to. */
export interface Blame {
  readonly about: string;
  /** The third: it is set aside. */
  readonly isLast: boolean;
}

/** What was on its way when a connection ended. */
export interface ConnectionEnd {
  /** The message that was on trial: sent, with nothing else, and not yet answered for. */
  readonly tried: string | undefined;
  /** Suspects that had not been sent. */
  readonly held: readonly string[];
}

const blamesMax = 3;
/** A forbidden publish ends the connection as soon as the broker has read it; slow links have some time. */
const recentMs = 10_000;
const skipMs = 86_400_000;
const knownMax = 64;

/**
 * Theory of operation. Brokers answer a message that they do not allow by closing, and a robot that sends it again at
 * every connection has none. But home networks end connections as well, and no Wi-Fi may make a report a dead letter.
 *
 * When the other side closes, all that was sent in the last seconds is suspect. A suspect is not sent with others any
 * more: it is held back, and has a trial of its own (`trials.ts`). A close during its trial is a strike; the third sets
 * it aside for a day, after which one more is enough. An answer acquits it, and so does a connection that ends while it
 * is held back: connections end without it. Silence, and errors of the network, count for nothing.
 *
 * Nothing is stored: an agent that starts again gives three chances.
 */
export class PoisonDetector {
  #recent: { readonly about: string; readonly atMs: number }[] = [];
  readonly #blames = new Map<string, number>();
  readonly #skipped = new Map<string, number>();

  sent(about: string, nowMs: number): void {
    this.#recent = this.#recent.filter(({ atMs }) => nowMs - atMs < recentMs).slice(-knownMax);
    this.#recent.push({ about, atMs: nowMs });
  }

  has(about: string): boolean {
    return this.#blames.has(about);
  }

  /** All that was sent has been read, and the connection lives. */
  read(): void {
    this.#recent = [];
  }

  clear(about: string): void {
    this.#blames.delete(about);
  }

  isSkipped(about: string, nowMs: number): boolean {
    const untilMs = this.#skipped.get(about);
    if (untilMs !== undefined && nowMs >= untilMs) this.#skipped.delete(about);
    return this.#skipped.has(about);
  }

  /** What is set aside now. */
  skipped(nowMs: number): string[] {
    return [...this.#skipped.keys()].filter((about) => this.isSkipped(about, nowMs));
  }

  /** The connection has ended. Answers who is suspect for it. */
  ended({ kind, code }: Observation, { tried, held }: ConnectionEnd, nowMs: number): Blame[] {
    const recent = this.#recent.filter(({ atMs }) => nowMs - atMs < recentMs);
    this.#recent = [];
    if (kind !== 'lost' || !closes.has(code)) return [];
    if (tried !== undefined) return [this.#blame(tried, nowMs)];
    for (const about of held) this.clear(about);
    const abouts = [...new Set(recent.map(({ about }) => about))];
    for (const about of abouts) this.#remember(this.#blames, about, this.#blames.get(about) ?? 0);
    return abouts.map((about) => ({ about, isLast: false }));
  }

  #blame(about: string, nowMs: number): Blame {
    const blames = (this.#blames.get(about) ?? 0) + 1;
    const isLast = blames >= blamesMax;
    if (isLast) this.#remember(this.#skipped, about, nowMs + skipMs);
    this.#remember(this.#blames, about, Math.min(blames, blamesMax - 1));
    return { about, isLast };
  }

  /** As the newest; the oldest is forgotten for it. */
  #remember(known: Map<string, number>, about: string, value: number): void {
    known.delete(about);
    known.set(about, value);
    const [oldest] = known.keys();
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
  }
}

/** How Node tells that the other side has closed. */
const closes: ReadonlySet<string> = new Set(['closed', 'ECONNRESET', 'EPIPE']);
