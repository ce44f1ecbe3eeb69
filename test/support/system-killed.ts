import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectBoard } from '../../hal/sim/client.ts';
import type { BusyBody } from './system-busy-body.ts';
import { type LeftBehind, leftBehind } from './system-dead-agent.ts';
import type { RobotWorld } from './system-world.ts';

/** What the kills met: how many of them found a mission, or the report of one, in this state. One may find several. */
export type Found = Record<'cleaning' | 'end not stored' | Waiting | 'nothing to tell', number>;
type Waiting = 'waiting for its map' | 'not in the cloud' | 'in the cloud, not confirmed';

export interface Kills {
  readonly count: number;
  readonly random: () => number;
  /** The agent lives for at most so long; a kill may come before it is up. */
  readonly lifeMsMax: number;
  /** Missions that the body begins between two kills. */
  readonly missionsEach: number;
  /** Told now and then how far it is. */
  readonly progress: (line: string) => void;
}

/** The agent's process, and who kills it. */
export interface Killer {
  readonly kills: number;
  readonly found: Found;
  /** What the last one left. */
  readonly left: LeftBehind;
  /** Kills it so often, each time as soon as the body has lived on, and somewhere in the agent's life. */
  run(body: BusyBody, plan: Kills): Promise<void>;
}

/** Three crashes within five minutes of one boot bring safe mode, in which nothing is reported for an hour. */
const killsPerBoot = 2;

/**
 * SIGKILL, again and again. The board's own supervisor starts the agent again; every second time the board boots
 * anew, which its body does not notice: only crashes of one boot count.
 */
export function createKiller(world: RobotWorld): Killer {
  const { board, places, until } = world;
  let kills = 0;
  let left: LeftBehind = { told: 0, isOpen: false, awaitingMap: 0, unconfirmed: 0, unheard: 0 };
  const found: Found = {
    cleaning: 0,
    'end not stored': 0,
    'waiting for its map': 0,
    'not in the cloud': 0,
    'in the cloud, not confirmed': 0,
    'nothing to tell': 0,
  };

  const pidNow = async () => (await board.status()).agent.pid ?? undefined;
  /** The body goes on only when it is known that the robot has seen enough. */
  const begun = (body: BusyBody, missions: number) =>
    until('the body to go on', async () => {
      if (body.begun >= missions) return true;
      left = leftBehind(world) ?? left;
      return undefined;
    });

  const note = (ended: number) => {
    const { told, isOpen, awaitingMap, unconfirmed, unheard } = left;
    const is: Record<keyof Found, boolean> = {
      cleaning: isOpen,
      'end not stored': ended > told,
      'waiting for its map': awaitingMap > 0,
      'not in the cloud': unconfirmed > unheard,
      'in the cloud, not confirmed': unheard > 0,
      'nothing to tell': ended === told && unconfirmed + awaitingMap === 0,
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
    async run(body, { count, random, lifeMsMax, missionsEach, progress }) {
      const { signal } = new AbortController();
      await using hal = await connectBoard(join(places.board, 'board.sock'), signal);
      for (; kills < count; kills += 1) {
        const pid = await until('an agent to run', pidNow);
        await begun(body, kills * missionsEach);
        await pause(random() * lifeMsMax);
        // Throws when it has ended by itself: it must not.
        process.kill(pid, 'SIGKILL');
        await until('it to be dead', async () => (await pidNow()) !== pid || undefined);
        left = leftBehind(world) ?? left;
        note(body.ended.size);
        if (kills % 20 === 19) progress(`${kills + 1} kills, ${body.begun} missions begun`);
        if (kills % killsPerBoot === killsPerBoot - 1) await hal.system.reboot('killed', signal);
      }
      await begun(body, count * missionsEach);
    },
  };
}
