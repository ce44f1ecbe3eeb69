/** The board under the agent: its boots, its power, its watchdog. Rejects with `code` `unavailable` or `refused`. */
export interface System {
  /** Identifies the board's present boot and the hardware; the same for all agent starts of one boot. */
  info(signal: AbortSignal): Promise<SystemInfo>;
  /** Reboots the board; the promise may never resolve. A second request while a reboot is under way has no effect. */
  reboot(reason: string, signal: AbortSignal): Promise<void>;
  /**
   * Moves the system clock forward to `wallMs` (ms since 1970); repeating is safe. It never moves the clock back: a
   * clock that is already ahead stays as it is. Needs a privilege that the agent itself does not have.
   */
  setClock(wallMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Moves the system clock back to `wallMs`, after a `setClock` that went too far; repeating is safe. A clock that is
   * already behind stays as it is. Called only for a clock that the agent has set. Refused by a board whose clock is
   * synchronised or may not be set.
   */
  setClockBack(wallMs: number, signal: AbortSignal): Promise<void>;
  /** Reports to the supervisor that the agent is alive. Without it for `watchdogS` seconds the agent is restarted. */
  kick(signal: AbortSignal): Promise<void>;
}

export interface SystemInfo {
  readonly bootId: string;
  /** The hardware id that images must match, such as `sim-board-1`. */
  readonly hardwareId: string;
  readonly watchdogS: number;
  /** The system clock is kept by a time service that has reached its servers (NTP); absent: not known. */
  readonly isClockSynced?: boolean;
}
