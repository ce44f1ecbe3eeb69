import type { GuardStatus } from '../base/connections/guard.ts';
import type { Outbound } from './core/messages.ts';

/** The transport between cloud and robots: the stub's own broker, or a bridge to an outside broker. */
export interface Transport {
  /** Where robots reach the broker. */
  readonly address: { readonly host: string; readonly port: number };
  /**
   * Sends at QoS 0 what a call of the cloud returned, and does the work that it left. What cannot be sent now is dropped,
   * and the protocol repeats it.
   */
  send(outbound: readonly Outbound[]): void;
  /** The robots are connected to the stub, which can close their connections; otherwise to an outside broker. */
  readonly hasConnections: boolean;
  /** The number of robots that count as connected. */
  connections(): number;
  /** What the guard of the stub's own port has admitted and refused; undefined without such a port. */
  guarded(): GuardStatus | undefined;
  close(): Promise<void>;
}
