/** The board under the agent: its boots, its power, its watchdog. Rejects with `code` `unavailable` or `refused`. */
export interface System {
  /** Identifies the board's present boot and the hardware; the same for all agent starts of one boot. */
  info(signal: AbortSignal): Promise<SystemInfo>;
  /** Reboots the board; the promise may never resolve. Asking again while it is under way changes nothing. */
  reboot(reason: string, signal: AbortSignal): Promise<void>;
  /**
   * Moves the system clock forward to `wallMs` (ms since 1970); repeating is safe. It never moves the clock back: a clock
   * that shows more stays as it is. Needs a privilege that the agent itself does not have.
   */
  setClock(wallMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Moves the system clock back to `wallMs`, after `setClock` had been asked for too much; repeating is safe. A clock that
   * shows less stays as it is. Only asked for of a clock that its agent has set. A board whose clock is synchronised, or
   * not to be set, refuses.
   */
  setClockBack(wallMs: number, signal: AbortSignal): Promise<void>;
  /** Tells the supervisor that the agent is alive. Without it for `watchdogS` seconds the agent is restarted. */
  kick(signal: AbortSignal): Promise<void>;
}

export interface SystemInfo {
  readonly bootId: string;
  /** What images must be made for, such as `sim-board-1`. */
  readonly hardwareId: string;
  readonly watchdogS: number;
  /** The system clock is kept by a time service that has reached its servers (NTP); absent: not known. */
  readonly isClockSynced?: boolean;
}
