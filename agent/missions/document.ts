import type { BodyEvent, BodyMission, BodySnapshot, Initiator } from '../../hal/robot-body.ts';
import { limits } from '../../protocol/limits.ts';
import type { MissionDocument, MissionEvent } from '../../protocol/schemas/missions.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';

/** Everything a document is made of. */
export interface DocumentParts {
  readonly missionId: string;
  readonly mission: BodyMission;
  readonly started: Stamp;
  readonly snapshot: BodySnapshot;
  /** Events of this mission, oldest first. */
  readonly events: readonly BodyEvent[];
  readonly revision: number;
  readonly now: Stamp;
}

/**
 * The mission as a document, whole. Bounded when made: of more than 200 events the first is kept (it says how the
 * mission began) and the newest, and the number left out stands in `counters.droppedEvents`.
 */
export function documentOf(parts: DocumentParts): MissionDocument {
  const { mission, snapshot, now } = parts;
  const ended = mission.endedMs !== undefined;
  const { events, dropped } = boundEvents(parts.events);
  return {
    v: 1,
    missionId: parts.missionId,
    bodyMission: mission.id,
    ended,
    boot: now.boot,
    revision: parts.revision,
    phase: snapshot.phase,
    ...(ended ? { outcome: mission.outcome ?? 'failed' } : {}),
    initiator: mission.initiator,
    started: stampAt(parts.started.wallMs, parts.started),
    updated: stampAt(ended ? (mission.endedMs ?? now.wallMs) : now.wallMs, now),
    durations: {
      runS: tenths(mission.runS),
      pauseS: tenths(mission.pauseS),
      chargeS: tenths(mission.chargeS),
      clockSpeed: sensible(snapshot.clock.speed),
    },
    area: { cleanedM2: tenths(mission.cleanedM2), reachableM2: tenths(mission.reachableM2) },
    counters: {
      stuck: count(mission.stuckCount),
      recharges: count(mission.rechargeCount),
      droppedEvents: dropped,
    },
    batteryPct: Math.min(100, Math.round(tenths(snapshot.batteryPct))),
    events,
  };
}

/** A moment that the board's wall clock took down, as good as our clock is; the rest is when we learnt of it. */
export const stampAt = (wallMs: number, now: Stamp): Stamp => ({
  ...now,
  wallMs: Math.min(wallMsMax, Math.max(0, Math.round(Number.isFinite(wallMs) ? wallMs : 0))),
});

/** What is left to say of a mission that the body no longer knows: it lost its power, and its memory of it. */
export function forgottenMission(
  open: { body: string; started: Stamp; initiator: Initiator },
  now: Stamp,
): BodyMission {
  return {
    id: open.body,
    initiator: open.initiator,
    startedMs: open.started.wallMs,
    endedMs: now.wallMs,
    outcome: 'interrupted',
    runS: 0,
    pauseS: 0,
    chargeS: 0,
    cleanedM2: 0,
    reachableM2: 0,
    stuckCount: 0,
    rechargeCount: 0,
    hasMap: false,
  };
}

function boundEvents(all: readonly BodyEvent[]): { events: MissionEvent[]; dropped: number } {
  const most = limits.documentEventsMax;
  const kept = all.length <= most ? all : [...all.slice(0, 1), ...all.slice(-(most - 1))];
  const first = all[0]?.seq ?? 0;
  const events = kept.map(({ seq, type, atS, code }) => ({
    seq: count(seq - first),
    type,
    atS: tenths(atS),
    ...(Number.isInteger(code) ? { code } : {}),
  }));
  return { events, dropped: all.length - kept.length };
}

/**
 * A figure that makes no sense (a fault of the body, a clock that was never set) must not cost the whole document: the
 * cloud would refuse it, for good. So each stays within what a cloud takes.
 */
const sensible = (value: number): number => (value > 0 && value <= figureMax ? value : 0);
const tenths = (value: number): number => Math.round(sensible(value) * 10) / 10;
const count = (value: number): number => Math.round(sensible(value));
/** Of seconds, square metres or events, and more than any mission has. */
const figureMax = 10_000_000;
const wallMsMax = Date.UTC(2200, 0) - 1;
