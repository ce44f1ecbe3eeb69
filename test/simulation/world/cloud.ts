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

/** The cloud as the network uses it. */
export interface CloudSide {
  receive(topic: string, payload: Uint8Array): Outbound[];
  connected(info: ConnectionInfo): Outbound[];
  disconnected(end: { reason: DisconnectReason; sessionId: string }): void;
  admits(certificate: ClientCertificate): boolean;
  /** The robot's complaint about the server's certificate dates, by the robot's clock. */
  serverDates(): string | undefined;
}

/** How long the server's certificate had been valid when the world started. */
export const serverAgeMs = 30 * 24 * 3_600_000;

export const endpoint = 'https://localhost:8443';
export const credentials: Credentials = { accessKeyId: 'AKID', secretAccessKey: 'test-secret' };
export const region = cloudDefaults.region;

/** The cloud's tick interval while it has nothing to send. */
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
  /** The cloud's machine died, and all connections with it. */
  readonly died: () => void;
  /** A mission's row is about to be stored. */
  readonly missionStored: (row: MissionRow) => void;
  readonly certificateChanged: () => void;
}

class Crash extends Error {}

/** The stub's own services over a store that survives them; their clock is true time. */
export class WorldCloud implements CloudSide {
  /** While active, responds in place of the jobs service. */
  readonly ghost = new GhostJobs();
  readonly #parts: CloudParts;
  readonly #store: CloudStore;
  #cloud: Cloud;
  #crash: CloudCrash | undefined;
  /** The missions as the current transaction has written them. */
  #missions: MissionRow[] = [];
  /** The cloud dies only during a robot's request: an operator who gets an error retries. */
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

  /** The status of a certificate that was ever presented here. */
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

  /** Starts a new process on the old store. Unconfirmed changes are lost; confirmed ones stay. */
  restart(): void {
    this.#crash = undefined;
    this.#cloud = this.#create();
    this.#parts.down(this.#cloud.recover(this.nowMs));
    this.arrangeTick();
  }

  /** Schedules a tick when something is or will soon be due. For a disconnected robot a command only has to expire. */
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

  /** Signs and drops what the cloud has left to do. Signing takes some time. */
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

  /** Confirmations leave at the end of their window, unless this process died before that. */
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

  /** Runs a transaction. Undefined: the cloud died during it. */
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

  /** The memory store, with the world's checks and crashes added. */
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
