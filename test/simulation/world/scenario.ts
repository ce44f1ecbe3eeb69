import type { Terrain } from '../../../hal/sim/floor/terrain.ts';
import { calm } from './network.ts';
import { World } from './world.ts';

const minuteMs = 60_000;

export interface Outcome {
  readonly world: World;
  /** What is not as it must be; empty when all is well. */
  readonly violations: readonly string[];
}

/**
 * One seed's story: some hours with faults of every kind the seed draws, then peace, then the invariants of DESIGN
 * section 5 that concern missions and commands.
 */
export async function play(seed: number, terrain: Terrain): Promise<Outcome> {
  const world = new World(seed, terrain);
  const { draw, network } = world;
  network.faults = {
    drop: draw() * 0.5,
    repeat: draw() * 0.5,
    delayMsMax: 20 + draw() * 20_000,
    refuse: draw() * 0.5,
    mute: 0,
  };
  world.killAfterCommit = draw() < 0.5 ? 0.1 : 0;
  const expiries = new Map<string, number>();
  await world.startAgent();
  for (let step = 0; step < 30; step++) {
    await world.clock.run(minuteMs * (0.5 + draw() * 6));
    disturb(world, expiries);
  }
  network.faults = calm;
  world.killAfterCommit = 0;
  await world.clock.run(180 * minuteMs);
  return { world, violations: judge(world, expiries) };
}

function disturb(world: World, expiries: Map<string, number>): void {
  const chance = world.draw();
  if (chance < 0.35) command(world, expiries);
  else if (chance < 0.5) world.board.pressButton();
  else if (chance < 0.7) world.killAgent();
  else if (chance < 0.75) {
    world.board.cutPower();
    world.killAgent();
  } else world.network.cut();
}

function command(world: World, expiries: Map<string, number>): void {
  const expiresMs = minuteMs * (0.2 + world.draw() * 5);
  const verb = world.draw() < 0.8 ? 'start' : 'stop';
  const id = world.sendCommand(verb, expiresMs);
  if (id !== undefined) expiries.set(id, world.clock.wallMs() + expiresMs);
}

/** Clock error that cloud time allows: it is told in whole seconds and travels for a while. */
const slackMs = 1000 + 20_020;

function judge(world: World, expiries: ReadonlyMap<string, number>): string[] {
  const violations: string[] = [];
  const rows = world.cloud.operator.list('missions').map(({ value }) => value);
  for (const [id, mission] of world.board.ended) {
    const found = rows.filter(({ document }) => document.bodyMission === id);
    const [row] = found;
    if (found.length !== 1 || row === undefined) {
      violations.push(`invariant 1: mission ${id} has ${found.length} rows`);
    } else if (row.status !== 'ended' || row.document.outcome !== mission.outcome) {
      violations.push(`invariant 1: ${id} is ${row.status}/${row.document.outcome}`);
    } else if (row.map !== undefined && row.map.state !== 'stored') {
      violations.push(`invariant 5: the map of ${id} is ${row.map.state}`);
    }
  }
  if (world.board.busy) violations.push('the body still cleans: the scenario is too short');
  if (rows.length !== world.board.ended.size) {
    violations.push(`invariant 1: ${rows.length} rows for ${world.board.ended.size} missions`);
  }
  const { missions } = world.status();
  if (missions?.['unconfirmed'] !== 0) violations.push('the outbox is not empty');
  for (const [tag, times] of world.board.taken) {
    const expiresMs = expiries.get(tag) ?? 0;
    if (times.length > 1) violations.push(`invariant 6: command ${tag} ran ${times.length} times`);
    if (times.some((ms) => ms > expiresMs + slackMs))
      violations.push(`invariant 6: ${tag} ran late`);
  }
  return violations;
}
