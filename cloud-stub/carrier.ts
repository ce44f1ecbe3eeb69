import type { GuardStatus } from '../base/connections/guard.ts';
import type { RobotId } from '../protocol/topics.ts';
import type { Outbound } from './ports.ts';
import type { DisconnectReason } from './services/presence.ts';

/** What carries messages between cloud and robots: the stub's own broker, or a bridge to one that is not ours. */
export interface Transport {
  /** Where robots reach the broker. */
  readonly address: { readonly host: string; readonly port: number };
  /** Sends at QoS 0; what cannot be sent now is lost, and the protocol repeats it. */
  send(outbound: readonly Outbound[]): void;
  /** Ends a robot's connection, as far as that is in the carrier's hand. */
  drop(robot: RobotId, reason: DisconnectReason, certificateId?: string): void;
  /** Robots that are taken as connected. */
  connections(): number;
  /** What the guard of the stub's own port has let in and refused; undefined without such a port. */
  guarded(): GuardStatus | undefined;
  close(): Promise<void>;
}
