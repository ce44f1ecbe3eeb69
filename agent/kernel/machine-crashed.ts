import { PilotfishError } from '../../base/errors.ts';

/** A machine threw: a bug, which ends the process. `cause` is what it threw. */
export class MachineCrashed extends PilotfishError<'machine-crashed'> {
  readonly machine: string;
  /** The event's type, or `restore`. */
  readonly event: string;

  constructor(machine: string, event: string, options: { cause: unknown } | { what: string }) {
    const what = 'what' in options ? `: ${options.what}` : '';
    const cause = 'cause' in options ? { cause: options.cause } : {};
    super('machine-crashed', `${machine} failed at ${event}${what}`, cause);
    this.machine = machine;
    this.event = event;
  }
}
