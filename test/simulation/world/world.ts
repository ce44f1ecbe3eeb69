import { options, type Settings } from '../../../agent/cli/options.ts';
import { type AgentConfig, agentConfig } from '../../../agent/config.ts';
import type { CredentialsName } from '../../../agent/events.ts';
import { openRunsFile } from '../../../agent/io/crashes.ts';
import { seededRandom } from '../../../base/random.ts';
import type { RenewalCa } from '../../../cloud-stub/renewal-ca.ts';
import type { ClientCertificate } from '../../../cloud-stub/services/registry.ts';
import type { Agent as Process } from '../../../hal/sim/board/power.ts';
import { portsOf } from './agent-ports.ts';
import { AgentProcess } from './agent-process.ts';
import { WorldBoard } from './board.ts';
import { hexOf } from './chance.ts';
import { BoardClock, VirtualClock } from './clock.ts';
import { type CloudSide, serverAgeMs, WorldCloud } from './cloud.ts';
import { WorldCredentials } from './credentials.ts';
import { worldTransientFiles } from './file-system.ts';
import type { WorldFiles } from './files.ts';
import { factoryImage, imageIn } from './images.ts';
import { Network } from './network.ts';
import { Objects } from './objects.ts';
import { Rules } from './rules.ts';
import type { PoisonedMachine, Where } from './scenario.ts';
import { MemoryDisk } from './store.ts';

/** The first robot of a world, and one beside it. */
export const robot = 'R1';
export const neighbour = 'R2';
export const startMs = Date.UTC(2026, 5, 1);
export const hardwareId = 'sim-board-1';

/** Who renews the robot's certificates, and how long the cloud accepts an old one. */
export interface Renewal {
  readonly ca: RenewalCa;
  readonly graceMs: number;
}

/** An end that waits for its moment. */
interface Trap {
  readonly where: Where;
  readonly untilMs: number;
  readonly spring: () => void;
}

export type Trace = (who: string, what: string, about?: object) => void;

/**
 * A robot and its cloud in one process: the whole agent, the stub's own services, the simulated board's own model.
 * Clock, network, disk and object store are the world's. All randomness comes from the seed, with a stream for each
 * part.
 */
export class World {
  readonly robot: string;
  readonly clock: VirtualClock;
  readonly boardClock: BoardClock;
  readonly disk = new MemoryDisk();
  /** The true renewal CA, if there is one, and the false cloud's. */
  readonly renewalCa: RenewalCa | undefined;
  readonly falseCa: RenewalCa | undefined;
  /** Certificates issued by a false cloud. */
  readonly falseCertificates = new Set<string>();
  /** What the robot stores beside its database: identity, maps, floors. */
  readonly files: WorldFiles;
  /** The folder in memory for the agent's next process. */
  readonly transient = new Map<string, string>();
  /** Keys that the robot has made since the factory. */
  keysMade = 0;
  readonly faults: Record<string, number> = {};
  readonly seen: Record<string, number> = {};
  readonly cloud: WorldCloud;
  readonly network: Network;
  readonly board: WorldBoard;
  readonly objects: Objects;
  readonly credentials: WorldCredentials;
  readonly rules: Rules;
  readonly trace: Trace;
  readonly config: AgentConfig;
  /** Active faults of the board and its disk. */
  readonly trouble = { isFull: false, silent: 0, diskFails: 0, spoils: 0 };
  readonly seed: number;
  readonly #streams: Record<string, () => number> = {};
  #traps: Trap[] = [];
  readonly #cloudSide: CloudSide;
  #agentProcess: AgentProcess | undefined;
  #runs = 0;

  constructor(parts: {
    seed: number;
    /** The files of a robot fresh from the factory. */
    files: WorldFiles;
    renewal: Renewal | undefined;
    trace: Trace | undefined;
    /** The most reports to keep, if not the default. */
    reportsMax?: number | undefined;
    falseCa?: RenewalCa | undefined;
    /** This robot's name. */
    robot?: string;
    /** Another robot of the same cloud: clock, cloud and object store are its. */
    beside?: World;
  }) {
    const { seed, renewal, trace, beside } = parts;
    this.robot = parts.robot ?? robot;
    const usual = usualOf(this.robot);
    const { reportsMax = usual.missions.reportsMax } = parts;
    this.clock = beside?.clock ?? new VirtualClock();
    this.boardClock = new BoardClock(this.clock, startMs);
    this.seed = seed;
    this.renewalCa = renewal?.ca;
    this.falseCa = parts.falseCa;
    this.config = { ...usual, missions: { ...usual.missions, reportsMax } };
    this.trace = trace ?? (() => {});
    const count = (fault: string) => this.count(fault);
    this.rules = new Rules(this);
    this.disk.watch = this.rules.store;
    this.files = parts.files;
    this.credentials = new WorldCredentials(this.robot, this.files);
    this.cloud =
      beside?.cloud ??
      new WorldCloud({
        ...{ startMs, renewal, trace: this.trace },
        clock: this.clock,
        hex: hexOf(this.stream('cloud')),
        draw: this.stream('cloud'),
        conflicts: this.stream('conflicts'),
        count,
      });
    this.#cloudSide = this.cloud.attach(this.robot, {
      wallMs: () => this.boardClock.wallMs(),
      down: (outbound) => this.network.down(outbound),
      drop: (certificateId) => this.network.drop(certificateId),
      reachable: (isReachable) => {
        this.network.isDown = !isReachable;
        if (!isReachable) this.clock.after(0, () => this.network.cut('the broker died'));
      },
      missionStored: (row) => this.rules.missionStored(row),
      certificateChanged: () => this.rules.checkCredentials(),
      foreignRow: (row) => this.rules.broken('stub', `a message of ${this.robot} wrote ${row}`),
    });
    this.network = new Network({
      clock: this.clock,
      draw: this.stream('network'),
      robot: this.robot,
      cloud: this.#cloudSide,
      serverFromMs: startMs - serverAgeMs,
      connectMs: options.connectTimeoutS.default * 1000,
      presented: (credentials) => this.presented(credentials),
      connected: (certificateId) => this.rules.connected(certificateId),
      count,
      trace: this.trace,
      attempted: (pauseMs) => this.rules.attempted(pauseMs),
      published: () => this.rules.published(),
    });
    this.objects =
      beside?.objects ??
      new Objects({
        clock: this.clock,
        draw: this.stream('http'),
        cloud: this.cloud,
        count,
        trace: this.trace,
      });
    this.board = new WorldBoard({
      clock: this.boardClock,
      seed,
      draw: this.stream('board'),
      image: factoryImage,
      start: (slot) => this.#start(slot),
      booted: (slot) => {
        this.network.booted();
        this.rules.safeMode.booted();
        this.rules.booted(slot);
      },
      reach: (point) => this.reach(point),
      changed: (what) => this.rules.mediumChanged(what),
    });
    const made = this.presented('current');
    if (made !== null) this.cloud.admits(made);
    this.rules.isBlocked = false;
  }

  /** Randomness for one part of the world; removing something elsewhere does not change it. */
  stream(name: string): () => number {
    const letters = Array.from(name, (letter) => letter.charCodeAt(0));
    this.#streams[name] ??= seededRandom(this.seed, ...letters);
    return this.#streams[name];
  }

  count(fault: string): void {
    this.faults[fault] = (this.faults[fault] ?? 0) + 1;
  }

  saw(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }

  /** The number of the current run, from 1. */
  get runs(): number {
    return this.#runs;
  }

  get agentProcess(): AgentProcess | undefined {
    return this.#agentProcess;
  }

  /** Each machine's status; empty while no agent runs. */
  status(): Record<string, Record<string, unknown>> {
    return (this.#agentProcess?.agent?.status() ?? {}) as Record<string, Record<string, unknown>>;
  }

  /** Ends the agent's process; the supervisor starts it again. */
  kill(): boolean {
    if (this.#agentProcess === undefined) return false;
    this.saw('kills');
    this.trace('world', 'killed');
    this.#agentProcess.kill('force');
    return true;
  }

  /**
   * Makes a stored value of a machine one that it cannot use: it throws at every start, as after a bug of an earlier
   * release.
   */
  poison(machine: PoisonedMachine): void {
    this.disk.poison(machine);
    this.rules.storeLost();
    this.kill();
  }

  /** Cuts the power for a while. */
  cutPower(offMs: number, clock: 'runs on' | 'lost'): boolean {
    if (!this.board.isOn) return false;
    this.saw('power cuts');
    this.trace('world', 'power cut');
    this.network.agentDied('power');
    this.board.cutPower();
    for (const files of [this.files, this.board.medium.slots]) {
      files.cutPower(this.stream('files'), (how) => this.count(how));
    }
    this.transient.clear();
    this.credentials.refresh();
    this.rules.checkCredentials();
    this.clock.after(offMs, () => {
      if (clock === 'lost') this.boardClock.aheadMs = -(startMs + this.clock.nowMs);
      this.trace('world', 'power on');
      void this.board.powerOn();
    });
    return true;
  }

  /** Schedules an end for the next time that `where` is reached. */
  arrange(trap: Trap): void {
    if (trap.where === 'now') trap.spring();
    else this.#traps.push(trap);
  }

  reach(point: string): void {
    if (this.#traps.length === 0) return;
    this.#traps = this.#traps.filter(({ untilMs }) => untilMs > this.clock.nowMs);
    const sprung = this.#traps.find(({ where }) => where === point);
    if (sprung === undefined) return;
    this.#traps = this.#traps.filter((trap) => trap !== sprung);
    this.trace('world', `reached: ${point}`);
    sprung.spring();
  }

  presented(credentials: CredentialsName): ClientCertificate | null {
    const facts = this.credentials.of(credentials);
    if (facts === null) return null;
    // The true cloud knows the certificates that it has renewed; of others it checks the CA.
    const isFalse = this.falseCertificates.has(facts.certificateId);
    const caCertificateId = isFalse ? (this.renewalCa?.certificateId ?? 'none') : 'ca';
    return { ...facts, caCertificateId, commonName: this.robot, pem: '' };
  }

  /** What the robot says of the server certificate's dates. */
  serverDates(): string | undefined {
    return this.#cloudSide.serverDates();
  }

  /** Whether the board does not respond this time. */
  isSilent(): boolean {
    const isSilent = this.trouble.silent > 0 && this.stream('silence')() < this.trouble.silent;
    if (isSilent) this.count('board-silent');
    return isSilent;
  }

  #start(slot: string): Process {
    const image = imageIn(this.board.medium.slots.read(slot));
    if (image === undefined) throw new Error('the slot holds no image');
    const agentProcess = new AgentProcess(image, {
      nowMs: () => this.clock.nowMs,
      reach: (point) => this.reach(point),
      hasRoom: () => !this.trouble.isFull,
      ended: (how) => {
        if (this.#agentProcess === agentProcess) this.#agentProcess = undefined;
        if (this.board.isOn) this.network.agentDied('process');
        this.trace('board', 'agent ended', { how });
      },
      begun: (how) => this.rules.safeMode.begun(how),
      crashed: (error, how) => this.rules.crashed(error, how),
      runsFile: (journal) =>
        openRunsFile('run/crashes.json', worldTransientFiles(this.transient), journal),
      clock: this.boardClock,
    });
    this.#agentProcess = agentProcess;
    this.rules.store.runBegins();
    this.trace('board', 'agent started', { slot, version: image.version });
    this.#runs++;
    this.saw('starts');
    if (image.kind === 'crashes') this.clock.after(1000, () => agentProcess.end('exit code 1'));
    else if (image.kind !== 'hangs')
      void agentProcess.run(portsOf(this, agentProcess), this.config);
    return agentProcess;
  }
}

/** The agent's own defaults, except for names of files and hosts. */
const defaults = Object.fromEntries(
  Object.entries(options).map(([key, option]) => [key, 'default' in option ? option.default : '']),
);
const usualOf = (robot: string): AgentConfig =>
  agentConfig({ ...(defaults as unknown as Settings), robot, firmwareKeys: 'keys' });
