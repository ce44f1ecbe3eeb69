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

/** What the agent needs from outside. Each port has an adapter under `agent/io` and a faithful fake in the tests. */
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

/** Why storage is not durable now. */
export interface StorageTrouble {
  /** The code of the first failure: `store-full`, `EROFS`, `EACCES`... */
  readonly code: string;
  readonly detail: string;
  /** By the clock of the boot. */
  readonly sinceMs: number;
}

/** Survives the process but need not survive a power cycle; its loss costs a delay, never a report. */
export interface Runtime {
  /** `null`: absent or unreadable. */
  recall(): LinkMemory | null;
  /** Throws what the file system throws. */
  remember(memory: LinkMemory): void;
}

/** One connection to the broker at a time. */
export interface Link {
  /**
   * One attempt with the given credentials: connect, subscribe. Resolves when the connection has ended, with what was
   * observed of its end. `up` is called once when publishing is possible. The next credentials always make a full
   * handshake.
   */
  run(
    credentials: CredentialsName,
    handlers: LinkHandlers,
    signal: AbortSignal,
  ): Promise<Observation>;
  /** Disconnects cleanly, if there is a live connection; `run` then resolves. */
  close(): void;
  /** Adds subscriptions to the live connection. Rejects with `code` `link-down` or `not-subscribed`. */
  subscribe(topics: readonly string[], signal: AbortSignal): Promise<void>;
  /** QoS 0. False when it was not accepted: down, or the socket is full until `drained`. Nothing is queued inside. */
  publish(topic: string, payload: Uint8Array): boolean;
  /** Sends a PINGREQ: `proved` means that the broker has read everything published before. */
  probe(): void;
}

export interface LinkHandlers {
  up(): void;
  message(topic: string, payload: Uint8Array): void;
  /** A message that was too large was dropped on receipt. */
  skipped(topic: string, byteCount: number): void;
  /** The socket accepts data again. */
  drained(): void;
  /** The broker has answered the newest `probe`. */
  proved(): void;
}

/** Maps as files of this robot, and their upload to the object store. */
export interface Maps {
  /** Renders a body's map and keeps it, durably. Repeating is safe: same map, same name. */
  keep(missionId: string, map: BodyMap, signal: AbortSignal): Promise<MapRef>;
  /** Never rejects but for `signal`. */
  put(map: MapRef, grant: Grant, signal: AbortSignal): Promise<PutOutcome>;
  forget(mapId: string): Promise<void>;
  /**
   * Removes all maps but these, and the remains of maps that were being kept when the process ended or the power
   * failed. A `keep` that starts later is not affected.
   */
  sweep(mapIds: ReadonlySet<string>): Promise<void>;
}

/**
 * HTTPS to the object store, for the adapters of maps and firmware. A pre-signed URL is opaque and a bearer secret: it
 * is used unchanged, one request per call, no redirect is followed, and it appears in no error and no log. Both calls
 * reject with a `code` that names the failure (`docs/firmware-engineer.md`), or with the signal's reason.
 */
export interface Http {
  /** The status of the answer and the beginning of its body, for every status. */
  put(
    request: PutRequest,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }>;
  /**
   * The bytes of a 200 as a stream: more than `bytesMax` is `wrong-length`, another status `http-{status}` or
   * `redirect`.
   */
  get(url: string, bytesMax: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface PutRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In bytes. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Trust in images, and their transfer to this robot. */
export interface Firmware {
  /** Signature, hardware, floor, expiry against `nowMs`. Rejects with a `code` when the floor cannot be read. */
  check(
    manifest: SignedManifest,
    hardwareId: string,
    nowMs: number,
  ): Promise<Result<FirmwareManifest>>;
  /** The image's bytes. Rejects with a `code` when the transfer fails. */
  fetch(url: string, length: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Rejects security counters below `counter` from now on. Durable; repeating is safe. */
  raiseFloor(counter: number): Promise<void>;
}

/** Whether the agent has set the board's clock, recorded outside the store in case that is lost. */
export interface ClockOwner {
  /** False when nothing can be read. */
  isAgent(): Promise<boolean>;
  /** Durable; repeating is safe. Rejects with what the file system says. */
  keep(isAgent: boolean): Promise<void>;
}

/** The board, as defined by the contracts in `hal/`. */
export interface Board {
  readonly body: RobotBody;
  readonly boot: BootControl;
  readonly installer: Installer;
  readonly system: System;
}

/** The robot's identity: made at the factory line, renewed in the field, used at every connection. */
export interface Identity {
  /**
   * Makes a request (PEM) for the key in use (that of `credentials`, the current one by default) or for a new key. A new key
   * then waits for its certificate, and repeated calls use the same one. Throws `no-identity` when there is no key in
   * use.
   */
  request(
    key: 'same' | 'new',
    signal: AbortSignal,
    credentials?: CredentialsName,
  ): Promise<{ csr: string; file: string }>;
  /**
   * Installs a certificate chain (PEM, leaf first) for the pending key as a new identity. All older credentials are
   * removed, and renewals are accepted from the chain's issuers. Throws `certificate-...`.
   */
  install(chain: string): Promise<{ certificateId: string }>;
  /**
   * Stores a chain for the pending key as the next credentials; the current ones stay. Its signer must be an issuer of
   * the first chain, or one that the configuration names. Throws `certificate-...`.
   */
  stage(chain: string, nowMs: number): Promise<CertificateFacts>;
  /**
   * Makes the next credentials the current ones, in one step. The replaced ones are kept as previous ones, in the last
   * place if all are taken. Without next credentials nothing changes.
   */
  promote(): Promise<CertificateFacts>;
  /** Removes these previous credentials. */
  forget(places: readonly PreviousCredentials[]): Promise<void>;
  /** Removes the next credentials and the pending key. */
  discard(): Promise<void>;
  facts(): Promise<IdentityFacts>;
  /** Credentials for TLS. Throws `no-identity`, `certificate-...`, `key-...`. */
  credentials(
    credentials: CredentialsName,
  ): Promise<{ readonly cert: string } & ReturnType<DeviceKey['tls']>>;
}
