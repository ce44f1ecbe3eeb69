import { options, type Settings } from '../../../agent/cli/options.ts';
import { agentConfig } from '../../../agent/config.ts';
import type { Event } from '../../../agent/events.ts';
import { type AgentEffect, effects, machinesOf } from '../../../agent/features.ts';
import type { Moment } from '../../../agent/kernel/machine.ts';
import { type States, takeTurn } from '../../../agent/kernel/turn.ts';
import { readMessage } from '../../../agent/link/inbound.ts';
import { silentLog } from '../../../base/log.ts';
import { randomStream } from '../../../base/random.ts';
import { createCloud } from '../../../cloud-stub/cloud.ts';
import { cloudDefaults } from '../../../cloud-stub/config.ts';
import type { Outbound } from '../../../cloud-stub/core/messages.ts';
import type { MeterRow } from '../../../cloud-stub/rows.ts';
import { emptyMeter } from '../../../cloud-stub/services/meter.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';

/**
 * A connected robot with nothing to do, against the stub: the agent's machines with their defaults, the stub's services
 * and its meter, in one process and on a clock that jumps to the next due action.
 */
export interface IdleRobot {
  /** Ends the connection; the robot reconnects. */
  reconnect(): void;
  runUntil(ms: number): void;
  /** What was metered until now. */
  meter(): MeterRow;
}

const robot = 'IDLE';
const roundTripMs = 80;
const startMs = Date.UTC(2026, 5, 1);

export function startIdleRobot(seed: number): IdleRobot {
  const random = randomStream(seed);
  const store = createMemoryStore();
  let [nowMs, ids] = [0, 0];
  const cloud = createCloud({
    store,
    entropy: (bytes) => (++ids).toString(16).padStart(2 * bytes, '0'),
    config: {
      ...cloudDefaults,
      endpoint: '',
      credentials: { accessKeyId: '', secretAccessKey: '' },
    },
    log: silentLog,
  });
  const machines = machinesOf(agentConfig(settings));
  const moment = (): Moment => {
    const wallMs = startMs + nowMs;
    const now = { wallMs, quality: 'synced', boot: 1, monoMs: nowMs } as const;
    return {
      now,
      latestMs: wallMs,
      random: random(),
      freshId: (++ids).toString(16).padStart(16, '0'),
    };
  };
  let states: States = Object.fromEntries(
    machines.map((machine) => [machine.name, machine.restore(undefined, moment())]),
  );
  let due: { readonly atMs: number; readonly event: Event; readonly key: string }[] = [];
  const after = (ms: number, event: Event, key = '') => {
    due.push({ atMs: nowMs + ms, event, key });
  };
  const clear = (key: string) => {
    due = due.filter((one) => one.key !== key);
  };
  const receive = (outbound: readonly Outbound[]) => {
    for (const { topic, payload } of outbound) {
      const read = readMessage(robot, topic, payload);
      if (read.ok && read.value !== undefined) after(roundTripMs, read.value);
      cloud.delivered(robot, { topic, bytes: payload.byteLength });
    }
  };
  const begin = (effect: AgentEffect) => {
    switch (effect.type) {
      case 'timer/set':
        clear(effect.key);
        return after(effect.ms, { type: 'timer', key: effect.key }, effect.key);
      case 'timer/clear':
        return clear(effect.key);
      case 'link/open':
        receive(cloud.connected(robot, { certificateId: '' }, startMs + nowMs));
        return after(roundTripMs, { type: 'link/up', credentials: effect.credentials });
      case 'publish': {
        const payload = Buffer.from(JSON.stringify(effect.payload));
        return receive(cloud.receive({ robot, topic: effect.topic, payload }, startMs + nowMs));
      }
      case 'clock/raise':
        return after(0, { type: 'clock/raised' });
      case 'body/poll':
        return after(0, { type: 'body/polled', snapshot: docked, events: [] });
      default:
        return undefined;
    }
  };
  const hear = (event: Event) => {
    const turn = takeTurn({ machines, effects }, states, event, moment());
    states = turn.states;
    for (const effect of turn.effects) begin(effect as AgentEffect);
  };
  hear(started);
  return {
    reconnect() {
      const observation = { kind: 'lost', code: 'closed', detail: '' } as const;
      hear({ type: 'link/down', credentials: 'current', observation });
    },
    runUntil(untilMs) {
      for (;;) {
        const [next] = due.toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined || next.atMs >= untilMs) break;
        due = due.filter((one) => one !== next);
        nowMs = next.atMs;
        hear(next.event);
      }
      nowMs = untilMs;
    },
    meter() {
      cloud.tick(startMs + nowMs);
      return { ...emptyMeter(), ...store.get('meters', robot) };
    },
  };
}

const defaults = Object.entries(options).map(([name, option]) => [
  name,
  'default' in option ? option.default : '',
]);
/** A robot with over-the-air updates has firmware keys. */
const settings: Settings = { ...Object.fromEntries(defaults), robot, firmwareKeys: 'keys.pem' };

const docked = {
  phase: 'charge',
  batteryPct: 100,
  mission: null,
  ended: [],
  commands: [],
  lastEvent: 0,
  settings: { cleanMode: 'standard', volume: 5 },
  clock: { nowS: 0, speed: 1 },
} as const;

const started: Event = {
  type: 'agent/started',
  version: '1.0.0',
  builtMs: 0,
  board: {
    system: { bootId: 'idle', hardwareId: 'bench-1', watchdogS: 30 },
    boot: {
      ...{ booted: 'a', next: 'a', onTrial: false },
      slots: [{ name: 'a', state: 'good', sha256: '0'.repeat(64) }],
    },
  },
  identity: {
    current: {
      ...{ certificateId: '0'.repeat(64), issuer: 'Bench CA' },
      ...{ notBeforeMs: Date.UTC(2026, 0, 1), notAfterMs: Date.UTC(2056, 0, 1) },
    },
    next: null,
  },
  isClockOurs: false,
  link: null,
};
