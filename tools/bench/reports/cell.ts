import { join } from 'node:path';
import { delay, systemClock } from '../../../base/clock.ts';
import { silentLog } from '../../../base/log.ts';
import type { MeterRow, MissionRow } from '../../../cloud-stub/rows.ts';
import { emptyMeter } from '../../../cloud-stub/services/meter.ts';
import { serveLines } from '../../../hal/sim/wire/server.ts';
import { type BenchBody, createBody } from './body.ts';
import { type Client, otherKind, pilotfishKind, superviseClient } from './client.ts';
import { planLink, quotaPerS } from './faults.ts';
import { startKiller } from './killer.ts';
import { type Cell, keptOffline, seededDraw } from './plan.ts';
import { openWay, type Way } from './proxy.ts';
import type { World } from './world.ts';

/** What came of one cell. */
export interface CellResult {
  readonly cell: Cell;
  /** Ended missions that the cloud's table does not have. */
  readonly missing: number;
  /** Final documents that reached the broker again, or otherwise, under a known id. */
  readonly doubles: number;
  /** Missions that stand in the table more than once. */
  readonly doubleRows: number;
  /** What was metered from the first mission on. */
  readonly meter: MeterRow;
  /** Both directions at the proxy, TLS and TCP's payload included. */
  readonly bytes: number;
  readonly kills: number;
  /** Publishes that the broker threw away are counted by the world, not here. `deadline`: it was not idle even then. */
  readonly endedBy: 'complete' | 'nothing-more' | 'deadline';
  readonly ms: number;
}

/** Everything that a cell holds while it runs. */
interface Stage {
  readonly world: World;
  readonly cell: Cell;
  readonly robot: string;
  readonly way: Way;
  readonly body: BenchBody;
  readonly client: Client;
  readonly draw: () => number;
  /** The body's names of the missions that have ended. */
  readonly ended: string[];
}

const pollMs = 200;
/** Who has told everything and has asked for what is left again twice gets no more. */
const noMoreMs = 12_000;

/** Runs one cell to its end; `number` names its robot. Rejects when the world falls. */
export async function runCell(world: World, cell: Cell, number: number): Promise<CellResult> {
  const begunMs = systemClock.monoMs();
  await using held = new AsyncDisposableStack();
  const robot = `BENCH-${number}`;
  const dir = join(world.dir, `c${number}`);
  const identity = await world.giveIdentity(robot, join(dir, 'identity'));
  const way = held.use(await openWay(world.ready.mqtt.port, planLink(cell.link, cell.seed)));
  const body = createBody();
  const bodySocket = join(dir, 'body.sock');
  held.use(await serveLines({ ...body, path: bodySocket, log: silentLog }));
  const place = {
    ...{ cell, robot, dir, bodySocket, port: way.port, serverCa: world.ready.serverCa },
    ...identity,
    agentBundle: world.agentBundle,
    firmwareKeys: world.firmwareKeys,
  };
  const kind =
    cell.contender === 'pilotfish'
      ? await pilotfishKind(place)
      : await otherKind(place, cell.contender);
  const client = held.use(superviseClient(kind, join(dir, 'client.log')));
  const draw = seededDraw(cell.seed + 1);
  const stage: Stage = { world, cell, robot, way, body, client, draw, ended: [] };

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
    ...{ cell, kills, endedBy, ...judge(stage, rows) },
    meter: difference(await meterOf(stage), before),
    bytes: way.bytes - bytesBefore,
    ms: Math.round(systemClock.monoMs() - begunMs),
  };
}

async function beginFaults({ world, cell, robot, way, body, client, draw }: Stage) {
  way.setFaulty(true);
  if (cell.link === 'over-quota') await world.operator.throttle(robot, quotaPerS, cell.seed);
  const kill = () => {
    // It counts as a power cut of the agent's board: three kills within one boot would bring safe mode, by design.
    body.powerCut();
    client.kill();
  };
  return startKiller(cell.link === 'killed', { way, draw, kill });
}

async function endFaults({ world, cell, robot, way }: Stage): Promise<void> {
  way.setFaulty(false);
  if (cell.link === 'over-quota') await world.operator.throttle(robot, undefined, cell.seed);
}

/** A mission on each connection, at a moment that the faults' plan knows nothing of. */
async function oneByOne(stage: Stage): Promise<void> {
  const { world, cell, robot, way, body, draw, ended } = stage;
  let lastSession = '';
  const isNew = () => {
    const row = world.presence(robot);
    return row?.state === 'connected' && row.sessionId !== lastSession;
  };
  while (ended.length < cell.missions) {
    await within(stage, 30_000, async () => isNew());
    lastSession = world.presence(robot)?.sessionId ?? '';
    await delay(systemClock, 100 + (cell.link === 'clean' ? 0 : draw() * 2000), world.signal);
    const id = body.endMission(cell.shape === 'map');
    ended.push(id);
    await within(stage, 4000, async () => isNew() || (await isSettled(stage, id)));
    if (!isNew() && ended.length < cell.missions) way.renew();
  }
}

const isSettled = async (stage: Stage, id: string): Promise<boolean> =>
  stage.way.quietMs() > 400 &&
  (await rowsOf(stage)).some((row) => row.document.bodyMission === id && isDone(stage.cell, row));

/** The mission has ended in the table, and its map is granted; ours has it uploaded, the others leave that out. */
function isDone({ contender }: Cell, { status, document, map }: MissionRow): boolean {
  if (status !== 'ended') return false;
  if (document.map === undefined) return true;
  return contender === 'pilotfish' ? map?.state === 'stored' : (map?.grants ?? 0) > 0;
}

/** Twenty missions while there is no link, then the link. */
async function keepOffline(stage: Stage, killSoon: () => void): Promise<void> {
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

/** Faults have ended: until the client has nothing left to do, after one more connection if it needs that. */
async function finish(stage: Stage): Promise<CellResult['endedBy']> {
  const { client, way, ended } = stage;
  const isAllDone = async () =>
    way.quietMs() > 600 &&
    (await client.rest(ended.length)) === 'nothing' &&
    (await isComplete(stage));
  if (await within(stage, 2000, isAllDone)) return 'complete';
  way.renew();
  let seen = '';
  let sinceMs = systemClock.monoMs();
  let endedBy: CellResult['endedBy'] = 'deadline';
  await within(stage, 90_000, async () => {
    if (await isAllDone()) endedBy = 'complete';
    const now = JSON.stringify(await rowsOf(stage));
    const isTold = (await client.rest(ended.length)) !== 'much';
    if (now !== seen || !isTold) sinceMs = systemClock.monoMs();
    seen = now;
    if (endedBy === 'deadline' && systemClock.monoMs() - sinceMs > noMoreMs)
      endedBy = 'nothing-more';
    return endedBy !== 'deadline';
  });
  return endedBy;
}

async function isComplete(stage: Stage): Promise<boolean> {
  const rows = await rowsOf(stage);
  const done = rows.filter((row) => isDone(stage.cell, row));
  return new Set(done.map(({ document }) => document.bodyMission)).size === stage.ended.length;
}

function judge({ ended }: Stage, rows: readonly MissionRow[]) {
  const final = rows.filter(({ status }) => status === 'ended');
  const known = new Set(final.map(({ document }) => document.bodyMission));
  return {
    missing: ended.filter((id) => !known.has(id)).length,
    doubles: rows.reduce((sum, { counts }) => sum + counts.duplicates + counts.conflicts, 0),
    doubleRows: rows.length - new Set(rows.map(({ document }) => document.bodyMission)).size,
  };
}

const rowsOf = ({ world, robot }: Stage): Promise<MissionRow[]> =>
  world.operator.missions({ robot });

const meterOf = async ({ world, robot }: Stage): Promise<MeterRow> => ({
  ...emptyMeter(),
  ...(await world.operator.meters())[robot],
});

function difference(after: MeterRow, before: MeterRow): MeterRow {
  const names = Object.keys(after) as (keyof MeterRow)[];
  const entries = names.map((name) => [name, after[name] - before[name]]);
  return Object.fromEntries(entries) as unknown as MeterRow;
}

/** Looks until it is so or the time is over; answers whether it is. */
async function within(
  { world }: Pick<Stage, 'world'>,
  ms: number,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const endMs = systemClock.monoMs() + ms;
  for (;;) {
    world.signal.throwIfAborted();
    if (await isSo()) return true;
    if (systemClock.monoMs() > endMs) return false;
    await delay(systemClock, pollMs, world.signal);
  }
}
