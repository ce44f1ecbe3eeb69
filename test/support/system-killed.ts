import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectBoard } from '../../hal/sim/client.ts';
import type { BusyBody } from './system-busy-body.ts';
import { type LeftBehind, leftBehind } from './system-dead-agent.ts';
import type { RobotWorld } from './system-world.ts';

/** How many kills found a mission, or the report of one, in this state. A kill may find several. */
export type Found = Record<'cleaning' | 'end not stored' | Waiting | 'nothing to report', number>;
type Waiting = 'waiting for its map' | 'not in the cloud' | 'in the cloud, not confirmed';

export interface Kills {
  readonly count: number;
  readonly random: () => number;
  /** The agent runs at most this long; a kill may come before it is up. */
  readonly runMsMax: number;
  /** Missions that the body begins between two kills. */
  readonly missionsEach: number;
  /** Called now and then with the progress. */
  readonly progress: (line: string) => void;
}

/** The agent's process, and who kills it. */
export interface Killer {
  readonly kills: number;
  readonly found: Found;
  /** What the last one left. */
  readonly left: LeftBehind;
  /** Kills it this often, each time after the body has continued, and at a random time of the agent's run. */
  run(body: BusyBody, plan: Kills): Promise<void>;
}

/** Three crashes within five minutes of one boot bring safe mode, in which nothing is reported for an hour. */
const killsPerBoot = 2;

/**
 * SIGKILL, again and again. The board's own supervisor starts the agent again; every second time the board boots
 * again, which its body does not notice: only crashes of one boot count.
 */
export function createKiller(world: RobotWorld): Killer {
  const { board, places, until } = world;
  let kills = 0;
  let left: LeftBehind = {
    stored: 0,
    isOpen: false,
    awaitingMap: 0,
    unconfirmed: 0,
    unacknowledged: 0,
  };
  const found: Found = {
    cleaning: 0,
    'end not stored': 0,
    'waiting for its map': 0,
    'not in the cloud': 0,
    'in the cloud, not confirmed': 0,
    'nothing to report': 0,
  };

  const pidNow = async () => (await board.status()).agent.pid ?? undefined;
  /** The body continues only when the robot has seen enough. */
  const waitForMission = (body: BusyBody, missions: number) =>
    until('the body to go on', async () => {
      if (body.begun >= missions) return true;
      left = leftBehind(world) ?? left;
      return undefined;
    });

  const countState = (ended: number) => {
    const { stored, isOpen, awaitingMap, unconfirmed, unacknowledged } = left;
    const is: Record<keyof Found, boolean> = {
      cleaning: isOpen,
      'end not stored': ended > stored,
      'waiting for its map': awaitingMap > 0,
      'not in the cloud': unconfirmed > unacknowledged,
      'in the cloud, not confirmed': unacknowledged > 0,
      'nothing to report': ended === stored && unconfirmed + awaitingMap === 0,
    };
    for (const [what, holds] of Object.entries(is)) found[what as keyof Found] += Number(holds);
  };

  return {
    found,
    get kills() {
      return kills;
    },
    get left() {
      return left;
    },
    async run(body, { count, random, runMsMax, missionsEach, progress }) {
      const { signal } = new AbortController();
      await using hal = await connectBoard(join(places.board, 'board.sock'), signal);
      for (; kills < count; kills += 1) {
        const pid = await until('an agent to run', pidNow);
        await waitForMission(body, kills * missionsEach);
        await pause(random() * runMsMax);
        // Throws when it has ended by itself: it must not.
        process.kill(pid, 'SIGKILL');
        await until('it to be dead', async () => (await pidNow()) !== pid || undefined);
        left = leftBehind(world) ?? left;
        countState(body.ended.size);
        if (kills % 20 === 19) progress(`${kills + 1} kills, ${body.begun} missions begun`);
        if (kills % killsPerBoot === killsPerBoot - 1) await hal.system.reboot('killed', signal);
      }
      await waitForMission(body, count * missionsEach);
    },
  };
}
