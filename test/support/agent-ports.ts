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
import { type HandLink, handLink } from './agent-link.ts';
import { type MemoryRuntime, memoryRuntime } from './agent-runtime.ts';
import { onOld } from './agent-updates.ts';

/** The outside of one agent in memory, with a hand on each part of it. */
export interface HandPorts extends Ports {
  readonly disk: MemoryDisk;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly runtime: MemoryRuntime;
  readonly link: HandLink;
  readonly identity: MemoryIdentity;
  readonly hand: Hand;
}

export interface Hand {
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

export function handPorts(parts: { disk?: MemoryDisk; clock?: Clock } = {}): HandPorts {
  const disk = parts.disk ?? new MemoryDisk();
  const clock = parts.clock ?? systemClock;
  const listeners = new Set<() => void>();
  const hand: Hand = {
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
    hand,
    time,
    journal: memoryJournal(),
    runtime: memoryRuntime(),
    link: handLink(),
    identity: memoryIdentity(),
    entropy: { random: () => 0.5, freshId: () => (++ids).toString(16).padStart(16, '0') },
    store: storeOn(disk, hand),
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
      body: bodyOf(hand, listeners),
      boot: { state: async () => hand.boot, arm: async () => {}, confirm: async () => {} },
      installer: {
        install: ({ slot }, signal) => {
          hand.installs.push({ slot, signal });
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
          hand.kicks += 1;
        },
      },
    },
  };
}

function storeOn(disk: MemoryDisk, hand: Hand): Store {
  const store = disk.open(() => {});
  return {
    load: store.load,
    commit(writes) {
      if (hand.storeFails !== undefined) {
        throw new PilotfishError(hand.storeFails, 'not stored');
      }
      store.commit(writes);
    },
  };
}

function bodyOf(hand: Hand, listeners: Set<() => void>): RobotBody {
  return {
    async snapshot() {
      hand.polls += 1;
      await hand.gate;
      return hand.snapshot;
    },
    events: async (after) => hand.events.filter(({ seq }) => seq > after).slice(0, 200),
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
