/**
 * Which slot the board boots, and whether the running one has proved itself (A/B update).
 *
 * INVARIANT: at every instant, after any power cut, the board boots a complete slot. Every change is durable when its
 * promise resolves, and happens in one step. Methods reject with `code` `unavailable` (repeating is safe) or `refused`.
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
  /** The newest fall-back, kept until the next `arm`. */
  readonly fallback?: Fallback;
}

export interface Slot {
  readonly name: string;
  /**
   * `empty`: never boot, content unknown (also while being written); `complete`: written and checked, never booted;
   * `trial`: armed or booted, not confirmed; `good`: confirmed; `bad`: failed its trial.
   */
  readonly state: 'empty' | 'complete' | 'trial' | 'good' | 'bad';
  readonly attemptsLeft?: number;
  /** SHA-256 of the image, hex, in all states but `empty`. */
  readonly sha256?: string;
}

export interface Fallback {
  readonly slot: string;
  /** `crashed`: the program ended; `hung`: the watchdog fired; `unconfirmed`: it was rebooted before it was confirmed. */
  readonly reason: 'crashed' | 'hung' | 'unconfirmed';
  /** For people, such as `exit code 1`. */
  readonly detail: string;
}
