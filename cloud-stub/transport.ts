import type { GuardStatus } from '../base/connections/guard.ts';
import type { RobotId } from '../protocol/topics.ts';
import type { DisconnectReason, Outbound } from './core/messages.ts';

/** The transport between cloud and robots: the stub's own broker, or a bridge to an outside broker. */
export interface Transport {
  /** Where robots reach the broker. */
  readonly address: { readonly host: string; readonly port: number };
  /** Sends at QoS 0. What cannot be sent now is dropped, and the protocol repeats it. */
  send(outbound: readonly Outbound[]): void;
  /** The robots are connected to the stub, which can close their connections; otherwise to an outside broker. */
  readonly hasConnections: boolean;
  /** Closes a robot's connection, where it has them. */
  drop(robot: RobotId, reason: DisconnectReason, certificateId?: string): void;
  /** The number of robots that count as connected. */
  connections(): number;
  /** What the guard of the stub's own port has admitted and refused; undefined without such a port. */
  guarded(): GuardStatus | undefined;
  close(): Promise<void>;
}
