import { join } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { silentLog } from '../../../base/log.ts';
import { randomStream } from '../../../base/random.ts';
import type { MeterRow } from '../../../cloud-stub/rows.ts';
import { serveLines } from '../../../hal/sim/wire/server.ts';
import { createBody } from './body.ts';
import { otherKind, pilotfishKind } from './clients.ts';
import { checkRows, difference, type EndedBy, finish, meterOf } from './ending.ts';
import { planLink, quotaPerS } from './faults.ts';
import { startKiller } from './killer.ts';
import type { Cell } from './plan.ts';
import { openWay } from './proxy.ts';
import { keepOffline, oneByOne } from './shapes.ts';
import { rowsOf, type Stage, within } from './stage.ts';
import { superviseClient } from './supervise.ts';
import type { World } from './world.ts';

/** The result of one cell. */
export interface CellResult {
  readonly cell: Cell;
  /** Ended missions that are missing in the cloud's table. */
  readonly missing: number;
  /** Final documents that reached the broker again, or changed, under a known id. */
  readonly doubles: number;
  /** Missions with more than one row in the table. */
  readonly doubleRows: number;
  /** What was metered until then: an undisturbed first connection without reports. */
  readonly session: MeterRow;
  /** What was metered from the first mission on. */
  readonly meter: MeterRow;
  /** Both directions at the proxy, TLS and TCP's payload included. */
  readonly bytes: number;
  readonly kills: number;
  readonly endedBy: EndedBy;
  readonly ms: number;
}

/** Runs one cell to its end; `number` names its robot. Rejects when the world fails. */
export async function runCell(world: World, cell: Cell, number: number): Promise<CellResult> {
  const begunMs = systemClock.monoMs();
  await using resources = new AsyncDisposableStack();
  const robot = `BENCH-${number}`;
  const dir = join(world.dir, `c${number}`);
  const identity = await world.giveIdentity(robot, join(dir, 'identity'));
  const way = resources.use(await openWay(world.ready.mqtt.port, planLink(cell.link, cell.seed)));
  const body = createBody();
  const bodySocket = join(dir, 'body.sock');
  resources.use(await serveLines({ ...body, path: bodySocket, log: silentLog }));
  const place = {
    ...{ cell, robot, dir, bodySocket, port: way.port, serverCa: world.ready.serverCa },
    ...identity,
    agentBundle: world.agentBundle,
    firmwareKeys: world.firmwareKeys,
  };
  const kind =
    cell.baseline === 'pilotfish'
      ? await pilotfishKind(place)
      : await otherKind(place, cell.baseline);
  const client = resources.use(superviseClient(kind, join(dir, 'client.log')));
  const random = randomStream(cell.seed + 1);
  const stage: Stage = { world, cell, robot, way, body, client, random, ended: [] };

  await within(
    stage,
    60_000,
    async () => way.quietMs() > 500 && (await client.rest(0)) === 'nothing',
  );
  const before = await meterOf(stage);
  const bytesBefore = way.bytes;
  const killer = await beginFaults(stage);
  if (cell.shape === 'offline') await keepOffline(stage, killer.soon);
  else await oneByOne(stage);
  const kills = killer.stop();
  await endFaults(stage);
  const endedBy = await finish(stage);
  const rows = await rowsOf(stage);
  return {
    ...{ cell, kills, endedBy, ...checkRows(stage, rows) },
    session: before,
    meter: difference(await meterOf(stage), before),
    bytes: way.bytes - bytesBefore,
    ms: Math.round(systemClock.monoMs() - begunMs),
  };
}

async function beginFaults({ world, cell, robot, way, body, client, random }: Stage) {
  way.setFaulty(true);
  if (cell.link === 'over-quota') await world.operator.throttle(robot, quotaPerS, cell.seed);
  const kill = () => {
    // Counts as a power cut of the agent's board: three kills within one boot would start safe mode, by design.
    body.powerCut();
    client.kill();
  };
  return startKiller(cell.link === 'killed', { way, random, kill });
}

async function endFaults({ world, cell, robot, way }: Stage): Promise<void> {
  way.setFaulty(false);
  if (cell.link === 'over-quota') await world.operator.throttle(robot, undefined, cell.seed);
}
