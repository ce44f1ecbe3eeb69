import type { BootControl } from '../hal/boot-control.ts';
import type { DeviceKey } from '../hal/device-key.ts';
import type { Installer } from '../hal/installer.ts';
import type { BodyMap, RobotBody } from '../hal/robot-body.ts';
import type { System } from '../hal/system.ts';
import type { Result } from '../protocol/result.ts';
import type { FirmwareManifest, SignedManifest } from '../protocol/schemas/firmware.ts';
import type { Grant, MapRef } from '../protocol/schemas/maps.ts';
import type {
  CertificateFacts,
  CredentialsName,
  IdentityFacts,
  LinkMemory,
  Observation,
  PreviousCredentials,
  PutOutcome,
} from './events.ts';
import type { Entropy, Journal, Store, Time } from './kernel/ports.ts';

/** What the agent needs of the outside. Each port has an adapter under `agent/io` and a faithful fake in the tests. */
export interface Ports {
  readonly time: Time;
  readonly entropy: Entropy;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly link: Link;
  readonly identity: Identity;
  readonly maps: Maps;
  readonly firmware: Firmware;
  readonly clockOwner: ClockOwner;
  readonly board: Board;
  readonly journal: Journal;
}

/** Why nothing can be stored now. */
export interface StorageTrouble {
  /** `store-full`, `EROFS`, `EACCES`...: what the first failure was. */
  readonly code: string;
  readonly detail: string;
  /** By the clock of the boot. */
  readonly sinceMs: number;
}

/** What outlives the process and need not outlive a power cycle; losing it costs a pause, never a report. */
export interface Runtime {
  /** `null`: nothing, or nothing that can be read. */
  recall(): LinkMemory | null;
  /** Throws what the file system throws. */
  remember(memory: LinkMemory): void;
}

/** One connection to the broker at a time. */
export interface Link {
  /**
   * One attempt by one pair: connect, subscribe. Resolves when the connection has ended, with what was seen of its end;
   * `up` is called once when publishing is possible. The next pair always makes a full handshake.
   */
  run(
    credentials: CredentialsName,
    handlers: LinkHandlers,
    signal: AbortSignal,
  ): Promise<Observation>;
  /** Ends the live connection politely, if there is one; `run` then resolves. */
  close(): void;
  /** Subscribes to more on the live connection. Rejects with `code` `link-down` or `not-subscribed`. */
  subscribe(topics: readonly string[], signal: AbortSignal): Promise<void>;
  /** QoS 0. False when it was not taken: down, or the socket is full until `drained`. Nothing waits inside. */
  publish(topic: string, payload: Uint8Array): boolean;
  /** Asks the broker for a sign of life: `proved` says that it has read all that was published before. */
  probe(): void;
}

export interface LinkHandlers {
  up(): void;
  message(topic: string, payload: Uint8Array): void;
  /** A message that is too large was thrown away while it came. */
  skipped(topic: string, byteCount: number): void;
  /** The socket takes more again. */
  drained(): void;
  /** The broker has answered the newest `probe`. */
  proved(): void;
}

/** Maps as files of this robot, and their way to the object store. */
export interface Maps {
  /** Makes the picture of a body's map and keeps it, durably. Repeating is safe: same map, same name. */
  keep(missionId: string, map: BodyMap, signal: AbortSignal): Promise<MapRef>;
  /** Never rejects but for `signal`. */
  put(map: MapRef, grant: Grant, signal: AbortSignal): Promise<PutOutcome>;
  forget(mapId: string): Promise<void>;
  /**
   * Forgets all maps but these, and what is left of maps that were being kept when the process ended or the power went.
   * A `keep` that begins later is not touched.
   */
  sweep(mapIds: ReadonlySet<string>): Promise<void>;
}

/**
 * HTTPS to the object store, for the adapters of maps and firmware. A pre-signed URL is opaque and a bearer secret: it is
 * used as it came, one request per call, no redirect is followed, and it stands in no error and no log. Both calls reject
 * with a `code` that names what went wrong (`docs/firmware-engineer.md`), or with the signal's reason.
 */
export interface Http {
  /** The status of the answer and the beginning of its text, whatever the status is. */
  put(
    request: PutRequest,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }>;
  /** The bytes of a 200 as they come: more than `bytesMax` is `wrong-length`, another status `http-{status}` or `redirect`. */
  get(url: string, bytesMax: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface PutRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In bytes. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Trust in images, and their way to this robot. */
export interface Firmware {
  /** Signature, hardware, floor, expiry against `nowMs`. Rejects with a `code` when the floor cannot be read. */
  check(
    manifest: SignedManifest,
    hardwareId: string,
    nowMs: number,
  ): Promise<Result<FirmwareManifest>>;
  /** The image's bytes. Rejects with a `code` when the transfer fails. */
  fetch(url: string, length: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Never accept a security counter below `counter` from now on. Durable; repeating is safe. */
  raiseFloor(counter: number): Promise<void>;
}

/** Whether the agent has set the board's clock, remembered where a lost store does not forget it. */
export interface ClockOwner {
  /** False when nothing can be read. */
  isAgent(): Promise<boolean>;
  /** Durable; repeating is safe. Rejects with what the file system says. */
  keep(isAgent: boolean): Promise<void>;
}

/** The board, as the contracts in `hal/` say. */
export interface Board {
  readonly body: RobotBody;
  readonly boot: BootControl;
  readonly installer: Installer;
  readonly system: System;
}

/** Who this robot is: made at the factory line, renewed in the field, used at every connection. */
export interface Identity {
  /**
   * Makes a request (PEM) for the key in use (that of `pair`, the current one by default), or for a new one, which then waits for its certificate; asked again, it is
   * the same new key. Throws `no-identity` when there is no key in use.
   */
  request(
    key: 'same' | 'new',
    signal: AbortSignal,
    credentials?: CredentialsName,
  ): Promise<{ csr: string; file: string }>;
  /**
   * Takes a certificate chain (PEM, leaf first) for the pending key and uses it from now on, as a new identity: all older
   * pairs go, and renewals are accepted from the chain's issuers. Throws `certificate-...`.
   */
  install(chain: string): Promise<{ certificateId: string }>;
  /**
   * Takes a chain for the pending key as the next pair; the current one stays. Only an issuer of the first chain, or one
   * that the configuration names, may have signed it. Throws `certificate-...`.
   */
  stage(chain: string, nowMs: number): Promise<CertificateFacts>;
  /**
   * Makes the next pair the current one, in one step. The one that it replaces is kept as a previous pair, in the last
   * place if all are taken. Without a next pair nothing changes.
   */
  promote(): Promise<CertificateFacts>;
  /** Forgets these previous pairs. */
  forget(pairs: readonly PreviousCredentials[]): Promise<void>;
  /** Forgets the next pair and the pending key. */
  discard(): Promise<void>;
  facts(): Promise<IdentityFacts>;
  /** A pair for TLS. Throws `no-identity`, `certificate-...`, `key-...`. */
  credentials(
    credentials: CredentialsName,
  ): Promise<{ readonly cert: string } & ReturnType<DeviceKey['tls']>>;
}
