/** How an agent runs; what brings safe mode stands in `supervise/crashes.ts`. */
export interface Mode {
  /** Only what a repair over the air needs. */
  readonly isSafe: boolean;
  /** The machine whose crashes brought safe mode, if any can be named. */
  readonly suspect: string | null;
  /** A machine whose stored values have to be quarantined, so that it begins anew. */
  readonly quarantine: string | null;
}

export const whole: Mode = { isSafe: false, suspect: null, quarantine: null };
