import { silentLog } from '../../../base/log.ts';
import { type Cloud, createCloud } from '../../../cloud-stub/cloud.ts';
import {
  type CloudStore,
  type Credentials,
  cloudDefaults,
  type Outbound,
} from '../../../cloud-stub/ports.ts';
import type { RenewalCa } from '../../../cloud-stub/renewal-ca.ts';
import type { MissionRow, Rows, Table } from '../../../cloud-stub/rows.ts';
import type { ConnectionInfo, DisconnectReason } from '../../../cloud-stub/services/presence.ts';
import type { ClientCertificate } from '../../../cloud-stub/services/registry.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import type { VirtualClock } from './clock.ts';
import { GhostJobs } from './ghost-jobs.ts';
import type { CloudCrash } from './plan.ts';

/** The cloud as the network sees it. */
export interface CloudSide {
  receive(topic: string, payload: Uint8Array): Outbound[];
  connected(info: ConnectionInfo): Outbound[];
  disconnected(end: { reason: DisconnectReason; sessionId: string }): void;
  admits(certificate: ClientCertificate): boolean;
  /** What the robot finds wrong with the server's dates, by the clock that it has. */
  serverDates(): string | undefined;
}

/** How long the server's certificate had been good when the world began. */
export const serverAgeMs = 30 * 24 * 3_600_000;

export const endpoint = 'https://localhost:8443';
export const credentials: Credentials = { accessKeyId: 'AKID', secretAccessKey: 'test-secret' };
export const region = cloudDefaults.region;

/** Without anything to send, time is told to the cloud only so often. */
const idleTickMs = 10 * 60_000;

export interface CloudParts {
  readonly robot: string;
  readonly clock: VirtualClock;
  readonly startMs: number;
  readonly hex: (bytes: number) => string;
  readonly draw: () => number;
  readonly renewal: { readonly ca: RenewalCa; readonly graceMs: number } | undefined;
  readonly robotWallMs: () => number;
  /** Carries messages to the robot. */
  readonly down: (outbound: readonly Outbound[]) => void;
  readonly drop: (certificateId: string) => void;
  /** The cloud's machine died: all connections with it. */
  readonly died: () => void;
  /** A mission's row is about to be stored. */
  readonly missionStored: (row: MissionRow) => void;
  readonly certificateChanged: () => void;
}

class Crash extends Error {}

/** The stub's own services over a store that outlives them; its clock is the true one. */
export class WorldCloud implements CloudSide {
  /** Answers in the jobs service's stead while it is here. */
  readonly ghost = new GhostJobs();
  readonly #parts: CloudParts;
  readonly #store: CloudStore;
  #cloud: Cloud;
  #crash: CloudCrash | undefined;
  /** As the transaction under way has put them. */
  #missions: MissionRow[] = [];
  /** Only over a robot's request: an operator who gets an error asks again. */
  #mayDie = false;
  #cancelTick = () => {};
  #cancelConfirm = () => {};

  constructor(parts: CloudParts) {
    this.#parts = parts;
    this.#store = this.#watched(createMemoryStore());
    this.#cloud = this.#create();
    this.arrangeTick();
  }

  get nowMs(): number {
    return this.#parts.startMs + this.#parts.clock.nowMs;
  }

  get operator(): Cloud['operator'] {
    return this.#cloud.operator;
  }

  /** Of a certificate that was ever seen here. */
  statusOf(certificateId: string | undefined): string | undefined {
    return certificateId && this.#store.get('certificates', certificateId)?.status;
  }

  admits(certificate: ClientCertificate): boolean {
    return this.#do(() => this.#cloud.admit(certificate, this.nowMs))?.admitted ?? false;
  }

  connected(info: ConnectionInfo): Outbound[] {
    const { robot } = this.#parts;
    const outbound = this.#do(() => this.#cloud.connected(robot, info, this.nowMs)) ?? [];
    this.arrangeTick();
    return outbound;
  }

  disconnected(end: { reason: DisconnectReason; sessionId: string }): void {
    this.#do(() => this.#cloud.disconnected(this.#parts.robot, end, this.nowMs));
  }

  receive(topic: string, payload: Uint8Array): Outbound[] {
    const { robot, draw } = this.#parts;
    const haunted = this.ghost.answer({ robot, topic, payload }, { nowMs: this.nowMs, draw });
    if (haunted !== undefined) return haunted;
    const outbound = this.#do(() => this.#cloud.receive({ robot, topic, payload }, this.nowMs));
    this.doTasks();
    this.#arrangeConfirm();
    return outbound ?? [];
  }

  objectStored(object: Rows['objects']): boolean {
    return this.#do(() => this.#cloud.objectStored(object, this.nowMs)) !== undefined;
  }

  serverDates(): string | undefined {
    const yearMs = 365 * 24 * 3_600_000;
    const offMs = this.#parts.robotWallMs() - this.#parts.startMs;
    if (offMs < -serverAgeMs) return 'CERT_NOT_YET_VALID';
    return offMs > yearMs ? 'CERT_HAS_EXPIRED' : undefined;
  }

  /** The next transaction is the last one of this process. */
  crash(how: CloudCrash): void {
    this.#crash = how;
  }

  /** A new process on the old store. What was not confirmed is forgotten; what was, stays. */
  restart(): void {
    this.#crash = undefined;
    this.#cloud = this.#create();
    this.#parts.down(this.#cloud.recover(this.nowMs));
    this.arrangeTick();
  }

  /** Time has made something due, or will soon. A command of a robot that is away is only to lapse. */
  arrangeTick(): void {
    const { robot } = this.#parts;
    const isThere = this.#store.get('presence', robot)?.state === 'connected';
    const due = this.#store.list('command_sends').map(({ key, value }) => {
      const { expiresMs = 0 } = this.#store.get('commands', key)?.command ?? {};
      return (isThere ? value.nextMs : expiresMs) - this.nowMs;
    });
    const ms = Math.min(idleTickMs, ...due.map((inMs) => Math.max(1000, inMs)));
    this.#cancelTick();
    this.#cancelTick = this.#parts.clock.after(ms, () => this.#tick());
  }

  /** Signs and drops what the cloud has left to do; signing takes its time. */
  doTasks(): void {
    const { clock, renewal, draw, down, drop } = this.#parts;
    for (const task of this.#cloud.takeTasks()) {
      if (task.kind === 'drop') {
        drop(task.certificateId);
        continue;
      }
      clock.after(draw() * 2000, () => {
        if (renewal === undefined) return;
        const signed = clock.hold(renewal.ca.sign(task, this.nowMs));
        void signed.then((pem) => {
          down(this.#do(() => this.#cloud.signed(task, pem, this.nowMs)) ?? []);
        });
      });
    }
  }

  /** Confirmations leave at the end of their window, unless this process has died meanwhile. */
  #arrangeConfirm(): void {
    const dueMs = this.#cloud.confirmDueMs();
    if (dueMs === undefined) return;
    const cloud = this.#cloud;
    this.#cancelConfirm();
    this.#cancelConfirm = this.#parts.clock.after(Math.max(0, dueMs - this.nowMs), () => {
      if (cloud !== this.#cloud) return;
      this.#parts.down(cloud.confirmDue(this.nowMs));
      this.#arrangeConfirm();
    });
  }

  #tick(): void {
    this.#parts.down(this.#do(() => this.#cloud.tick(this.nowMs)) ?? []);
    this.doTasks();
    this.arrangeTick();
  }

  /** Undefined: the cloud died over it. */
  #do<T>(work: () => T): T | undefined {
    this.#mayDie = true;
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#parts.died();
      return undefined;
    } finally {
      this.#mayDie = false;
    }
  }

  #create(): Cloud {
    const { hex, renewal } = this.#parts;
    const config = { ...cloudDefaults, endpoint, credentials };
    const renewing = renewal && {
      renewalCaId: renewal.ca.certificateId,
      retireAfterMs: renewal.graceMs,
    };
    return createCloud({
      store: this.#store,
      entropy: hex,
      log: silentLog,
      config: { ...config, ...renewing },
    });
  }

  /** The memory store, with the eyes and the end of the world. */
  #watched(store: CloudStore): CloudStore {
    const put = <K extends Table>(table: K, key: string, value: Rows[K]): void => {
      if (table === 'missions') this.#missions.push(value as MissionRow);
      store.put(table, key, value);
      if (table === 'certificates') this.#parts.certificateChanged();
    };
    return {
      ...store,
      put,
      transaction: (work) => {
        const armed = this.#mayDie ? this.#crash : undefined;
        this.#missions = [];
        const endsMission = () => this.#missions.some(({ status }) => status === 'ended');
        const meant = () => armed?.over === 'any request' || endsMission();
        const done = store.transaction(() => {
          const answer = work();
          if (armed === undefined || !meant()) return answer;
          this.#crash = undefined;
          if (armed.when === 'before commit') throw new Crash();
          return answer;
        });
        for (const row of this.#missions) this.#parts.missionStored(row);
        if (armed !== undefined && this.#crash === undefined) throw new Crash();
        return done;
      },
    };
  }
}
