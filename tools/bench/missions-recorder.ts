import { createCommits } from '../../agent/kernel/commits.ts';
import type { Store } from '../../agent/kernel/ports.ts';
import { restoreStates } from '../../agent/kernel/restore.ts';
import { type States, takeTurn } from '../../agent/kernel/turn.ts';
import { missionsMachine } from '../../agent/missions/machine.ts';
import type { Entry } from '../../agent/missions/outbox.ts';
import type { BodyEvent, BodyMission, BodySnapshot } from '../../hal/robot-body.ts';
import { orderKeyOf } from '../../protocol/missions.ts';

/** The agent's missions machine over a store, fed with missions without a body and without a clock. */
export interface Recorder {
  /** The body has started a mission; it is on disk on return. */
  open(): void;
  /** The body has ended the mission, or one whose start nobody recorded: its report is on disk on return. */
  end(): void;
  /** The cloud confirms every report that it can have received. */
  confirm(): void;
}

const config = {
  robot: 'PF-1001',
  progressMs: 60_000,
  reportBytesMax: 2 * 1024 * 1024,
  resendMs: 4000,
  resendMsMax: 3_600_000,
};
const missionMs = 3_600_000;

/** `kept`: reports that the outbox holds, confirmed or not. */
export function createRecorder(store: Store, kept: number): Recorder {
  const machine = missionsMachine({ ...config, reportsMax: kept });
  const quiet = { note: () => {}, count: () => {}, countRejected: () => {}, counts: () => ({}) };
  const commits = createCommits(store);
  let nowMs = Date.UTC(2026, 0, 1);
  let n = 0;
  let isOpen = false;
  const moment = () => {
    const now = { wallMs: nowMs, quality: 'synced' as const, boot: 1, monoMs: nowMs };
    return { now, latestMs: nowMs, random: 0.5, freshId: '00112233445566ff' };
  };
  let states: States = restoreStates([machine], [], moment(), quiet);
  const turn = (event: Parameters<typeof takeTurn>[2]) => {
    const taken = takeTurn({ machines: [machine], effects: {} }, states, event, moment());
    commits.take(taken);
    states = taken.states;
  };
  const ended: BodyMission[] = [];
  const observe = (mission: BodyMission | null, events: BodyEvent[]) => {
    const snapshot = { ...idle, mission, ended: ended.slice(-16), lastEvent: 2 * n };
    turn({ type: 'body/snapshot', snapshot, events });
  };
  return {
    open() {
      n += 1;
      isOpen = true;
      observe(missionOf(n, nowMs), [eventOf(n, 'started')]);
    },
    end() {
      nowMs += missionMs;
      if (!isOpen) n += 1;
      isOpen = false;
      const startedMs = nowMs - missionMs;
      ended.push({ ...missionOf(n, startedMs), endedMs: nowMs, outcome: 'completed' });
      observe(null, [eventOf(n, 'ended')]);
    },
    confirm() {
      const entries = [...(states['missions']?.items.values() ?? [])] as Entry[];
      const waiting = entries.filter(({ state }) => state === 'unconfirmed');
      const accepted = waiting.map(({ document }) => orderKeyOf(document));
      turn({ type: 'cloud/reports-accepted', body: { v: 1, accepted } });
    },
  };
}

const idle: BodySnapshot = {
  phase: 'charge',
  batteryPct: 63,
  pose: { x: 1.25, y: 3.5, theta: 0 },
  mission: null,
  ended: [],
  commands: [],
  lastEvent: 0,
  settings: {},
  clock: { nowS: 0, speed: 1 },
};

const idOf = (n: number) => `7c1f0a9e-${n}`;

const missionOf = (n: number, startedMs: number): BodyMission => ({
  id: idOf(n),
  initiator: 'schedule',
  startedMs,
  runS: 2711.3,
  pauseS: 12.5,
  chargeS: 876.2,
  cleanedM2: 41.3,
  reachableM2: 44.7,
  stuckCount: 0,
  rechargeCount: 1,
  hasMap: false,
});

const eventOf = (n: number, type: 'started' | 'ended'): BodyEvent => ({
  seq: type === 'started' ? 2 * n - 1 : 2 * n,
  missionId: idOf(n),
  type,
  atS: type === 'started' ? 0 : 3600,
});
