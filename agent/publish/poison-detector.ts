import type { Observation } from '../events.ts';

/** A message that is blamed for the end of a connection. */
export interface Blame {
  readonly about: string;
  /** The third blame: the message is quarantined. */
  readonly isLast: boolean;
}

/** The messages in flight when a connection ended. */
export interface ConnectionEnd {
  /** The message that was being probed: sent alone, and not yet answered. */
  readonly probed: string | undefined;
  /** Suspects that had not been sent. */
  readonly withheld: readonly string[];
}

const blamesMax = 3;
/** The broker closes as soon as it has read a forbidden publish; slow links get some extra time. */
const recentMs = 10_000;
const skipMs = 86_400_000;
const knownMax = 64;

/**
 * Theory of operation. A broker answers a message that it does not allow by closing the connection. A robot that sends
 * the message again on every connection is never online. But networks close connections as well, and a valid report
 * must not become a dead letter because of bad Wi-Fi.
 *
 * When the other side closes, every message sent in the last seconds becomes a suspect. A suspect is no longer sent
 * together with others: it is held back and later probed alone (`probes.ts`). A close during its probe adds one blame.
 * The third blame quarantines the message for 24 h; after that one blame suffices. An answer clears a suspect, and so
 * does a connection that ends while the suspect is held back: it was not the cause. Timeouts and network errors never
 * blame.
 *
 * Nothing is stored: after a restart every message has three chances again.
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

  /** The broker has read all that was sent, and the connection is still up. */
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

  /** The messages in quarantine. */
  skipped(nowMs: number): string[] {
    return [...this.#skipped.keys()].filter((about) => this.isSkipped(about, nowMs));
  }

  /** The connection has ended. Returns the messages that are blamed for it. */
  ended({ kind, code }: Observation, { probed, withheld }: ConnectionEnd, nowMs: number): Blame[] {
    const recent = this.#recent.filter(({ atMs }) => nowMs - atMs < recentMs);
    this.#recent = [];
    if (kind !== 'lost' || !closes.has(code)) return [];
    if (probed !== undefined) return [this.#blame(probed, nowMs)];
    for (const about of withheld) this.clear(about);
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

  /** Adds it as the newest entry; the oldest is evicted. */
  #remember(known: Map<string, number>, about: string, value: number): void {
    known.delete(about);
    known.set(about, value);
    const [oldest] = known.keys();
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
  }
}

/** Node's codes for a close by the other side. */
const closes: ReadonlySet<string> = new Set(['closed', 'ECONNRESET', 'EPIPE']);
