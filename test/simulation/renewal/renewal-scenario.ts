import type { RenewalCa } from '../../../cloud-stub/renewal-ca.ts';
import type { Terrain } from '../../../hal/sim/floor/terrain.ts';
import { calm } from './network.ts';

interface Outcome {
  readonly world: World;
  readonly violations: readonly string[];
}

import { World } from './world.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * One seed's story of a robot whose certificate becomes due within the first hours, and whose operator wants renewals:
 * with cuts, losses, silence, a failing disk, kills, and new
 * certificates that are revoked before their first connection, then peace. The cloud's grace is short, so that whoever connects
 * by the new certificate once and forgets it is locked out.
 */
export async function renewals(seed: number, terrain: Terrain, ca: RenewalCa): Promise<Outcome> {
  const life = { pastMs: 18 * hourMs, leftMs: 10 * hourMs, graceMs: 10 * minuteMs };
  const world = new World(seed, terrain, { ca, ...life });
  const { draw, network } = world;
  const violations = new Set<string>();
  const spoils = draw() < 0.5;
  world.watch = () => {
    if (spoils && draw() < 0.1) spoil(world);
    if (!canConnect(world)) violations.add('a moment without a pair that the cloud takes');
  };
  network.faults = {
    drop: draw() * 0.4,
    repeat: draw() * 0.4,
    delayMsMax: 20 + draw() * 10_000,
    refuse: draw() * 0.4,
    mute: draw() * 0.4,
  };
  world.killAfterCommit = draw() < 0.5 ? 0.05 : 0;
  world.killAfterDisk = draw() < 0.5 ? 0.2 : 0;
  world.diskFails = draw() < 0.5 ? 0.1 : 0;
  await world.startAgent();
  for (let step = 0; step < 30; step++) {
    await world.clock.run(minuteMs * (0.2 + draw() * 6));
    disturb(world);
  }
  network.faults = calm;
  Object.assign(world, { killAfterCommit: 0, killAfterDisk: 0, diskFails: 0 });
  await world.clock.run(3 * hourMs);
  return { world, violations: [...violations, ...judge(world)] };
}

function disturb(world: World): void {
  const chance = world.draw();
  const rotateKey = world.draw() < 0.5;
  if (chance < 0.4) world.deliver({ type: 'identity/renew', rotateKey });
  else if (chance < 0.6) world.killAgent();
  else world.network.cut();
}

/** The operator revokes the new certificate before it has connected: the old one must still be there. */
function spoil({ pairs, network, cloud, clock }: World): void {
  const id = pairs.facts.next?.certificateId;
  if (id === undefined || network.admitted.has(id)) return;
  cloud.operator.updateCertificate(id, 'REVOKED', clock.wallMs());
}

const statusOf = ({ cloud }: World, id: string | undefined): string | undefined =>
  id === undefined ? undefined : cloud.operator.get('certificates', id)?.status;

function canConnect(world: World): boolean {
  const { current, next } = world.pairs.facts;
  return [current, next].some((pair) => statusOf(world, pair?.certificateId) === 'ACTIVE');
}

function judge(world: World): string[] {
  const violations: string[] = [];
  const { current, next } = world.pairs.facts;
  const { connectedBy } = world.network;
  if (connectedBy === undefined) violations.push('the robot is not connected');
  if (connectedBy !== current?.certificateId) violations.push('connected by another pair');
  if (statusOf(world, connectedBy) !== 'ACTIVE') violations.push('connected, and not ACTIVE');
  if (next !== null) violations.push('a next pair is left over');
  const { identity } = world.status();
  if (identity?.['state'] !== 'settled') violations.push(`renewal ${String(identity?.['state'])}`);
  return violations;
}
