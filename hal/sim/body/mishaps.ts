import { seededRandom } from '../../../base/random.ts';

/** The robot cleans for about this long between two times of getting stuck. */
const EVERY_S = 600;
const STUCK_S_MIN = 20;
const STUCK_S_MAX = 90;

/** The random mishaps of one mission, the same for the same seeds. */
export class Mishaps {
  readonly #random: () => number;
  #dueInS: number;

  constructor(...seeds: readonly number[]) {
    this.#random = seededRandom(...seeds);
    this.#dueInS = this.#draw();
  }

  /** Counts cleaning; true when the robot gets stuck now. */
  afterCleaning(seconds: number): boolean {
    this.#dueInS -= seconds;
    if (this.#dueInS > 0) return false;
    this.#dueInS = this.#draw();
    return true;
  }

  /** How long it takes the robot to free itself. */
  stuckS(): number {
    return STUCK_S_MIN + this.#random() * (STUCK_S_MAX - STUCK_S_MIN);
  }

  #draw(): number {
    return -Math.log(1 - this.#random()) * EVERY_S;
  }
}
