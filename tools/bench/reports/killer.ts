import { systemClock } from '../../../base/clock.ts';
import { killEveryMs, timeoutMs } from './faults.ts';
import type { Way } from './proxy.ts';

/** Kills a client every six seconds: at its next bytes or, when it sends nothing, a moment later. */
export interface Killer {
  /** The next kill comes just after the client has sent again. */
  soon(): void;
  /** Returns the number of kills. */
  stop(): number;
}

export function startKiller(
  isOn: boolean,
  { way, random, kill }: { way: Way; random: () => number; kill: () => void },
): Killer {
  let kills = 0;
  let isSoon = false;
  let [isArmed, cancel] = [false, () => {}];
  const killNow = () => {
    isArmed = false;
    cancel();
    kills += 1;
    kill();
    arm(killEveryMs);
  };
  const arm = (ms: number) => {
    cancel = systemClock.after(ms, () => {
      isArmed = true;
      cancel = systemClock.after(timeoutMs, killNow);
    });
  };
  if (isOn) arm(killEveryMs);
  way.onUp = () => {
    if (isSoon) {
      isSoon = false;
      isArmed = false;
      cancel();
      cancel = systemClock.after(80 + random() * 500, killNow);
    } else if (isArmed) {
      isArmed = false;
      cancel();
      cancel = systemClock.after(random() * 100, killNow);
    }
  };
  return {
    soon() {
      isSoon = isOn;
    },
    stop() {
      cancel();
      way.onUp = () => {};
      return kills;
    },
  };
}
