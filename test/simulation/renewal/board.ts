import type { Board } from '../../../agent/ports.ts';
import type { Clock } from '../../../base/clock.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { BodyMap, BodyMission } from '../../../hal/robot-body.ts';
import { Body } from '../../../hal/sim/body/body.ts';
import type { BodyMemory } from '../../../hal/sim/body/mission-log.ts';
import { FREE, type Grid, OCCUPIED } from '../../../hal/sim/floor/grid.ts';
import { surveyTerrain, type Terrain } from '../../../hal/sim/floor/terrain.ts';

const speed = 20;
const stepMs = 2000;

/** A room of 2 by 1.6 metres: missions of some minutes, so that a day holds many. */
export function smallRoom(): Terrain {
  const [width, height] = [40, 32];
  const cells = new Uint8Array(width * height).fill(FREE);
  for (let i = 0; i < cells.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) cells[i] = OCCUPIED;
  }
  const grid: Grid = { width, height, resolution: 0.05, origin: { x: 0, y: 0 }, cells };
  return surveyTerrain({ grid });
}

/** A board with the simulated body's own model in it, on the world's clock. It lives on when the agent dies. */
export class WorldBoard {
  /** Every mission that the body ever ended, by its id. */
  readonly ended = new Map<string, BodyMission>();
  /** When each command tag was taken, in wall ms. */
  readonly taken = new Map<string, number[]>();
  readonly #clock: Clock;
  readonly #terrain: Terrain;
  readonly #seed: number;
  readonly #listeners = new Set<() => void>();
  #body: Body;
  #maps: ReadonlyMap<string, BodyMap> = new Map();
  #look = '';

  constructor(parts: { clock: Clock; terrain: Terrain; seed: number }) {
    this.#clock = parts.clock;
    this.#terrain = parts.terrain;
    this.#seed = parts.seed;
    this.#body = this.#newBody(undefined);
    this.#live();
  }

  pressButton(): void {
    this.#body.pressButton();
  }

  /** Everything stops; the body's memory is all that is left. */
  cutPower(): void {
    this.#note();
    this.#maps = new Map(this.#body.maps);
    this.#body = this.#newBody(structuredClone(this.#body.memory));
    this.#note();
  }

  get busy(): boolean {
    return this.#body.snapshot().mission !== null;
  }

  /** The HAL as one life of the agent sees it. */
  hal(): Board {
    const body = () => this.#body;
    return {
      body: {
        snapshot: async () => body().snapshot(),
        events: async (after) => body().events(after),
        onChanged: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
        command: async (request) => {
          const known = body()
            .snapshot()
            .commands.some(({ tag }) => tag === request.tag);
          const times = this.taken.get(request.tag) ?? [];
          if (!known) this.taken.set(request.tag, [...times, this.#clock.wallMs()]);
          return body().command(request);
        },
        configure: async (settings) => body().configure(settings),
        map: async (missionId) => {
          const map = body().map(missionId);
          if (map === undefined) throw new PilotfishError('gone', 'no map is kept');
          return map;
        },
      },
      boot: {
        state: async () => ({ booted: 'a', next: 'a', onTrial: false, slots: [] }),
        arm: async () => {},
        confirm: async () => {},
      },
      installer: { install: async () => {} },
      system: {
        info: async () => ({ bootId: 'b', hardwareId: 'sim-board-1', watchdogS: 600 }),
        reboot: async () => {},
        setClock: async () => {},
        kick: async () => {},
      },
    };
  }

  #newBody(memory: BodyMemory | undefined): Body {
    return new Body({
      terrain: this.#terrain,
      seed: this.#seed,
      speed,
      wallMs: () => this.#clock.wallMs(),
      bodyId: `body${this.#seed}`,
      memory,
      maps: this.#maps,
    });
  }

  #live(): void {
    this.#clock.after(stepMs, () => {
      this.#body.advance((stepMs / 1000) * speed);
      this.#note();
      this.#live();
    });
  }

  #note(): void {
    if (this.#look === this.#body.look) return;
    this.#look = this.#body.look;
    for (const mission of this.#body.snapshot().ended) this.ended.set(mission.id, mission);
    for (const listener of this.#listeners) listener();
  }
}
