import { silentLog } from '../../../base/log.ts';
import { type Cloud, createCloud, type RunUnit } from '../../../cloud-stub/cloud.ts';
import { type Credentials, cloudDefaults } from '../../../cloud-stub/config.ts';
import type { DisconnectReason, Outbound } from '../../../cloud-stub/core/messages.ts';
import { ownerOf } from '../../../cloud-stub/core/owners.ts';
import type { Fences } from '../../../cloud-stub/core/rerun.ts';
import type { CloudStore, Write } from '../../../cloud-stub/core/store.ts';
import type { RenewalCa } from '../../../cloud-stub/renewal-ca.ts';
import type { MissionRow, Rows, Table } from '../../../cloud-stub/rows.ts';
import { storeObject } from '../../../cloud-stub/services/objects.ts';
import type { ConnectionInfo } from '../../../cloud-stub/services/presence.ts';
import type { ClientCertificate } from '../../../cloud-stub/services/registry.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createShared, type MemoryShared, runNow } from '../../support/shared-store.ts';
import type { VirtualClock } from './clock.ts';
import { InventedJobs } from './invented-jobs.ts';
import type { CloudCrash } from './scenario.ts';

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

/** How long the cloud's machine takes to restart after a crash. */
const diedMs = 3000;

/** The cloud's tick interval while it has nothing to send. */
const idleTickMs = 10 * 60_000;

/** A robot as the cloud's machine sees it. */
export interface RobotSide {
  /** What the robot's clock shows. */
  readonly wallMs: () => number;
  /** Carries messages to the robot. */
  readonly down: (outbound: readonly Outbound[]) => void;
  readonly drop: (certificateId: string | undefined) => void;
  /** The cloud's machine is up, or is down with all its connections. */
  readonly reachable: (isReachable: boolean) => void;
  /** A mission's row is about to be stored. */
  readonly missionStored: (row: MissionRow) => void;
  readonly certificateChanged: () => void;
  /** A message of this robot has written a row that belongs to another. */
  readonly foreignRow: (row: string) => void;
}

export interface CloudParts {
  readonly clock: VirtualClock;
  readonly startMs: number;
  readonly hex: (bytes: number) => string;
  readonly draw: () => number;
  /** Decides when other processes of the cloud commit rows of the same robot. */
  readonly conflicts: () => number;
  readonly count: (fault: string) => void;
  readonly renewal: { readonly ca: RenewalCa; readonly graceMs: number } | undefined;
  readonly trace: (who: string, what: string) => void;
}

class Crash extends Error {}

/** The share of units of work that meet a conflict. */
const conflictShare = 0.1;

/** The stub's own services over a store that survives them, for all robots of a world; their clock is true time. */
export class WorldCloud {
  /** While active, responds in place of the jobs service. */
  readonly inventedJobs = new InventedJobs();
  readonly #parts: CloudParts;
  readonly #robots = new Map<string, RobotSide>();
  #isDown = false;
  readonly #store: CloudStore;
  readonly #shared: MemoryShared;
  /** Every second world's cloud runs its handlers as on a store that several processes share. */
  readonly #isShared: boolean;
  #cloud: Cloud;
  #crash: CloudCrash | undefined;
  /** The cloud dies only during a robot's request: an operator who gets an error retries. */
  #mayDie = false;
  /** The robot whose message is being handled. */
  #sender: string | undefined;
  #cancelTick = () => {};
  #cancelConfirm = () => {};

  constructor(parts: CloudParts) {
    this.#parts = parts;
    this.#store = this.#watched(createMemoryStore());
    this.#shared = createShared(this.#store);
    this.#isShared = parts.conflicts() < 0.5;
    this.#cloud = this.#create();
    this.arrangeTick();
  }

  get nowMs(): number {
    return this.#parts.startMs + this.#parts.clock.nowMs;
  }

  get operator(): ReturnType<typeof operatorOf> {
    return operatorOf(this.#cloud);
  }

  /** The status of a certificate that was ever presented here. */
  statusOf(certificateId: string | undefined): string | undefined {
    return certificateId && this.#store.get('certificates', certificateId)?.status;
  }

  /** Adds a robot. Returns the cloud as that robot's network uses it. */
  attach(robot: string, side: RobotSide): CloudSide {
    this.#robots.set(robot, side);
    return {
      receive: (topic, payload) => this.#receive(robot, topic, payload),
      connected: (info) => this.#connected(robot, info),
      disconnected: (end) => void this.#do(() => this.#cloud.disconnected(robot, end, this.nowMs)),
      admits: (certificate) => this.admits(certificate),
      serverDates: () => this.#serverDates(side.wallMs()),
    };
  }

  admits(certificate: ClientCertificate): boolean {
    return this.#do(() => this.#cloud.admit(certificate, this.nowMs))?.admitted ?? false;
  }

  #connected(robot: string, info: ConnectionInfo): Outbound[] {
    const outbound = this.#do(() => this.#cloud.connected(robot, info, this.nowMs)) ?? [];
    this.arrangeTick();
    return outbound;
  }

  #receive(robot: string, topic: string, payload: Uint8Array): Outbound[] {
    const { draw } = this.#parts;
    const invented = this.inventedJobs.answer(
      { robot, topic, payload },
      { nowMs: this.nowMs, draw },
    );
    if (invented !== undefined) return invented;
    this.#sender = robot;
    const outbound = this.#do(() => this.#cloud.receive({ robot, topic, payload }, this.nowMs));
    this.#sender = undefined;
    this.doTasks();
    this.#arrangeConfirm();
    this.arrangeTick();
    return outbound ?? [];
  }

  objectStored(object: Rows['objects']): boolean {
    const store = () => this.#cloud.serve(this.nowMs, (ctx) => storeObject(ctx, object));
    return this.#do(store) !== undefined;
  }

  #serverDates(robotWallMs: number): string | undefined {
    const yearMs = 365 * 24 * 3_600_000;
    const offMs = robotWallMs - this.#parts.startMs;
    if (offMs < -serverAgeMs) return 'CERT_NOT_YET_VALID';
    return offMs > yearMs ? 'CERT_HAS_EXPIRED' : undefined;
  }

  /** The next transaction is the last one of this process. */
  crash(how: CloudCrash): void {
    this.#crash = how;
  }

  /** The cloud's machine is down for a while, and all connections with it; then it restarts on its store. */
  die(forMs: number): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#parts.trace('world', 'the cloud died');
    for (const { reachable } of this.#robots.values()) reachable(false);
    this.#parts.clock.after(forMs, () => {
      this.#isDown = false;
      for (const { reachable } of this.#robots.values()) reachable(true);
      this.#restart();
    });
  }

  /** Starts a new process on the old store. Unconfirmed changes are lost; confirmed ones stay. */
  #restart(): void {
    this.#crash = undefined;
    this.#cloud = this.#create();
    this.#down(this.#cloud.recover(this.nowMs));
    this.arrangeTick();
  }

  /** Each message goes to the robot that it is for. */
  #down(outbound: readonly Outbound[]): void {
    for (const one of outbound) this.#robots.get(one.robot ?? '')?.down([one]);
  }

  /** Schedules a tick for when something is due. */
  arrangeTick(): void {
    const [first] = this.#store.listBefore('timers', '~', 1);
    const inMs = first === undefined ? idleTickMs : Number.parseInt(first.key, 10) - this.nowMs;
    const ms = Math.min(idleTickMs, Math.max(1000, inMs));
    this.#cancelTick();
    this.#cancelTick = this.#parts.clock.after(ms, () => this.#tick());
  }

  /** Signs and drops what the cloud has left to do. Signing takes some time. */
  doTasks(): void {
    const { clock, renewal, draw } = this.#parts;
    for (const task of this.#cloud.takeTasks()) {
      if (task.kind === 'drop') {
        this.#robots.get(task.robot)?.drop(task.certificateId);
        continue;
      }
      // No CA is registered here.
      if (task.kind === 'trust') continue;
      clock.after(draw() * 2000, () => {
        if (renewal === undefined) return;
        const signed = clock.hold(renewal.ca.sign(task, this.nowMs));
        void signed.then((pem) => {
          this.#down(this.#do(() => this.#cloud.signed(task, pem, this.nowMs)) ?? []);
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
      this.#down(cloud.confirmDue(this.nowMs));
      this.#arrangeConfirm();
    });
  }

  #tick(): void {
    this.#down(this.#do(() => this.#cloud.tick(this.nowMs)) ?? []);
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
      this.die(diedMs);
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
    const whole = { ...config, ...renewing };
    const runShared: RunUnit = (nowMs, work) =>
      runNow(this.#shared, { config: whole, entropy: hex, nowMs }, work, (fences) => {
        this.#conflict(fences);
      });
    return createCloud({
      store: this.#store,
      entropy: hex,
      log: silentLog,
      config: whole,
      ...(this.#isShared ? { runUnit: runShared } : {}),
    });
  }

  /** Another process commits rows of an owner that this unit of work has read. */
  #conflict(fences: Fences): void {
    const { conflicts, count } = this.#parts;
    if (fences.size === 0 || conflicts() >= conflictShare) return;
    const owner = [...fences.keys()][Math.floor(conflicts() * fences.size)];
    if (owner !== undefined) this.#shared.touch(owner);
    count('store conflict');
  }

  /** A robot's message writes rows of this robot and its certificates. What follows from it is a unit of its own. */
  #checkOwners(writes: readonly Write[]): void {
    const sender = this.#sender;
    this.#sender = undefined;
    if (sender === undefined) return;
    for (const { table, key } of writes) {
      const owner = ownerOf(table, key);
      if (owner === sender || owner.startsWith('certificate/')) continue;
      this.#robots.get(sender)?.foreignRow(`${table} ${key}`);
    }
  }

  /** The memory store, with the world's checks and crashes added. */
  #watched(store: CloudStore): CloudStore {
    return {
      ...store,
      commit: (writes) => {
        const missions = rowsIn(writes, 'missions');
        const crash = this.#mayDie ? this.#crash : undefined;
        const isMeant =
          crash?.over === 'any request' || missions.some(({ status }) => status === 'ended');
        const dies = crash !== undefined && isMeant ? crash.when : undefined;
        if (dies !== undefined) this.#crash = undefined;
        if (dies === 'before commit') throw new Crash();
        store.commit(writes);
        this.#checkOwners(writes);
        for (const row of missions) this.#robots.get(row.robot)?.missionStored(row);
        if (rowsIn(writes, 'certificates').length > 0) {
          for (const { certificateChanged } of this.#robots.values()) certificateChanged();
        }
        if (dies !== undefined) throw new Crash();
      },
    };
  }
}

const rowsIn = <K extends Table>(writes: readonly Write[], table: K): Rows[K][] =>
  writes.flatMap((write) =>
    write.table === table && write.value !== undefined ? [write.value as Rows[K]] : [],
  );
