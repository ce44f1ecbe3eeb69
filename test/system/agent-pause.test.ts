import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LinkMemory } from '../../agent/events.ts';
import { systemClock } from '../../base/clock.ts';
import { type CrashStatus, soundStore, startCrashingRobot } from '../support/agent-crashing.ts';
import { folders } from '../support/pki-folder.ts';

// Real processes: the board's supervisor starts a killed agent again, much sooner than it may connect.

const folder = folders();
const hourMs = 3_600_000;
const isUp = ({ link }: CrashStatus) => link.state === 'up';

it('the agent keeps its backoff after a kill, and not after a clean exit or a power cycle', async () => {
  const dir = await folder();
  await using robot = await startCrashingRobot(dir, soundStore);
  const path = join(dir, 'robot', 'run', 'link.json');
  const remembered = () => JSON.parse(readFileSync(path, 'utf8')) as LinkMemory;
  /** As after many failures. */
  const pauseForAnHour = () => {
    const untilMs = systemClock.monoMs() + hourMs;
    writeFileSync(path, JSON.stringify({ ...remembered(), failures: 7, untilMs }));
  };
  const paused = {
    link: { state: 'waiting', failures: 7, connects: 0 },
    connection: { state: 'waiting', nextTryInS: expect.toSatisfy((s: number) => s > 3400) },
  };

  await robot.status(isUp);
  const { bootId } = remembered();
  pauseForAnHour();
  expect(await robot.endAgent('SIGKILL')).toMatchObject(paused);
  await robot.endAgent('SIGTERM');
  expect(await robot.status(isUp)).toMatchObject({ link: { connects: 1 } });

  pauseForAnHour();
  expect(await robot.endAgent('SIGKILL')).toMatchObject(paused);
  await robot.cutPower();
  await robot.status(isUp);
  expect(remembered().bootId).not.toBe(bootId);
});
