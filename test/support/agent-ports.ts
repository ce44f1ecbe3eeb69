import { createTime } from '../../agent/io/clock.ts';
import type { Store, Time } from '../../agent/kernel/ports.ts';
import type { Ports } from '../../agent/ports.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { PilotfishError } from '../../base/errors.ts';
import type { BootState } from '../../hal/boot-control.ts';
import type { BodyEvent, BodySnapshot, RobotBody } from '../../hal/robot-body.ts';
import { MemoryDisk } from '../simulation/world/store.ts';
import { snapshot } from './agent-body.ts';
import { type MemoryIdentity, memoryIdentity } from './agent-certificates.ts';
import { memoryJournal } from './agent-journal.ts';
import { type MemoryLink, memoryLink } from './agent-link.ts';
import { type MemoryRuntime, memoryRuntime } from './agent-runtime.ts';
import { onOld } from './agent-updates.ts';

/** All ports of one agent in memory, each controlled by the test. */
export interface MemoryPorts extends Ports {
  readonly disk: MemoryDisk;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly runtime: MemoryRuntime;
  readonly link: MemoryLink;
  readonly identity: MemoryIdentity;
  readonly control: Control;
}

export interface Control {
  snapshot: BodySnapshot;
  events: readonly BodyEvent[];
  boot: BootState;
  /** Code of the next commits' failure. */
  storeFails: string | undefined;
  /** What the body reaches before it answers; a test may hold it up. */
  gate: Promise<void>;
  kicks: number;
  polls: number;
  readonly installs: { readonly slot: string; readonly signal: AbortSignal }[];
  /** Something has changed on the body. */
  change(): void;
  readonly listeners: ReadonlySet<() => void>;
}

export function memoryPorts(parts: { disk?: MemoryDisk; clock?: Clock } = {}): MemoryPorts {
  const disk = parts.disk ?? new MemoryDisk();
  const clock = parts.clock ?? systemClock;
  const listeners = new Set<() => void>();
  const control: Control = {
    snapshot: snapshot(),
    events: [],
    boot: onOld(),
    storeFails: undefined,
    gate: Promise.resolve(),
    kicks: 0,
    polls: 0,
    installs: [],
    listeners,
    change() {
      for (const listener of listeners) listener();
    },
  };
  const time: Time = createTime(clock);
  let ids = 0;
  return {
    disk,
    control,
    time,
    journal: memoryJournal(),
    runtime: memoryRuntime(),
    link: memoryLink(),
    identity: memoryIdentity(),
    entropy: { random: () => 0.5, freshId: () => (++ids).toString(16).padStart(16, '0') },
    store: storeOn(disk, control),
    maps: {
      keep: async (missionId) => ({
        id: `map-${missionId}`,
        size: 1,
        sha256: 'a'.repeat(64),
        type: 'image/png',
      }),
      put: async () => ({ kind: 'stored' }),
      forget: async () => {},
      sweep: async () => {},
    },
    firmware: {
      check: async (manifest) => ({
        ok: true,
        value: JSON.parse(Buffer.from(manifest.payload, 'base64').toString()),
      }),
      async *fetch() {},
      raiseFloor: async () => {},
    },
    clockOwner: { isAgent: async () => false, keep: async () => {} },
    board: {
      body: bodyOf(control, listeners),
      boot: { state: async () => control.boot, arm: async () => {}, confirm: async () => {} },
      installer: {
        install: ({ slot }, signal) => {
          control.installs.push({ slot, signal });
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        },
      },
      system: {
        info: async () => ({ bootId: 'b', hardwareId: 'sim-board-1', watchdogS: 40 }),
        reboot: async () => {},
        setClock: async () => {},
        setClockBack: async () => {},
        kick: async () => {
          control.kicks += 1;
        },
      },
    },
  };
}

function storeOn(disk: MemoryDisk, control: Control): Store {
  const store = disk.open(() => {});
  return {
    load: store.load,
    commit(writes) {
      if (control.storeFails !== undefined) {
        throw new PilotfishError(control.storeFails, 'not stored');
      }
      store.commit(writes);
    },
  };
}

function bodyOf(control: Control, listeners: Set<() => void>): RobotBody {
  return {
    async snapshot() {
      control.polls += 1;
      await control.gate;
      return control.snapshot;
    },
    events: async (after) => control.events.filter(({ seq }) => seq > after).slice(0, 200),
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    command: async ({ tag, verb }) => ({ tag, verb, result: 'done' }),
    configure: async () => ({ refused: {} }),
    async map() {
      throw new PilotfishError('gone', 'no map is kept');
    },
  };
}
