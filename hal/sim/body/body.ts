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
  roundTo,
  tidy,
} from './mission-log.ts';
import { Robot } from './robot.ts';
import { mergeSettings } from './settings.ts';

export interface BodyOptions {
  readonly terrain: Terrain;
  /** What happens by chance is the same for the same seed and mission number. */
  readonly seed: number;
  /** Body seconds per wall second, as the snapshot tells it; `advance` is what moves time. */
  readonly speed: number;
  /** The board's wall clock, ms since 1970. */
  readonly wallMs: () => number;
  /** For a body that has no memory yet: 1-32 characters of `[A-Za-z0-9_-]` that no other body has. */
  readonly bodyId: string;
  /** What survived the power cut (taken over, not copied), and the maps that did. */
  readonly memory?: BodyMemory | undefined;
  readonly maps?: ReadonlyMap<string, BodyMap>;
}

/** A request for an action; `initiator` is noted with the mission that it starts. */
export interface BodyCommand {
  readonly verb: Verb;
  readonly tag: string;
  readonly initiator?: Initiator;
  /** It was read when it was no longer valid: it is refused, and that is remembered. */
  readonly isExpired?: boolean;
}

/**
 * The simulated body: the `RobotBody` contract in plain calls, without IO or timers.
 *
 * `version` counts changes of what must survive a power cut: `memory` and `maps`.
 * INVARIANT: whoever lets the outside see a snapshot, an event or an answer has stored that version before; else a mission
 * id could be given twice, and a command could be forgotten that was answered.
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

  /** Goes up whenever `memory` or `maps` changed. */
  get version(): number {
    return this.#version;
  }

  /** Differs whenever a new look is worthwhile: with `version`, and with each twentieth of battery and floor. */
  get look(): string {
    const battery = Math.floor(this.#memory.batteryPct / 5);
    return `${this.#version} ${battery} ${Math.floor(this.#robot.progress * 20)}`;
  }

  /** What must be stored. A view, not a copy: use it before the body lives on. */
  get memory(): BodyMemory {
    return this.#memory;
  }

  /** The maps that must be stored, by mission id: those of missions that say `hasMap`. */
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
      mission: mission && tidy(mission),
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

  configure(wanted: Readonly<Record<string, unknown>>): { refused: Record<string, string> } {
    const { settings, refused } = mergeSettings(this.#memory.settings, wanted);
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

  /** Someone presses the button that starts a mission; answers in a word why nothing came of it. */
  pressButton(): string | undefined {
    if (this.#memory.settings['childLock'] === true) return 'child-lock';
    return this.#robot.start('button');
  }

  /** Makes a driving robot stick, for `forS` seconds of body time if given; answers in a word why it did not. */
  getStuck(forS?: number): string | undefined {
    return this.#robot.getStuck(forS);
  }

  /** Lets the body live for `dtS` seconds of its own time. */
  advance(dtS: number): void {
    this.#nowS += dtS;
    this.#robot.advance(dtS);
  }

  /** Makes the next write worthwhile: statistics and battery drift without being a change. */
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
        return undefined; // It sings; nothing else changes.
    }
  }
}
