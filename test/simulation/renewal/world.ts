import { type Agent, createAgent } from '../../../agent/agent.ts';
import { agentConfig } from '../../../agent/config.ts';
import type { Event, Pair } from '../../../agent/events.ts';
import { createTime } from '../../../agent/io/clock.ts';
import { createJournal } from '../../../agent/io/journal.ts';
import type { Firmware, Maps } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { silentLog } from '../../../base/log.ts';
import { type Cloud, createCloud } from '../../../cloud-stub/cloud.ts';
import { cloudDefaults } from '../../../cloud-stub/ports.ts';
import type { RenewalCa } from '../../../cloud-stub/renewal-ca.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import { seededRandom } from '../../../hal/sim/body/random.ts';
import type { Terrain } from '../../../hal/sim/floor/terrain.ts';
import { certificate } from '../../support/agent-pairs.ts';
import { type Disk, WorldPairs } from '../world/pairs.ts';
import { MemoryDisk } from '../world/store.ts';
import { WorldBoard } from './board.ts';
import { VirtualClock } from './clock.ts';
import { Network } from './network.ts';

const robot = 'R1';
const startMs = Date.UTC(2026, 5, 1);

/** What makes certificates, and the first one; without it nothing is renewed. */
export interface Renewal {
  readonly ca: RenewalCa;
  /** Of the robot's first certificate: its life before and after the world's beginning. */
  readonly pastMs: number;
  readonly leftMs: number;
  /** How long the cloud still takes an old certificate. */
  readonly graceMs: number;
}

/**
 * A robot and its cloud in one process: the whole agent, the stub's own services, the simulated body's own model; the
 * clock, the network and the disk are the world's. Everything that happens by chance hangs on the seed.
 */
export class World {
  readonly clock = new VirtualClock(startMs);
  readonly disk = new MemoryDisk();
  readonly cloud: Cloud;
  readonly network: Network;
  readonly board: WorldBoard;
  readonly pairs: WorldPairs;
  readonly draw: () => number;
  kills = 0;
  /** Chance that the power of the computer goes right after a commit. */
  killAfterCommit = 0;
  /** Chances of a change of the pairs on disk: that it fails, and that the power goes right after it. */
  diskFails = 0;
  killAfterDisk = 0;
  /** Happens every second. */
  watch: () => void = () => {};
  #agent: Agent | undefined;
  #life = 0;

  constructor(seed: number, terrain: Terrain, renewal?: Renewal) {
    this.draw = seededRandom(seed, 1);
    const hex = (bytes: number) =>
      Array.from({ length: bytes * 2 }, () => Math.floor(this.draw() * 16).toString(16)).join('');
    this.cloud = createCloud({
      store: createMemoryStore(),
      entropy: hex,
      log: silentLog,
      config: {
        ...cloudDefaults,
        endpoint: 'https://localhost:8443',
        credentials: { accessKeyId: 'AKID', secretAccessKey: 'test-secret' },
        ...(renewal
          ? { renewalCaId: renewal.ca.certificateId, retireAfterMs: renewal.graceMs }
          : {}),
      },
    });
    const first = renewal && {
      notBeforeMs: startMs - renewal.pastMs,
      notAfterMs: startMs + renewal.leftMs,
    };
    this.pairs = new WorldPairs(robot, certificate(1, first));
    const presented = (pair: Pair) => {
      const facts = this.pairs.of(pair);
      return facts && { ...facts, caCertificateId: 'ca', commonName: robot, pem: '' };
    };
    const made = presented('current');
    if (made !== null) this.cloud.admit(made, startMs);
    this.network = new Network({
      robot,
      cloud: this.cloud,
      clock: this.clock,
      draw: this.draw,
      presented,
      renewal: renewal?.ca,
    });
    this.board = new WorldBoard({ clock: this.clock, terrain, seed });
    this.#tick();
  }

  async startAgent(): Promise<void> {
    const life = ++this.#life;
    const ports = {
      time: createTime(this.clock),
      entropy: { draw: this.draw, nonce: () => this.#nonce() },
      store: this.disk.open(() => {
        if (life !== this.#life) throw new Error('this agent is dead');
        if (this.draw() < this.killAfterCommit) {
          this.killAgent();
          throw new Error('killed right after the commit');
        }
      }),
      link: this.network.link(),
      identity: this.pairs.identity(this.#disk(life)),
      maps: this.#maps(),
      firmware: noFirmware,
      board: this.board.hal(),
      journal: createJournal(silentLog),
    };
    try {
      const agent = await createAgent(ports, config, { version: 'world', builtMs: 0 });
      if (life === this.#life) this.#agent = agent;
      else await agent[Symbol.asyncDispose]();
    } catch (error) {
      if (life === this.#life) throw error;
    }
  }

  /** The process is gone from one moment to the next; it is started again a second later. */
  killAgent(): void {
    this.kills++;
    this.#life++;
    void this.#agent?.[Symbol.asyncDispose]();
    this.#agent = undefined;
    this.clock.after(1000, () => void this.startAgent());
  }

  status(): Record<string, Record<string, unknown>> {
    return (this.#agent?.status() ?? {}) as Record<string, Record<string, unknown>>;
  }

  sendCommand(command: 'start' | 'stop' | 'dock', expiresMs: number): string | undefined {
    const nowMs = this.clock.wallMs();
    const sent = this.cloud.operator.sendCommand(
      { robot, command, expiresMs: nowMs + expiresMs },
      nowMs,
    );
    if (!sent.ok) return undefined;
    this.network.down(sent.value.outbound);
    return sent.value.row.command.id;
  }

  deliver(event: Event): void {
    this.#agent?.deliver(event);
  }

  /** One change of the pairs after another; what a dead agent still wanted does not happen. */
  #disk(life: number): Disk {
    let last: Promise<unknown> = Promise.resolve();
    const dead = () => new Error('this agent is dead');
    return (change) => {
      const work = async () => {
        await new Promise<void>((resolve) => this.clock.after(this.draw() * 2000, resolve));
        if (life !== this.#life) throw dead();
        if (this.draw() < this.diskFails) throw new PilotfishError('EIO', 'the disk failed');
        const done = await change();
        if (this.draw() < this.killAfterDisk) this.killAgent();
        if (life !== this.#life) throw dead();
        return done;
      };
      const done = last.then(work, work);
      last = done.catch(() => {});
      return done;
    };
  }

  #nonce(): string {
    return Array.from({ length: 16 }, () => Math.floor(this.draw() * 16).toString(16)).join('');
  }

  #tick(): void {
    this.clock.after(1000, () => {
      this.network.down(this.cloud.tick(this.clock.wallMs()));
      this.network.doTasks();
      this.watch();
      this.#tick();
    });
  }

  /** Maps without pixels: the object store's event comes when a PUT succeeds, sometimes without the robot hearing of it. */
  #maps(): Maps {
    return {
      keep: async (missionId) => ({
        id: `map-${missionId}`,
        size: 100,
        sha256: 'ab'.repeat(32),
        type: 'image/png',
      }),
      put: async (map, grant) => {
        if (this.clock.wallMs() >= grant.expiresMs) return { kind: 'renew', code: 'AccessDenied' };
        if (this.draw() < this.network.faults.drop) return { kind: 'later', code: 'ECONNRESET' };
        const key = decodeURIComponent(new URL(grant.url).pathname.replace('/objects/', ''));
        const object = { key, etag: '', storedMs: this.clock.wallMs() };
        const { size, sha256, type } = map;
        this.network.down(
          this.cloud.objectStored({ ...object, size, sha256, type }, this.clock.wallMs()),
        );
        if (this.draw() < this.network.faults.drop) return { kind: 'later', code: 'ECONNRESET' };
        return { kind: 'stored' };
      },
      forget: async () => {},
    };
  }
}

const config = agentConfig({
  robot,
  dataDir: '',
  cloudHost: '',
  cloudPort: 0,
  cloudCa: '',
  keepAliveS: 60,
  keyKind: 'ec-p256',
  deviceKey: 'file',
  pkcs11Module: '',
  pkcs11Socket: '',
  opensslEngines: '',
  renewal: true,
  renewalTemplate: 'pilotfish',
  board: '',
  firmwareKeys: '',
  shadow: true,
  jobs: false,
  progressS: 30,
  reportsMax: 500,
  reportsKiBMax: 2048,
  retryS: 2,
  retrySMax: 300,
  healthS: 180,
});

/** This world has no updates yet. */
const noFirmware: Firmware = {
  check: async () => ({ ok: false, code: 'untrusted', message: 'no updates here' }),
  async *fetch() {},
  raiseFloor: async () => {},
};
