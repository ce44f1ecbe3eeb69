import type { Event } from '../../agent/events.ts';
import type { BodyEvent, BodyMission, BodySnapshot } from '../../hal/robot-body.ts';
import { nowMs } from './agent-machine.ts';

/** What a body may report. */

export const settings = { cleanMode: 'standard', volume: 5 } as const;

export const mission = (id: string, change: Partial<BodyMission> = {}): BodyMission => ({
  id,
  initiator: 'button',
  startedMs: nowMs - 60_000,
  runS: 60,
  pauseS: 0,
  chargeS: 0,
  cleanedM2: 1.25,
  reachableM2: 20,
  stuckCount: 0,
  rechargeCount: 0,
  hasMap: false,
  ...change,
});

export const ended = (id: string, change: Partial<BodyMission> = {}): BodyMission =>
  mission(id, { endedMs: nowMs - 1000, outcome: 'completed', ...change });

export const snapshot = (change: Partial<BodySnapshot> = {}): BodySnapshot => ({
  phase: change.mission ? 'run' : 'charge',
  batteryPct: 80,
  pose: { x: 0, y: 0, theta: 0 },
  mission: null,
  ended: [],
  commands: [],
  lastEvent: 0,
  settings,
  clock: { nowS: 100, speed: 1 },
  ...change,
});

export const bodyEvent = (
  seq: number,
  missionId: string,
  change: Partial<BodyEvent> = {},
): BodyEvent => ({ seq, missionId, type: 'started', atS: seq, ...change });

/** The outcome of a poll, as the body machine receives it. */
export const polled = (
  change: Parameters<typeof observed>[0] = {},
  events: readonly BodyEvent[] = [],
): Event => ({ ...observed(change, events), type: 'body/polled' }) as Event;

export const observed = (
  change: Partial<BodySnapshot> = {},
  events: readonly BodyEvent[] = [],
): Event => ({
  type: 'body/snapshot',
  snapshot: snapshot({ lastEvent: events.at(-1)?.seq ?? 0, ...change }),
  events,
});

export const started = {
  type: 'agent/started',
  version: '1.2.3',
  builtMs: 0,
  board: { system: null, boot: null },
  identity: { current: null, next: null },
  isClockOurs: false,
  link: null,
} as const satisfies Event;

export const linkUp = { type: 'link/up', credentials: 'current' } as const satisfies Event;
export const linkDown = {
  type: 'link/down',
  credentials: 'current',
  observation: { kind: 'lost', code: 'closed', detail: 'cut' },
} as const satisfies Event;

export const timer = (key: string) => ({ type: 'timer', key }) as const satisfies Event;
