import type { VirtualClock } from './clock.ts';
import { junk, revoked } from './garbage.ts';

/** Current network faults for messages and connections; shares are probabilities in [0, 1]. */
export interface Weather {
  drop: number;
  repeat: number;
  corrupt: number;
  junk: number;
  /** Connection attempts that fail. */
  refuse: number;
  /** Connections that the broker accepts but whose CONNACK the robot never receives. */
  mute: number;
  /** Messages that the robot's own socket does not accept. */
  jam: number;
  /** Longest delay; messages overtake one another within it. */
  delayMsMax: number;
  /** Messages a minute that the broker lets through, either way. */
  perMinute: number;
}

export const calm: Readonly<Weather> = {
  ...{ drop: 0, repeat: 0, corrupt: 0, junk: 0, refuse: 0, mute: 0, jam: 0 },
  delayMsMax: 20,
  perMinute: Number.POSITIVE_INFINITY,
};

type Chance = 'drop' | 'repeat' | 'corrupt' | 'junk' | 'refuse' | 'mute' | 'jam';

/** The path between the robot and its broker, with the current faults. */
export class Line {
  weather: Weather = { ...calm };
  readonly #parts: LineParts;
  #minute = { number: 0, messages: 0 };

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** Carries a message: `arrive` is called on delivery, which may happen never, twice, or with corrupted bytes. */
  carry(topic: string, payload: Uint8Array, arrive: (bytes: Uint8Array) => void): void {
    if (this.#isOverRate() || this.happens('drop')) return;
    const { clock, draw, count } = this.#parts;
    const onTheWay = () => draw() * this.weather.delayMsMax;
    if (this.happens('corrupt')) {
      clock.after(onTheWay(), () => arrive(revoked(payload, draw)));
      return;
    }
    if (this.happens('junk')) clock.after(onTheWay(), () => arrive(junk(topic, draw)));
    const times = this.happens('repeat') ? 2 : 1;
    if (this.weather.delayMsMax > calm.delayMsMax) count('delay');
    for (let i = 0; i < times; i++) clock.after(onTheWay(), () => arrive(payload));
  }

  /** Whether this fault happens now; counts it. */
  happens(fault: Chance): boolean {
    const share = this.weather[fault];
    if (share === 0 || this.#parts.draw() >= share) return false;
    this.#parts.count(fault);
    return true;
  }

  #isOverRate(): boolean {
    const number = Math.floor(this.#parts.clock.nowMs / 60_000);
    if (number !== this.#minute.number) this.#minute = { number, messages: 0 };
    this.#minute.messages++;
    const isOver = this.#minute.messages > this.weather.perMinute;
    if (isOver) this.#parts.count('throttle');
    return isOver;
  }
}

export interface LineParts {
  readonly clock: VirtualClock;
  readonly draw: () => number;
  readonly count: (fault: string) => void;
}
