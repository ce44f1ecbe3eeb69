import { delay, systemClock } from '../../../base/clock.ts';
import { keptOffline } from './plan.ts';
import { isComplete, isDone, rowsOf, type Stage, within } from './stage.ts';

/** The course of a cell for its robot: its missions, and when it is connected. */

/** One mission on each connection, at a time independent of the fault plan. */
export async function oneByOne(stage: Stage): Promise<void> {
  const { world, cell, robot, way, body, random, ended } = stage;
  let lastSession = '';
  const isNew = () => {
    const row = world.presence(robot);
    return row?.state === 'connected' && row.sessionId !== lastSession;
  };
  while (ended.length < cell.missions) {
    await within(stage, 30_000, async () => isNew());
    lastSession = world.presence(robot)?.sessionId ?? '';
    await delay(systemClock, 100 + (cell.link === 'clean' ? 0 : random() * 2000), world.signal);
    const id = body.endMission(cell.shape === 'map');
    ended.push(id);
    await within(stage, 4000, async () => isNew() || (await isSettled(stage, id)));
    if (!isNew() && ended.length < cell.missions) way.renew();
  }
}

const isSettled = async (stage: Stage, id: string): Promise<boolean> =>
  stage.way.quietMs() > 400 &&
  (await rowsOf(stage)).some((row) => row.document.bodyMission === id && isDone(stage.cell, row));

/** Twenty missions while there is no link, then the link. */
export async function keepOffline(stage: Stage, killSoon: () => void): Promise<void> {
  const { world, cell, robot, way, body, client, ended } = stage;
  while (ended.length < cell.missions) {
    way.setOnline(false);
    await within(stage, 5000, async () => world.presence(robot)?.state !== 'connected');
    for (let count = 0; count < keptOffline; count++) {
      ended.push(body.endMission(false));
      await delay(systemClock, 120, world.signal);
    }
    await within(stage, 10_000, () => client.hasTaken(ended.length));
    killSoon();
    way.setOnline(true);
    await within(stage, 20_000, async () => (await isComplete(stage)) && way.quietMs() > 400);
  }
}
