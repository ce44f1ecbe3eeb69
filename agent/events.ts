import type { BootState } from '../hal/boot-control.ts';
import type { BodyEvent, CommandRecord } from '../hal/robot-body.ts';
import type { SystemInfo } from '../hal/system.ts';
import type { CloudMessages } from '../protocol/channels.ts';
import type { Message } from '../protocol/codec.ts';
import type { Dropped } from '../protocol/parts.ts';
import type { Method, Origin, Params } from '../protocol/requests.ts';
import type { Command } from '../protocol/schemas/commands.ts';
import type { FirmwareManifest } from '../protocol/schemas/firmware.ts';
import type { MapRef } from '../protocol/schemas/maps.ts';
import type { BodyActivity, ReadSnapshot } from './board/answers.ts';

/** All events of the agent, in one union. The word before the slash names the part that emits the event. */
export type Event =
  | AgentEvent
  | LinkEvent
  | IdentityEvents
  | BodyEvents
  | MissionEvents
  | MapEvents
  | UpdateEvents
  | RequestEvent
  /** The timestamp of an answer that was otherwise unusable. */
  | { readonly type: 'cloud/stamped'; readonly body: { readonly timestamp: number } }
  | CloudEvent;

/** A request that a machine serves. */
export type RequestEvent = {
  readonly [M in Method]: {
    readonly type: `request/${M}`;
    /** Identifies the request in the effect `reply`. */
    readonly id: string;
    readonly origin: Origin;
    readonly params: Params<M>;
  };
}[Method];

/** The board's evidence at start; `once` effects are settled by it. `null`: it did not answer. */
export interface BoardEvidence {
  readonly system: SystemInfo | null;
  readonly boot: BootState | null;
}

type AgentEvent =
  | {
      readonly type: 'agent/started';
      readonly version: string;
      /** When this build was made, ms since 1970: a clock that shows less is wrong. */
      readonly builtMs: number;
      readonly board: BoardEvidence;
      /** The certificates on this robot's disk. */
      readonly identity: IdentityFacts;
      /** The agent has set this board's clock, by the record outside the store. */
      readonly isClockOurs: boolean;
      /** What the previous agent recorded of its attempts to connect. */
      readonly link: LinkMemory | null;
    }
  /** The board did not answer at the start, and answers now. */
  | { readonly type: 'board/known'; readonly board: BoardEvidence }
  /** Whether what is committed is durable: `ok`, or `reduced` with the reason. */
  | { readonly type: 'storage/changed'; readonly storage: string }
  | { readonly type: 'timer'; readonly key: string }
  /** A message of the cloud was lost or not stored: machines that wait for messages poll again. */
  | { readonly type: 'news/missed' }
  /** Stamps are made from the cloud's time, received on this connection, while the board's clock showed `boardMs`. */
  | {
      readonly type: 'time/synced';
      readonly cloudMs: number;
      readonly boardMs: number;
      readonly connection: number;
    }
  /** Cloud time became known on the present connection: the moment of this event has it. */
  | { readonly type: 'time/known'; readonly cloudMs: number; readonly boardMs: number }
  /** The wall clock shows at least the floor, or cannot be set to it: TLS may be tried. */
  | { readonly type: 'clock/ready' }
  /** It is at least this time, by evidence that no cloud can forge. */
  | { readonly type: 'clock/floor'; readonly floorMs: number }
  /** Whether the board reports its clock as synchronised; read before each attempt to connect. */
  | { readonly type: 'clock/synced'; readonly isSynced: boolean }
  | { readonly type: 'clock/raised' }
  | { readonly type: 'clock/not-raised'; readonly code: string };

/** Survives the process but not a power cycle: times are monotonic ms of the boot with this id. */
export interface LinkMemory {
  readonly bootId: string;
  readonly failures: number;
  /** When the newest attempt started. */
  readonly openedMs: number;
  /** The time before which there must be no other. */
  readonly untilMs: number;
}

/**
 * What a robot can observe of a failed or dropped connection, and no more (a server need not give a reason).
 * `unreachable`: no TCP or no name; `tls`: the handshake failed; `refused`: a CONNACK with a code; `alert`: the broker
 * gave its reason by a TLS alert; `closed-early`: closed after the handshake without CONNACK and without a reason;
 * `lost`: closed or unresponsive while up; `timeout`; `identity`: our own credentials are unusable; `closed`: we ended
 * it ourselves.
 */
export interface Observation {
  readonly kind:
    | 'unreachable'
    | 'tls'
    | 'refused'
    | 'alert'
    | 'closed-early'
    | 'closed'
    | 'lost'
    | 'timeout'
    | 'identity';
  /**
   * For machines: an error code as Node has it (`ENOTFOUND`, `CERT_HAS_EXPIRED`), `connack-5`, an alert's name
   * (`certificate-revoked`), what a timeout waited for (`dns`, `tcp`, `tls`, `connack`, `suback`), or a word of ours.
   */
  readonly code: string;
  /** For people. */
  readonly detail: string;
  /** Of a server that is "not yet valid": the notBefore of its signed certificate. */
  readonly serverFromMs?: number;
}

type LinkEvent =
  /** Connected with these credentials (the next ones in a full handshake), and subscribed. */
  | { readonly type: 'link/up'; readonly credentials: CredentialsName }
  /** This message is blamed for a connection's end; `isLast`: too often, so it is not sent any more. */
  | { readonly type: 'publish/blamed'; readonly about: string; readonly isLast: boolean }
  /** The attempt or connection with these credentials has ended. */
  | {
      readonly type: 'link/down';
      readonly observation: Observation;
      readonly credentials: CredentialsName;
    };

/** Previously current credentials whose certificates have not expired: a way back. */
export const previousCredentials = [
  'previous-1',
  'previous-2',
  'previous-3',
  'previous-4',
  'previous-5',
  'previous-6',
  'previous-7',
  'previous-8',
] as const;
export type PreviousCredentials = (typeof previousCredentials)[number];

/** `current` are the credentials that have connected before; `next` are those on trial. */
export type CredentialsName = 'current' | 'next' | PreviousCredentials;

/** The fields of one of this robot's certificates. */
export interface CertificateFacts {
  readonly certificateId: string;
  /** The issuer's common name, for people. */
  readonly issuer: string;
  readonly notBeforeMs: number;
  /** Limited to the end of its issuer, where that is known. */
  readonly notAfterMs: number;
  /** It was renewed: a cloud chose its dates, so they are no evidence of the time. */
  readonly isRenewed?: boolean;
}

/** The usable previous credentials. */
export type PreviousFacts = Partial<Readonly<Record<PreviousCredentials, CertificateFacts>>>;

/** `null`: absent, or unusable. */
export interface IdentityFacts extends PreviousFacts {
  readonly current: CertificateFacts | null;
  readonly next: CertificateFacts | null;
}

type IdentityEvents =
  /**
   * The credentials on the disk, read before each attempt to connect: a key or an identity may arrive while the agent
   * runs.
   */
  | { readonly type: 'identity/known'; readonly identity: IdentityFacts }
  /** From now on connections use these credentials; a live one with the others is ended. */
  | { readonly type: 'identity/use'; readonly credentials: CredentialsName }
  | { readonly type: 'identity/requested'; readonly csr: string }
  | { readonly type: 'identity/not-requested'; readonly code: string }
  | { readonly type: 'identity/subscribed' }
  | { readonly type: 'identity/not-subscribed'; readonly code: string }
  | { readonly type: 'identity/staged'; readonly next: CertificateFacts }
  | { readonly type: 'identity/not-staged'; readonly code: string; readonly detail?: string }
  | {
      readonly type: 'identity/promoted';
      readonly current: CertificateFacts;
      readonly previous?: PreviousFacts;
    }
  | { readonly type: 'identity/not-promoted'; readonly code: string };

/** A snapshot of the body; commands and settings are `null` where they could not be read. */
export type SeenBody = BodyActivity & Omit<ReadSnapshot, 'activity'>;

type BodyEvents =
  /** The store rejected the turn in which commands were to start; the event carries one that arrived with it. */
  | { readonly type: 'command/not-stored'; readonly command: Command | null }
  /** The body signals a change. */
  | { readonly type: 'body/changed' }
  /** Requests a fresh snapshot of the body; `by` is the machine. */
  | { readonly type: 'body/poll-requested'; readonly by: string }
  /** The outcomes of a poll, for the body machine alone; the others receive the events below. */
  | {
      readonly type: 'body/polled';
      readonly snapshot: SeenBody;
      readonly events: readonly BodyEvent[];
    }
  | ({ readonly type: 'body/half-polled' } & Omit<ReadSnapshot, 'activity'>)
  | { readonly type: 'body/not-polled'; readonly code: string }
  | {
      readonly type: 'body/snapshot';
      readonly snapshot: SeenBody;
      readonly events: readonly BodyEvent[];
    }
  /** The body's activity could not be read; readable parts beside it count, `null` is unknown. */
  | ({ readonly type: 'body/partial-snapshot' } & Omit<ReadSnapshot, 'activity'>)
  | { readonly type: 'body/no-snapshot'; readonly code: string }
  | { readonly type: 'body/answered'; readonly tag: string; readonly record: CommandRecord }
  | { readonly type: 'body/no-response'; readonly tag: string; readonly code: string }
  | { readonly type: 'body/configured'; readonly refused: Readonly<Record<string, string>> }
  | { readonly type: 'body/unconfigured'; readonly code: string };

type MissionEvents =
  /** A mission has ended and has a map, which must be kept before the final document is written. */
  | {
      readonly type: 'mission/map-requested';
      readonly missionId: string;
      readonly bodyMission: string;
    }
  /** Missions' documents moved to other ids (`id-conflict`). */
  | {
      readonly type: 'mission/renamed';
      readonly moves: readonly { readonly from: string; readonly to: string }[];
    }
  /** The cloud will never have these missions' reports: a bound dropped them, or they were rejected for good. */
  | {
      readonly type: 'mission/dropped';
      readonly missionIds: readonly string[];
      readonly code: string;
    };

type MapEvents =
  | { readonly type: 'map/kept'; readonly missionId: string; readonly map: MapRef }
  | { readonly type: 'map/none'; readonly missionId: string; readonly code: string }
  | {
      readonly type: 'map/put';
      readonly missionId: string;
      readonly outcome: PutOutcome;
    };

/** The result of an upload, by what to do next. */
export type PutOutcome =
  | { readonly kind: 'stored' }
  /** The grant is no longer usable: request a new one. */
  | { readonly kind: 'renew'; readonly code: string }
  /** The same grant may work later. */
  | { readonly kind: 'later'; readonly code: string }
  /** Retrying cannot help. */
  | { readonly kind: 'hopeless'; readonly code: string };

type UpdateEvents =
  | {
      readonly type: 'update/checked';
      readonly jobId: string;
      readonly verdict:
        | { readonly ok: true; readonly manifest: FirmwareManifest }
        | { readonly ok: false; readonly code: string; readonly message: string };
    }
  | { readonly type: 'update/progress'; readonly jobId: string; readonly bytes: number }
  | { readonly type: 'update/installed'; readonly jobId: string }
  | { readonly type: 'update/not-installed'; readonly jobId: string; readonly code: string }
  | { readonly type: 'update/armed'; readonly jobId: string }
  | { readonly type: 'update/not-armed'; readonly jobId: string; readonly code: string }
  | { readonly type: 'update/confirmed'; readonly jobId: string }
  | { readonly type: 'update/not-confirmed'; readonly jobId: string; readonly code: string };

/** A valid message from the cloud; `jobId` if the topic has one. */
export type CloudEvent = {
  [K in keyof CloudMessages]: {
    readonly type: K;
    readonly body: Message<CloudMessages[K]>;
    readonly jobId?: string;
    /** The parts that could not be parsed and are not in `body`. */
    readonly dropped?: readonly Dropped[];
  };
}[keyof CloudMessages];
