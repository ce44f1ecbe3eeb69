import type { CertificateRow, MissionRow } from '../rows.ts';
import { executionsOf } from '../services/execution-changes.ts';
import { findById } from '../services/find.ts';
import { summaryOf } from '../services/mission-summary.ts';
import { knownRobots, viewRobot } from '../services/robot-view.ts';
import { prefixOf } from './pilotfish.ts';
import { fault, type Reply, type Route, type RouteContext, reply } from './routes.ts';

/** The operator's views: robots, missions, jobs, and everything about one id. */
export const viewRoutes: readonly Route[] = [
  { method: 'GET', path: '/pilotfish/status', query: ['robot'], serve: status },
  {
    method: 'GET',
    path: '/pilotfish/missions',
    query: ['robot', 'mission', 'sinceMs', 'limit'],
    serve: missions,
  },
  { method: 'GET', path: '/pilotfish/jobs', query: ['robot', 'job'], serve: jobs },
  { method: 'GET', path: '/pilotfish/find', query: ['id'], serve: find },
];

/** The most rows of a kind in one answer: the newest. */
const rowsMax = 1000;

/** `?robot=R` selects a robot. Every robot with its connection, and what the ports admitted and refused. */
function status({ store, process, nowMs, query }: RouteContext): Reply {
  const refusals = store.list('refusals');
  const certificates = store.list('certificates').map(({ value }) => value);
  const byRobot: ReadonlyMap<string, CertificateRow[]> = Map.groupBy(
    certificates,
    ({ commonName }) => commonName,
  );
  const requested = query.get('robot');
  const names = knownRobots(store, certificates).filter(
    (name) => requested === null || name === requested,
  );
  if (requested !== null && names.length === 0) {
    return fault('ResourceNotFound', `Thing ${requested} not found`);
  }
  const robots = names.map((robot) => ({
    ...viewRobot(store, robot, byRobot.get(robot) ?? []),
    presence: store.get('presence', robot) ?? null,
    refusals: Object.fromEntries(
      refusals
        .filter(({ key }) => key.startsWith(`${robot}/`))
        .map(({ key, value: row }) => [key.slice(robot.length + 1), row.count]),
    ),
  }));
  return reply({
    nowMs,
    connections: process.connections(),
    listeners: process.listeners(),
    robots,
    faults: process.faults.state(nowMs),
  });
}

/**
 * `?robot=R` selects a robot, `mission=M` one mission by any of its ids, `sinceMs=N` what was reported since then,
 * `limit=N` the newest. `robots` summarizes all missions of the robots in the answer; `omitted` counts the older
 * missions that the limit left out.
 */
function missions({ store, query }: RouteContext): Reply {
  const limit = Math.min(rowsMax, numberIn(query, 'limit') ?? rowsMax);
  const sinceMs = numberIn(query, 'sinceMs') ?? 0;
  if (!(limit >= 1 && sinceMs >= 0)) {
    return fault('InvalidRequest', 'limit and sinceMs must be numbers, limit at least 1');
  }
  const rows = store.list('missions', prefixOf(query)).map(({ value }) => value);
  const requested = query.get('mission');
  const isRequested = ({ missionId, otherIds, lastSeenMs }: MissionRow) =>
    lastSeenMs >= sinceMs &&
    (requested === null || missionId === requested || otherIds?.includes(requested) === true);
  const found = rows.filter(isRequested).sort((a, b) => a.firstSeenMs - b.firstSeenMs);
  const newest = found.slice(-limit);
  const byRobot = Map.groupBy(rows, ({ robot }) => robot);
  const robots = [...new Set(newest.map(({ robot }) => robot))].map((robot) =>
    summaryOf(robot, byRobot.get(robot) ?? [], store.get('mission_ledgers', robot)),
  );
  return reply({ missions: newest, robots, omitted: found.length - newest.length });
}

/** NaN for a value that is not a number. */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null ? undefined : Number(text.trim() === '' ? 'none' : text);
}

/** `?robot=R`: those for that robot; `job=J`: that one. Each with its executions, newest last. */
function jobs(ctx: RouteContext): Reply {
  const { store, query } = ctx;
  const [robot, jobId] = [query.get('robot'), query.get('job')];
  const rows = store
    .list('jobs')
    .map(({ value }) => value)
    .filter((job) => jobId === null || job.jobId === jobId)
    .filter((job) => robot === null || job.targets.includes(robot))
    .sort((a, b) => a.createdMs - b.createdMs);
  if (jobId !== null && rows.length === 0) {
    return fault('ResourceNotFound', `Job ${jobId} cannot be found.`);
  }
  const newest = rows.slice(-rowsMax);
  return reply({
    jobs: newest.map(({ document: _document, urlExpiresS: _expires, ...job }) => ({
      ...job,
      executions: executionsOf(ctx, job).filter(
        ({ thingName }) => robot === null || thingName === robot,
      ),
    })),
    omitted: rows.length - newest.length,
  });
}

/** `?id=ID`: everything with this id; certificates also by the beginning of their id. */
function find({ store, query }: RouteContext): Reply {
  const id = query.get('id');
  if (!id) return fault('InvalidRequest', 'id is required');
  return reply({ found: findById(store, id) });
}
