import type { BodyEvent, BodyMission, Initiator } from '../../hal/robot-body.ts';
import { check } from '../../protocol/codec.ts';
import { limits } from '../../protocol/limits.ts';
import type { MissionDocument, MissionEvent } from '../../protocol/schemas/missions.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';
import type { BodyActivity } from '../board/answers.ts';
import {
  bodyName,
  boundArea,
  boundCount,
  boundMoment,
  boundPercent,
  boundSpan,
  boundSpeed,
  boundWord,
  errorCode,
  stampAt,
} from './figures.ts';

/** The inputs of a document. */
export interface DocumentParts {
  readonly missionId: string;
  readonly mission: BodyMission;
  readonly started: Stamp;
  readonly snapshot: BodyActivity;
  /** Events of this mission, oldest first. */
  readonly events: readonly BodyEvent[];
  readonly revision: number;
  readonly now: Stamp;
  /** Whether the document is final. The section of the body's answer decides, not the mission's fields. */
  readonly isFinal: boolean;
}

/**
 * Builds the mission's whole document. It is valid for every reader, whatever the body reported, and bounded: of more
 * than 200 events it keeps the first (how the mission began) and the newest; `counters.droppedEvents` counts the
 * others.
 */
export function documentOf(parts: DocumentParts): MissionDocument {
  const { mission, snapshot, isFinal: ended } = parts;
  const now = boundMoment(parts.now);
  const { events, dropped } = boundEvents(parts.events);
  const document: MissionDocument = {
    v: 1,
    missionId: parts.missionId,
    ...bodyName(mission.id),
    ended,
    boot: now.boot,
    revision: parts.revision,
    phase: boundWord(snapshot.phase),
    ...(ended ? { outcome: boundWord(mission.outcome ?? 'failed') } : {}),
    initiator: boundWord(mission.initiator),
    started: boundMoment(parts.started),
    updated: ended ? stampAt(mission.endedMs ?? now.wallMs, now) : now,
    durations: {
      runS: boundSpan(mission.runS),
      pauseS: boundSpan(mission.pauseS),
      chargeS: boundSpan(mission.chargeS),
      clockSpeed: boundSpeed(snapshot.clock.speed),
    },
    area: { cleanedM2: boundArea(mission.cleanedM2), reachableM2: boundArea(mission.reachableM2) },
    counters: {
      stuck: boundCount(mission.stuckCount),
      recharges: boundCount(mission.rechargeCount),
      droppedEvents: dropped,
    },
    batteryPct: boundPercent(snapshot.batteryPct),
    events,
  };
  // Writers are strict: a newer body's word that the protocol does not know becomes `unknown` here.
  check('MissionDocument', document);
  return document;
}

/** The document of a mission that the body no longer knows: it lost power, and its memory of the mission. */
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
    seq: boundCount(seq - first),
    type: boundWord(type),
    atS: boundSpan(atS),
    ...errorCode(code),
  }));
  return { events, dropped: all.length - kept.length };
}
