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

/** All that can happen to the agent, in one union. Words before the slash name the part that it comes from. */
export type Event =
  | AgentEvent
  | LinkEvent
  | IdentityEvents
  | BodyEvents
  | MissionEvents
  | MapEvents
  | UpdateEvents
  | RequestEvent
  /** The time in an answer that was of no use otherwise. */
  | { readonly type: 'cloud/stamped'; readonly body: { readonly timestamp: number } }
  | CloudEvent;

/** A request that a machine serves. */
export type RequestEvent = {
  readonly [M in Method]: {
    readonly type: `request/${M}`;
    /** Names the request in the effect `reply`. */
    readonly id: string;
    readonly origin: Origin;
    readonly params: Params<M>;
  };
}[Method];

/** What the board says of itself at start: the evidence that `once` effects are settled by. `null`: it did not answer. */
export interface BoardEvidence {
  readonly system: SystemInfo | null;
  readonly boot: BootState | null;
}

type AgentEvent =
  | {
      readonly type: 'agent/started';
      readonly version: string;
      /** When this build was made, ms since 1970: no clock is right that shows less. */
      readonly builtMs: number;
      readonly board: BoardEvidence;
      /** Which certificates lie on this robot's disk. */
      readonly identity: IdentityFacts;
      /** An agent has set this board's clock, by what lies apart from the store. */
      readonly isClockOurs: boolean;
      /** What the agent before this one remembered of its attempts to connect. */
      readonly link: LinkMemory | null;
    }
  /** The board was silent at the start, and speaks now. */
  | { readonly type: 'board/known'; readonly board: BoardEvidence }
  /** Whether what is committed is durable: `ok`, or `reduced` with the reason. */
  | { readonly type: 'storage/changed'; readonly storage: string }
  | { readonly type: 'timer'; readonly key: string }
  /** Something that the cloud has said did not get here, or was not kept: whoever listens for news looks again. */
  | { readonly type: 'news/missed' }
  /** Cloud time became known on this connection. */
  | { readonly type: 'time/known'; readonly cloudMs: number }
  /** The wall clock shows at least the floor, or cannot be brought there: TLS may be tried. */
  | { readonly type: 'clock/ready' }
  /** It is at least this time, by evidence that no cloud can make up. */
  | { readonly type: 'clock/floor'; readonly floorMs: number }
  /** Whether the board says that its clock is synchronised; asked before each attempt to connect. */
  | { readonly type: 'clock/synced'; readonly isSynced: boolean }
  | { readonly type: 'clock/raised' }
  | { readonly type: 'clock/not-raised'; readonly code: string };

/** What outlives the process and not a power cycle: times are monotonic ms of the boot with this id. */
export interface LinkMemory {
  readonly bootId: string;
  readonly failures: number;
  /** When the newest attempt began. */
  readonly openedMs: number;
  /** Before when there is to be no other. */
  readonly untilMs: number;
}

/**
 * What a robot can see of a failed or lost connection; never more than that (a server need not say why).
 * `unreachable`: no TCP or no name; `tls`: the handshake failed; `refused`: a CONNACK with a code;
 * `alert`: the broker named its reason by a TLS alert; `closed-early`: closed after the handshake without CONNACK and
 * without a word; `lost`: closed or silent while up; `timeout`; `identity`: our own pair cannot be used; `closed`: we
 * ended it ourselves.
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
  /** Of a server that is "not yet valid": since when it is, by its signed certificate. */
  readonly serverFromMs?: number;
}

type LinkEvent =
  /** Connected by this pair (the next one in a full handshake), and subscribed. */
  | { readonly type: 'link/up'; readonly credentials: CredentialsName }
  /** A connection's end is put down to this message; `isLast`: again and again, so that it is sent no more. */
  | { readonly type: 'publish/blamed'; readonly about: string; readonly isLast: boolean }
  /** The attempt or connection by this pair has ended. */
  | {
      readonly type: 'link/down';
      readonly observation: Observation;
      readonly credentials: CredentialsName;
    };

/** Pairs that were current before, and whose certificates have not expired: a way back. */
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

/** `current` is the pair that has connected before; `next` is one that has still to prove itself. */
export type CredentialsName = 'current' | 'next' | PreviousCredentials;

/** What can be read off a certificate of this robot. */
export interface CertificateFacts {
  readonly certificateId: string;
  /** The issuer's common name, for people. */
  readonly issuer: string;
  readonly notBeforeMs: number;
  /** Cut to the end of its issuer, where that is known. */
  readonly notAfterMs: number;
  /** It was renewed: whoever was the cloud then chose its dates, which are no evidence of what time it is. */
  readonly isRenewed?: boolean;
}

/** The previous pairs that can be used. */
export type PreviousFacts = Partial<Readonly<Record<PreviousCredentials, CertificateFacts>>>;

/** `null`: there is none, or it cannot be used. */
export interface IdentityFacts extends PreviousFacts {
  readonly current: CertificateFacts | null;
  readonly next: CertificateFacts | null;
}

type IdentityEvents =
  /** What lies on the disk, looked at before each attempt to connect: a key may come late, an identity while we run. */
  | { readonly type: 'identity/known'; readonly identity: IdentityFacts }
  /** From now on, connections are made by this pair; a live one by the other pair is ended. */
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

/** A look at the body; commands and settings are `null` where they could not be read. */
export type SeenBody = BodyActivity & Omit<ReadSnapshot, 'activity'>;

type BodyEvents =
  /** The store did not take the turn in which commands were to be begun; this one came with it. */
  | { readonly type: 'command/not-stored'; readonly command: Command | null }
  /** The body says that something about it has changed. */
  | { readonly type: 'body/changed' }
  /** Someone here needs to know how the body is now; `by` is the machine. */
  | { readonly type: 'body/poll-requested'; readonly by: string }
  /** The outcomes of a poll, for the body machine alone; the others get what follows. */
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
  /** What the body is doing could not be read; what could be read beside it counts, `null` says nothing. */
  | ({ readonly type: 'body/partial-snapshot' } & Omit<ReadSnapshot, 'activity'>)
  | { readonly type: 'body/no-snapshot'; readonly code: string }
  | { readonly type: 'body/answered'; readonly tag: string; readonly record: CommandRecord }
  | { readonly type: 'body/no-response'; readonly tag: string; readonly code: string }
  | { readonly type: 'body/configured'; readonly refused: Readonly<Record<string, string>> }
  | { readonly type: 'body/unconfigured'; readonly code: string };

type MissionEvents =
  /** A mission is over and has a map that wants keeping before its final document is written. */
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
  /** The cloud will never have these missions' reports: a bound dropped them, or they were refused for good. */
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

/** What an upload came to, sorted by what to do next. */
export type PutOutcome =
  | { readonly kind: 'stored' }
  /** The grant is of no use any more: ask for a new one. */
  | { readonly kind: 'renew'; readonly code: string }
  /** The same grant may work later. */
  | { readonly kind: 'later'; readonly code: string }
  /** Trying again cannot help. */
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

/** A valid message from the cloud; `jobId` where the topic carries one. */
export type CloudEvent = {
  [K in keyof CloudMessages]: {
    readonly type: K;
    readonly body: Message<CloudMessages[K]>;
    readonly jobId?: string;
    /** What of it could not be read and is not in `body`. */
    readonly dropped?: readonly Dropped[];
  };
}[keyof CloudMessages];
