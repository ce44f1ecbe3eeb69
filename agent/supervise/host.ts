import { PilotfishError } from '../../base/errors.ts';

/** The process around an agent, as the agent's requests see it. */
export interface Host {
  /** The first lines of the status: safe mode, a store that accepts no writes. Empty in normal operation. */
  report(): object;
  /** Ends safe mode now. Throws `not-in-safe-mode`. */
  exitSafeMode(): void;
}

/** Host of an agent without a process of its own. */
export const noHost: Host = {
  report: () => ({}),
  exitSafeMode() {
    throw new PilotfishError('not-in-safe-mode', 'the agent is not in safe mode');
  },
};
