/**
 * Which slot the board boots, and whether the running one has proved itself (A/B update).
 *
 * INVARIANT: at every instant, after any power cut, the board boots a complete slot. Every change is durable when its
 * promise resolves, and happens in one step. Methods reject with `code` `unavailable` (repeating is safe) or `refused`.
 *
 * A damaged image is never started. A confirmed slot that is damaged, or fails start after start, is left for the other
 * good one; starts after which its agent was well for a minute do not count.
 */
export interface BootControl {
  state(signal: AbortSignal): Promise<BootState>;
  /**
   * Makes `slot` the next one to boot, on trial: unless it is confirmed, the board falls back to the present one after
   * `attempts` failed starts. Refused unless the slot is `complete` and not the booted one. Repeating is safe.
   */
  arm(slot: string, options: { attempts: number }, signal: AbortSignal): Promise<void>;
  /** The booted slot is good from now on. Refused when `slot` is not the one really booted. Repeating is safe. */
  confirm(slot: string, signal: AbortSignal): Promise<void>;
}

export interface BootState {
  /** The slot that is running now. */
  readonly booted: string;
  /** The slot that the next boot takes. */
  readonly next: string;
  /** True while the booted slot is on trial. */
  readonly onTrial: boolean;
  readonly slots: readonly Slot[];
  /** The newest fall-back, from a trial or from a confirmed slot; kept until the next `arm`. */
  readonly fallback?: Fallback;
}

export interface Slot {
  readonly name: string;
  /**
   * `empty`: never boot, content unknown (also while being written); `complete`: written and checked, never booted;
   * `trial`: armed or booted, not confirmed; `good`: confirmed; `bad`: failed its trial, or was left after it was
   * confirmed, because it did not start any more or is damaged. What is `bad` boots only when nothing else can.
   */
  readonly state: 'empty' | 'complete' | 'trial' | 'good' | 'bad';
  /** Of a trial: the starts that it was armed with, and those of them that it has still. */
  readonly attempts?: number;
  readonly attemptsLeft?: number;
  /** Of a confirmed slot: starts that failed in a row. */
  readonly failedStarts?: number;
  /** SHA-256 of the image, hex, in all states but `empty`. */
  readonly sha256?: string;
}

export interface Fallback {
  readonly slot: string;
  /**
   * `crashed`: the program ended, or could not be started; `hung`: the watchdog fired; `unconfirmed`: it was rebooted
   * before it was confirmed; `damaged`: the slot does not hold the image that it should, so it was not started.
   */
  readonly reason: 'crashed' | 'hung' | 'unconfirmed' | 'damaged';
  /** For people, such as `exit code 1`. */
  readonly detail: string;
  /** How many starts there were; absent when the board does not know. */
  readonly starts?: number;
  /** A slot was left that had been confirmed. */
  readonly wasConfirmed?: boolean;
}
