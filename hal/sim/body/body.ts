import type {
  BodyEvent,
  BodyMap,
  BodySnapshot,
  CommandRecord,
  Initiator,
  Verb,
} from '../../robot-body.ts';
import type { Terrain } from '../floor/terrain.ts';
import {
  answeredBefore,
  type BodyMemory,
  blankMemory,
  eventsAfter,
  keepAnswer,
  roundFigures,
  roundTo,
} from './mission-log.ts';
import { Robot } from './robot.ts';
import { mergeSettings } from './settings.ts';

export interface BodyOptions {
  readonly terrain: Terrain;
  /** The same seed and mission number give the same random events. */
  readonly seed: number;
  /** Body seconds per wall second, as reported in the snapshot; `advance` is what moves time. */
  readonly speed: number;
  /** The board's wall clock, ms since 1970. */
  readonly wallMs: () => number;
  /** For a body without memory: 1-32 characters of `[A-Za-z0-9_-]` that no other body has. */
  readonly bodyId: string;
  /** What survived the power cut (used, not copied), and the maps. */
  readonly memory?: BodyMemory | undefined;
  readonly maps?: ReadonlyMap<string, BodyMap>;
}

/** A request for an action; `initiator` is recorded with the mission that it starts. */
export interface BodyCommand {
  readonly verb: Verb;
  readonly tag: string;
  readonly initiator?: Initiator;
  /** It was read after it had expired: it is refused, and that is remembered. */
  readonly isExpired?: boolean;
}

/**
 * The simulated body: the `RobotBody` contract in plain calls, without IO or timers.
 *
 * `version` counts changes of what must survive a power cut: `memory` and `maps`. INVARIANT: a caller stores that
 * version before it sends out a snapshot, an event or an answer. Otherwise a mission id could be used twice, and an
 * answered command could be forgotten.
 */
export class Body {
  readonly #speed: number;
  readonly #memory: BodyMemory;
  readonly #maps: Map<string, BodyMap>;
  readonly #robot: Robot;
  #nowS = 0;
  #version = 0;

  constructor(options: BodyOptions) {
    this.#speed = options.speed;
    this.#memory = options.memory ?? blankMemory(options.bodyId);
    this.#maps = new Map(options.maps);
    this.#robot = new Robot({
      terrain: options.terrain,
      seed: options.seed,
      wallMs: options.wallMs,
      memory: this.#memory,
      changed: () => this.#version++,
      keepMap: (id, map) => this.#maps.set(id, map),
    });
    this.#memory.ended = this.#memory.ended.map((mission) => ({
      ...mission,
      hasMap: mission.hasMap && this.#maps.has(mission.id),
    }));
  }

  /** Increases whenever `memory` or `maps` changes. */
  get version(): number {
    return this.#version;
  }

  /** Changes whenever a new poll is worthwhile: with `version`, and with each twentieth of battery and floor. */
  get snapshotVersion(): string {
    const battery = Math.floor(this.#memory.batteryPct / 5);
    return `${this.#version} ${battery} ${Math.floor(this.#robot.progress * 20)}`;
  }

  /** What must be stored. A view, not a copy: use it before the body changes again. */
  get memory(): BodyMemory {
    return this.#memory;
  }

  /** The maps that must be stored, by mission id: those of missions with `hasMap`. */
  get maps(): ReadonlyMap<string, BodyMap> {
    const kept = new Set(this.#memory.ended.filter(({ hasMap }) => hasMap).map(({ id }) => id));
    for (const id of this.#maps.keys()) if (!kept.has(id)) this.#maps.delete(id);
    return this.#maps;
  }

  snapshot(): BodySnapshot {
    const { batteryPct, mission, ended, commands, lastEvent, settings } = this.#memory;
    return {
      phase: this.#robot.phase,
      batteryPct: roundTo(batteryPct, 10),
      pose: this.#robot.pose,
      mission: mission && roundFigures(mission),
      ended: [...ended],
      commands: [...commands],
      lastEvent,
      settings,
      clock: { nowS: this.#nowS, speed: this.#speed },
    };
  }

  events(after: number): BodyEvent[] {
    return eventsAfter(this.#memory, after);
  }

  map(missionId: string): BodyMap | undefined {
    return this.maps.get(missionId);
  }

  configure(requested: Readonly<Record<string, unknown>>): { refused: Record<string, string> } {
    const { settings, refused } = mergeSettings(this.#memory.settings, requested);
    this.#memory.settings = settings;
    this.#version++;
    return { refused };
  }

  command(request: BodyCommand): CommandRecord {
    const { verb, tag } = request;
    const before = answeredBefore(this.#memory, tag);
    if (before) return before;
    const reason = request.isExpired ? 'expired' : this.#obey(request);
    this.#version++;
    const result = reason === undefined ? 'done' : 'refused';
    return keepAnswer(this.#memory, { tag, verb, result, ...(reason ? { reason } : {}) });
  }

  /** Presses the button that starts a mission; returns in a word why it had no effect. */
  pressButton(): string | undefined {
    if (this.#memory.settings['childLock'] === true) return 'child-lock';
    return this.#robot.start('button');
  }

  /** Makes a driving robot stick, for `forS` seconds of body time if given; returns in a word why it did not. */
  getStuck(forS?: number): string | undefined {
    return this.#robot.getStuck(forS);
  }

  /** Advances the body by `dtS` seconds of its own time. */
  advance(dtS: number): void {
    this.#nowS += dtS;
    this.#robot.advance(dtS);
  }

  /** Marks the memory as changed: statistics and battery drift without counting as a change. */
  checkpoint(): void {
    this.#version++;
  }

  #obey({ verb, tag, initiator }: BodyCommand): string | undefined {
    switch (verb) {
      case 'start':
        return this.#robot.start(initiator ?? 'cloud', tag);
      case 'pause':
        return this.#robot.pause();
      case 'resume':
        return this.#robot.resume();
      case 'stop':
        return this.#robot.stop();
      case 'dock':
        return this.#robot.dock();
      case 'locate':
        return undefined; // It plays a sound; nothing else changes.
    }
  }
}
