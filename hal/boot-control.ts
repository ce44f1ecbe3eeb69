/**
 * Which slot the board boots, and whether the running one is confirmed (A/B update).
 *
 * INVARIANT: at every instant, after any power cut, the board boots a complete slot. Every change is durable when its
 * promise resolves, and happens in one step. Methods reject with `code` `unavailable` (repeating is safe) or `refused`.
 *
 * A damaged image is never started. When a confirmed slot is damaged, or fails several starts in a row, the board
 * switches to the other confirmed slot. The count of failed starts resets once the slot's agent has been healthy for a
 * minute.
 */
export interface BootControl {
  state(signal: AbortSignal): Promise<BootState>;
  /**
   * Makes `slot` the next one to boot, on trial: unless it is confirmed, the board falls back to the present one after
   * `attempts` failed starts. Refused unless the slot is `complete` and not the booted one. Repeating is safe.
   */
  arm(slot: string, options: { attempts: number }, signal: AbortSignal): Promise<void>;
  /** Marks the booted slot as good. Refused when `slot` is not the one really booted. Repeating is safe. */
  confirm(slot: string, signal: AbortSignal): Promise<void>;
}

export interface BootState {
  /** The slot that is running now. */
  readonly booted: string;
  /** The slot of the next boot. */
  readonly next: string;
  /** True while the booted slot is on trial. */
  readonly onTrial: boolean;
  readonly slots: readonly Slot[];
  /** The newest fallback, from a trial or from a confirmed slot; kept until the next `arm`. */
  readonly fallback?: Fallback;
}

export interface Slot {
  readonly name: string;
  /**
   * `empty`: never booted, content unknown (also while being written); `complete`: written and checked, never booted;
   * `trial`: armed or booted, not confirmed; `good`: confirmed; `bad`: failed its trial, or was confirmed and then
   * became damaged or no longer started. A `bad` slot boots only when no other can.
   */
  readonly state: 'empty' | 'complete' | 'trial' | 'good' | 'bad';
  /** For a trial: the starts that it was armed with, and those that are left. */
  readonly attempts?: number;
  readonly attemptsLeft?: number;
  /** For a confirmed slot: the number of failed starts in a row. */
  readonly failedStarts?: number;
  /** SHA-256 of the image, hex, in all states but `empty`. */
  readonly sha256?: string;
}

export interface Fallback {
  readonly slot: string;
  /**
   * `crashed`: the program ended, or could not be started; `hung`: the watchdog fired; `unconfirmed`: it was rebooted
   * before it was confirmed; `damaged`: the slot does not hold the expected image, so it was not started.
   */
  readonly reason: 'crashed' | 'hung' | 'unconfirmed' | 'damaged';
  /** For people, such as `exit code 1`. */
  readonly detail: string;
  /** The number of starts; absent when the board does not know it. */
  readonly starts?: number;
  /** The board fell back from a slot that had been confirmed. */
  readonly wasConfirmed?: boolean;
}
