import { randomBytes } from 'node:crypto';
import { documentOf } from '../../../agent/missions/document.ts';
import { stampAt } from '../../../agent/missions/figures.ts';
import { systemClock } from '../../../base/clock.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { BodyEvent, BodyMission, BodySnapshot } from '../../../hal/robot-body.ts';
import { encodeMap } from '../../../hal/sim/board/map-codec.ts';
import { missionIdOf } from '../../../protocol/missions.ts';
import type { MissionDocument } from '../../../protocol/schemas/missions.ts';

/**
 * A body that survives its client and ends missions on request. The agent reaches it by the HAL's calls, as it reaches
 * the simulated board. The other clients call `bench.reports`, which returns complete documents, all of them however
 * old: of the same size, and with a longer memory than any body's.
 */
export interface BenchBody {
  handle(op: string, params: unknown): Promise<unknown>;
  onChanged(listener: () => void): () => void;
  /** Ends a mission now and returns its id. */
  endMission(hasMap: boolean): string;
  /** The next client finds a board that has booted again. */
  powerCut(): void;
}

const endedKept = 16;
const eventsAtOnce = 200;

export function createBody(): BenchBody {
  const listeners = new Set<() => void>();
  const missions: BodyMission[] = [];
  const documents: MissionDocument[] = [];
  const events: BodyEvent[] = [];
  const epoch = randomBytes(8).toString('hex');
  const bodyName = randomBytes(6).toString('hex');
  let boots = 1;

  const calls: Record<string, (params: Record<string, unknown>) => unknown> = {
    'body.snapshot': () => snapshotOf(missions, events),
    'body.events': ({ after }) => events.slice(Number(after)).slice(0, eventsAtOnce),
    'body.configure': () => ({ refused: {} }),
    'body.map': () => floor,
    'boot.state': () => ({
      booted: 'a',
      next: 'a',
      onTrial: false,
      slots: [{ name: 'a', state: 'good', sha256: '0'.repeat(64) }],
    }),
    'system.info': () => ({
      bootId: `${bodyName}-${boots}`,
      hardwareId: 'bench-1',
      watchdogS: 3600,
    }),
    'system.kick': () => null,
    'bench.reports': ({ after }) => documents.slice(Number(after)),
  };

  return {
    async handle(op, params) {
      const call = calls[op];
      if (call === undefined) throw new PilotfishError('refused', `${op}: not on this bench`);
      return call((params ?? {}) as Record<string, unknown>);
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    endMission(hasMap) {
      const n = missions.length + 1;
      const mission = missionOf(`${bodyName}-${n}`, { n, hasMap });
      missions.push(mission);
      events.push(...eventsOf(mission, events.length));
      const missionId = missionIdOf(epoch, n);
      const own = events.filter((event) => event.missionId === mission.id);
      documents.push(reportOf({ missionId, mission, events: own, n }));
      for (const listener of listeners) listener();
      return mission.id;
    },
    powerCut() {
      boots += 1;
    },
  };
}

/** A home of about 30 square metres; in every fifth mission the robot has to recharge. */
function missionOf(id: string, { n, hasMap }: { n: number; hasMap: boolean }): BodyMission {
  const endedMs = systemClock.wallMs();
  const recharges = n % 5 === 0 ? 1 : 0;
  const [runS, chargeS] = [2400 + 7 * n, recharges * 3600];
  return {
    id,
    initiator: 'schedule',
    startedMs: endedMs - (runS + chargeS) * 1000,
    endedMs,
    outcome: 'completed',
    runS,
    pauseS: 0,
    chargeS,
    cleanedM2: 29.7,
    reachableM2: 31.2,
    stuckCount: 0,
    rechargeCount: recharges,
    hasMap,
  };
}

function eventsOf(mission: BodyMission, last: number): BodyEvent[] {
  const { id: missionId, runS, chargeS, rechargeCount } = mission;
  const half = runS / 2;
  const recharge = [
    { type: 'recharge', atS: half },
    { type: 'resumed', atS: half + chargeS },
  ] as const;
  const what = [
    { type: 'started', atS: 0 },
    ...(rechargeCount > 0 ? recharge : []),
    { type: 'ended', atS: runS + chargeS },
  ] as const;
  return what.map((event, at) => ({ ...event, seq: last + at + 1, missionId }));
}

const snapshotOf = (
  missions: readonly BodyMission[],
  events: readonly BodyEvent[],
): BodySnapshot => ({
  phase: 'charge',
  batteryPct: 64,
  pose: { x: 0, y: 0, theta: 0 },
  mission: null,
  ended: missions.slice(-endedKept),
  commands: [],
  lastEvent: events.length,
  settings: { cleanMode: 'standard', volume: 5 },
  clock: { nowS: systemClock.monoMs() / 1000, speed: 1 },
});

/** The document that another client's application would write: the same as the agent's. */
function reportOf(parts: {
  missionId: string;
  mission: BodyMission;
  events: readonly BodyEvent[];
  n: number;
}): MissionDocument {
  const { missionId, mission, events, n } = parts;
  const [wallMs, monoMs] = [systemClock.wallMs(), Math.round(systemClock.monoMs())];
  const now = { wallMs, quality: 'synced', boot: 1, monoMs } as const;
  const document = documentOf({
    missionId,
    mission,
    started: stampAt(mission.startedMs, now),
    snapshot: snapshotOf([], []),
    events,
    revision: n,
    now,
    isFinal: true,
  });
  if (!mission.hasMap) return document;
  const sha256 = randomBytes(32).toString('hex');
  return { ...document, map: { id: `map-${missionId}`, size: 4000, sha256, type: 'image/png' } };
}

const [width, height] = [40, 30];
const floor = encodeMap({
  width,
  height,
  resolution: 0.2,
  origin: { x: 0, y: 0 },
  cells: new Uint8Array(width * height).fill(3),
});
