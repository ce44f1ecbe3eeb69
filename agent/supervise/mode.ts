/** How an agent runs; `supervise/crashes.ts` explains what starts safe mode. */
export interface Mode {
  /** Only the machines that a repair over the air needs. */
  readonly isSafe: boolean;
  /** The machine whose crashes started safe mode, if known. */
  readonly suspect: string | null;
  /** A machine whose stored values must be quarantined, so that it starts anew. */
  readonly quarantine: string | null;
}

export const normalMode: Mode = { isSafe: false, suspect: null, quarantine: null };
