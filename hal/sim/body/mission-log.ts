import type {
  BodyEvent,
  BodyMission,
  BodySettings,
  CommandRecord,
  Initiator,
} from '../../robot-body.ts';
import { FACTORY_SETTINGS } from './settings.ts';

/** The current mission; becomes a final `BodyMission` when it ends. */
export type OpenMission = { -readonly [K in keyof BodyMission]: BodyMission[K] };

/** The part of the body's state that survives a power cut. */
export interface BodyMemory {
  readonly v: 1;
  /** Makes mission ids unique beyond this body. */
  readonly bodyId: string;
  missionCount: number;
  lastEvent: number;
  batteryPct: number;
  settings: BodySettings;
  mission: OpenMission | null;
  ended: BodyMission[];
  commands: CommandRecord[];
  events: BodyEvent[];
}

const ENDED_MAX = 16;
const COMMANDS_MAX = 32;
const EVENTS_MAX = 1000;
const EVENTS_PER_ANSWER = 200;
/** The number of newest missions whose maps are kept. */
const MAPS_MAX = 4;

/** The memory of a new body; `bodyId` is 1-32 characters of `[A-Za-z0-9_-]`. */
export function blankMemory(bodyId: string): BodyMemory {
  return {
    v: 1,
    bodyId,
    missionCount: 0,
    lastEvent: 0,
    batteryPct: 100,
    settings: FACTORY_SETTINGS,
    mission: null,
    ended: [],
    commands: [],
    events: [],
  };
}

/** A copy of the memory. Entries of its lists are never changed, so they are shared. */
export function copyOf(memory: BodyMemory): BodyMemory {
  const { mission, ended, commands, events } = memory;
  return {
    ...memory,
    mission: mission && { ...mission },
    ended: [...ended],
    commands: [...commands],
    events: [...events],
  };
}

/** Opens the next mission and records its start. */
export function beginMission(
  memory: BodyMemory,
  start: { initiator: Initiator; tag?: string; startedMs: number; reachableM2: number },
): void {
  memory.missionCount += 1;
  memory.mission = {
    id: `${memory.bodyId}-${memory.missionCount}`,
    ...start,
    runS: 0,
    pauseS: 0,
    chargeS: 0,
    cleanedM2: 0,
    stuckCount: 0,
    rechargeCount: 0,
    hasMap: false,
  };
  recordEvent(memory, 'started');
}

/** Closes the open mission, keeps the newest ended ones, and returns those whose maps may be kept. */
export function endMission(
  memory: BodyMemory,
  end: Required<Pick<BodyMission, 'endedMs' | 'outcome' | 'hasMap'>>,
): void {
  if (memory.mission === null) return;
  recordEvent(memory, 'ended');
  const all = [...memory.ended, { ...roundFigures(memory.mission), ...end }].slice(-ENDED_MAX);
  const withMap = all.filter(({ hasMap }) => hasMap).slice(-MAPS_MAX);
  memory.ended = all.map((mission) => ({ ...mission, hasMap: withMap.includes(mission) }));
  memory.mission = null;
}

/** Adds an event of the open mission; the oldest events are dropped for it. */
export function recordEvent(memory: BodyMemory, type: BodyEvent['type'], code?: number): void {
  const { mission } = memory;
  if (mission === null) return;
  memory.lastEvent += 1;
  const atS = roundTo(mission.runS + mission.pauseS + mission.chargeS, 10);
  const event: BodyEvent = { seq: memory.lastEvent, missionId: mission.id, type, atS };
  memory.events.push(code === undefined ? event : { ...event, code });
  memory.events.splice(0, memory.events.length - EVENTS_MAX);
}

/** Events above a cursor, oldest first, as many as one response holds. */
export function eventsAfter(memory: BodyMemory, after: number): BodyEvent[] {
  return memory.events.filter(({ seq }) => seq > after).slice(0, EVENTS_PER_ANSWER);
}

/** The answer that a tag has already received. */
export function answeredBefore(memory: BodyMemory, tag: string): CommandRecord | undefined {
  return memory.commands.find((record) => record.tag === tag);
}

/** Keeps a command's answer; the oldest are dropped for it. */
export function keepAnswer(memory: BodyMemory, record: CommandRecord): CommandRecord {
  memory.commands.push(record);
  memory.commands.splice(0, memory.commands.length - COMMANDS_MAX);
  return record;
}

/** Readable figures: seconds to a tenth, square metres to a hundredth. */
export function roundFigures(mission: OpenMission): OpenMission {
  return {
    ...mission,
    runS: roundTo(mission.runS, 10),
    pauseS: roundTo(mission.pauseS, 10),
    chargeS: roundTo(mission.chargeS, 10),
    cleanedM2: roundTo(mission.cleanedM2, 100),
  };
}

/** `value` to the nearest of `parts` parts of one. */
export function roundTo(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
