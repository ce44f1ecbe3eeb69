import { PilotfishError } from '../../base/errors.ts';

/** The process around an agent, as the agent's requests see it. */
export interface Host {
  /** What stands first in the status: safe mode, a store that takes nothing. Empty in good times. */
  report(): object;
  /** Ends safe mode now. Throws `not-in-safe-mode`. */
  leaveSafeMode(): void;
}

/** Around an agent that has no process of its own. */
export const noHost: Host = {
  report: () => ({}),
  leaveSafeMode() {
    throw new PilotfishError('not-in-safe-mode', 'the agent runs whole');
  },
};
