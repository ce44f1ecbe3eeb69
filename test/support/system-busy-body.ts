import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../../base/errors.ts';
import type { BodyMission } from '../../hal/robot-body.ts';
import { connectBoard } from '../../hal/sim/client.ts';
import { connectLines } from '../../hal/sim/wire/link.ts';
import type { BenchStatus } from '../../tools/demo/board.ts';
import type { RobotWorld } from './system-world.ts';

/** What a body did, by its own words. It forgets all but the newest 16; here is everything. */
export interface BusyBody extends AsyncDisposable {
  /** The number of missions started until now, and the ended ones by the body's id. */
  readonly begun: number;
  readonly ended: ReadonlyMap<string, BodyMission>;
  /** Resolves when the last mission has ended. */
  readonly done: Promise<void>;
}

const lookEveryMs = 10;

/**
 * A user who keeps the robot busy: presses its button again and again, `count` times in all and whenever `mayBegin`.
 * Of ten missions one is sent home early, and one gets stuck for a while.
 */
export function keepBusy(
  { places }: RobotWorld,
  {
    count,
    random,
    mayBegin,
  }: { count: number; random: () => number; mayBegin: (begun: number) => boolean },
): BusyBody {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = new Map<string, BodyMission>();
  let begun = 0;
  let played = 0;

  const run = async () => {
    await using bench = await connectLines(join(places.board, 'bench.sock'), signal);
    await using board = await connectBoard(join(places.board, 'board.sock'), signal);
    for (;;) {
      const { snapshot } = (await bench.call('status', {}, signal)) as BenchStatus;
      for (const mission of snapshot.ended) ended.set(mission.id, mission);
      if (snapshot.mission === null && begun === count) return;
      if (snapshot.mission === null) {
        // It refuses with an empty battery, or while it sits on a thread.
        if (
          begun < count &&
          mayBegin(begun) &&
          (await isAccepted(bench.call('press-button', {}, signal)))
        ) {
          begun += 1;
        }
      } else if (played < begun) {
        played = begun;
        const chance = random();
        if (chance < 0.1)
          await board.body.command(
            { verb: 'dock', tag: `early-${begun}`, initiator: 'cloud' },
            signal,
          );
        else if (chance < 0.2) await isAccepted(bench.call('get-stuck', { forS: 20 }, signal));
      }
      await pause(lookEveryMs, undefined, { signal });
    }
  };
  const done = run();
  return {
    get begun() {
      return begun;
    },
    ended,
    done,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done.catch(() => {});
    },
  };
}

const isAccepted = (command: Promise<unknown>): Promise<boolean> =>
  command.then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'refused') return false;
      throw error;
    },
  );
