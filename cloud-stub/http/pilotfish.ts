import type { Command } from '../../protocol/schemas/commands.ts';
import { isRobotId } from '../../protocol/topics.ts';
import { redrive, replay } from '../core/pipeline.ts';
import { type ArchiveEntry, handlerStates } from '../rows.ts';
import { takeCommand } from '../services/command-requests.ts';
import { byArrival } from '../services/dead-letters.ts';
import { handlerNames, switchHandler } from '../services/handlers.ts';
import {
  type Fault,
  fault,
  type Reply,
  type Route,
  type RouteContext,
  readJson,
  reply,
} from './routes.ts';

/** The control plane's own paths, where AWS has no service. */
export const pilotfishRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/pilotfish/replay',
    body: ['id', 'atMs', 'robot', 'topic', 'payload'],
    serve: replayEntry,
  },
  { method: 'GET', path: '/pilotfish/handlers', serve: handlers },
  { method: 'POST', path: '/pilotfish/handlers', body: ['handler', 'state'], serve: setHandler },
  { method: 'POST', path: '/pilotfish/redrive', serve: (ctx) => reply(redrive(ctx)) },
  { method: 'GET', path: '/pilotfish/commands', query: ['robot'], serve: commands },
  {
    method: 'POST',
    path: '/pilotfish/commands',
    body: ['robot', 'command', 'expiresMs', 'lifeMs', 'id'],
    serve: sendCommand,
  },
  { method: 'GET', path: '/pilotfish/meters', query: ['robot'], serve: meters },
  {
    method: 'GET',
    path: '/pilotfish/faults',
    serve: (ctx) => reply(ctx.process.faults.state(ctx.nowMs)),
  },
  {
    method: 'POST',
    path: '/pilotfish/faults',
    body: ['kind', 'robot', 'forMs', 'percent', 'perS', 'seed'],
    serve: setFaults,
  },
];

/** The most rows of a kind in one answer: the newest. */
const rowsMax = 1000;

/** Replays an entry of the archive; returns `{ isFirst }`. */
function replayEntry(ctx: RouteContext): Reply {
  const { id, atMs, robot, topic, payload } = readJson(ctx.body) ?? {};
  const isEntry = isAmount(atMs) && [id, robot, topic, payload].every(isText);
  if (!isEntry) return fault('InvalidRequest', 'expected an entry of the archive');
  const entry = { robot, topic, payload } as ArchiveEntry;
  const message = { ...entry, payload: new TextEncoder().encode(entry.payload) };
  return reply({ isFirst: replay({ ...ctx, nowMs: Number(atMs) }, message) });
}

/** The handlers of critical messages, with their dead letters and backlog. */
function handlers({ store }: RouteContext): Reply {
  const states = handlerNames.map((handler) => ({
    handler,
    ...(store.get('handlers', handler) ?? { state: 'up' }),
  }));
  const deadLetters = store.list('dead_letters').map(({ value }) => value);
  return reply({
    handlers: states,
    deadLetters: deadLetters.sort(byArrival).slice(0, rowsMax),
  });
}

/** `{ handler, state }`. */
function setHandler(ctx: RouteContext): Reply {
  const { handler, state } = readJson(ctx.body) ?? {};
  const name = handlerNames.find((one) => one === handler);
  const word = handlerStates.find((one) => one === state);
  if (name === undefined || word === undefined) {
    const expected = `${handlerNames.join(' or ')}, ${handlerStates.join(', ')}`;
    return fault('InvalidRequest', `expected a handler and its state: ${expected}`);
  }
  switchHandler(ctx, name, word);
  return handlers(ctx);
}

function commands({ store, query }: RouteContext): Reply {
  const rows = store.list('commands', prefixOf(query)).map(({ value }) => value);
  return reply({ commands: rows.sort((a, b) => a.createdMs - b.createdMs).slice(-rowsMax) });
}

/** `{ robot, command, expiresMs | lifeMs, id? }`; `lifeMs` counts from now by the cloud's clock. */
function sendCommand(ctx: RouteContext): Reply {
  const { robot, command, expiresMs, lifeMs, id } = readJson(ctx.body) ?? {};
  const end = typeof lifeMs === 'number' ? ctx.nowMs + lifeMs : expiresMs;
  if (typeof robot !== 'string' || typeof command !== 'string' || typeof end !== 'number') {
    return fault('InvalidRequest', 'robot, command and expiresMs (or lifeMs) are required');
  }
  if (ctx.store.get('things', robot) === undefined) return noThing(robot);
  const result = takeCommand(ctx, {
    robot,
    command: command as Command['command'],
    expiresMs: end,
    ...(typeof id === 'string' ? { id } : {}),
  });
  return result.ok ? reply(result.value) : fault(result.code satisfies Fault, result.message);
}

function meters({ store, query }: RouteContext): Reply {
  const robot = query.get('robot');
  const rows = store.list('meters').filter(({ key }) => robot === null || key === robot);
  return reply({ meters: Object.fromEntries(rows.map(({ key, value }) => [key, value])) });
}

/** `{ kind: 'cut', robot, forMs }`, `{ kind: 'drop', percent, seed? }` or `{ kind: 'throttle', robot, perS?, seed? }`. */
function setFaults({ process: { faults }, body, nowMs, enqueue }: RouteContext): Reply {
  const { kind, robot, forMs, percent, perS, seed = 1 } = readJson(body) ?? {};
  if (kind === 'cut' && typeof robot === 'string' && isRobotId(robot) && isAmount(forMs)) {
    faults.cut(robot, forMs, nowMs);
    enqueue({ kind: 'drop', robot, reason: 'SERVER_INITIATED_DISCONNECT' });
    return reply(faults.state(nowMs));
  }
  if (kind === 'drop' && isAmount(percent) && percent <= 100 && isAmount(seed)) {
    faults.drop(percent, seed);
    return reply(faults.state(nowMs));
  }
  const isRate = perS === undefined || isAmount(perS);
  if (kind === 'throttle' && isText(robot) && isRobotId(robot) && isRate && isAmount(seed)) {
    faults.throttle(robot, perS ?? Number.POSITIVE_INFINITY, seed);
    return reply(faults.state(nowMs));
  }
  return fault(
    'InvalidRequest',
    'expected { kind: cut, robot, forMs } or { kind: drop, percent } or { kind: throttle, robot }',
  );
}

export const prefixOf = (query: URLSearchParams): string =>
  query.has('robot') ? `${query.get('robot')}/` : '';

const isText = (value: unknown): value is string => typeof value === 'string';

const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

const noThing = (robot: string): Reply => fault('ResourceNotFound', `Thing ${robot} not found`);
