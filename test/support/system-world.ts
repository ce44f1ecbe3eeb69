import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { callLocalApi } from '../../agent/io/local.ts';
import type { AgentStatus } from '../../tools/demo/board.ts';
import { type Places, placesIn } from '../../tools/demo/places.ts';
import { robotId, writeAgentConfig } from '../../tools/demo/world.ts';
import { type BoardUnderTest, type Flashed, startBoard } from './system-board.ts';
import { type CloudUnderTest, startCloud } from './system-cloud.ts';
import { silentDemo } from './system-demo.ts';
import { createPart } from './system-part.ts';
import { type Wait, waitWith } from './system-wait.ts';

/** A factory, a cloud, a board and the agent in its slot, each a process of its own, with the robot connected. */
export interface RobotWorld extends AsyncDisposable {
  readonly places: Places;
  readonly robot: string;
  readonly cloud: CloudUnderTest;
  readonly board: BoardUnderTest;
  /** What `pilotfish status` shows; one that is just starting knows nothing of itself yet. */
  agentStatus(): Promise<Status>;
  readonly until: Wait;
}

export type Status = Partial<AgentStatus & { readonly updates: { readonly job: object | null } }>;

export interface RobotWorldOptions extends Flashed {
  /** The folder of a robot that has its identity; it is copied. */
  readonly home: string;
  /** The robot cannot connect, and the start does not wait for it. */
  readonly isStranded?: boolean;
  /** What is done to the folders before anything runs in them; undone at the end. */
  prepare?(places: Places): Promise<AsyncDisposable>;
}

/** Brings all of it up in a new folder, which is removed with everything else. */
export async function startRobotWorld(options: RobotWorldOptions): Promise<RobotWorld> {
  await using started = new AsyncDisposableStack();
  const dir = await mkdtemp('/tmp/pf-');
  started.defer(() => rm(dir, { recursive: true, force: true }));
  await cp(options.home, dir, { recursive: true, verbatimSymlinks: true });
  const places = placesIn(dir);
  if (options.prepare) started.use(await options.prepare(places));
  const until = waitWith(places.logs);
  // Ended in the other order: the board before the cloud that it is connected to.
  const parts = [createPart(places.logs), createPart(places.logs)] as const;
  for (const part of parts) started.use(part);
  started.use(mortalWorker());

  const demo = silentDemo(places);
  const cloud = await startCloud(demo, { part: parts[0], until });
  started.use(cloud.operator);
  await writeAgentConfig(demo, { ...cloud.ready.mqtt, ca: cloud.ready.serverCa });
  const board = await startBoard(demo, { part: parts[1], until }, options);
  const localApi = join(places.robot, 'run', 'agent.sock');
  if (!options.isStranded) {
    await until('the robot to be connected', async () => {
      const { robots } = await cloud.operator.status();
      return robots.some(({ presence }) => presence?.state === 'connected') || undefined;
    });
  }
  const running = started.move();
  return {
    places,
    robot: robotId,
    cloud,
    board,
    agentStatus: async () => (await callLocalApi(localApi, 'status')) as Status,
    until,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Vitest's workers go on when the run that they belong to is killed; while a world is up, this one does not. */
function mortalWorker(): Disposable {
  const end = () => process.kill(process.pid, 'SIGTERM');
  process.once('disconnect', end);
  return { [Symbol.dispose]: () => void process.off('disconnect', end) };
}
