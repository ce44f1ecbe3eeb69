import type { Tables } from './robot-view.ts';

/** One row that an id leads to. */
export interface Found {
  readonly kind:
    | 'robot'
    | 'mission'
    | 'map'
    | 'object'
    | 'command'
    | 'job'
    | 'execution'
    | 'certificate'
    | 'dead-letter';
  readonly robot: string | null;
  /** Its own id or key. */
  readonly id: string;
  readonly status: string;
  /** When it last changed. */
  readonly atMs: number;
}

/** So many characters of a certificate's id distinguish it from all others. */
const prefixMin = 8;

/**
 * Everything that an id leads to: the row with this id, and the rows that refer to it. The id is that of a mission,
 * command, job, map or certificate, an object's key, or a robot's serial.
 */
export function findById(tables: Tables, id: string): Found[] {
  const found = [
    ...robots(tables, id),
    ...missions(tables, id),
    ...objects(tables, id),
    ...commands(tables, id),
    ...jobs(tables, id),
    ...certificates(tables, id),
    ...deadLettersWith(tables, id),
  ];
  return found.sort((a, b) => a.atMs - b.atMs);
}

function robots(tables: Tables, id: string): Found[] {
  const thing = tables.get('things', id);
  const decommissioned = tables.get('decommissioned', id);
  const one = { kind: 'robot', robot: id, id } as const;
  const presence = tables.get('presence', id);
  return [
    ...(thing === undefined ? [] : [{ ...one, status: 'registered', atMs: thing.createdMs }]),
    ...(presence === undefined ? [] : [{ ...one, status: presence.state, atMs: presence.sinceMs }]),
    ...(decommissioned === undefined
      ? []
      : [{ ...one, status: 'decommissioned', atMs: decommissioned.atMs }]),
  ];
}

/** Also by the body's own id for it, another id that it once had, its map, and its robot. */
function missions(tables: Tables, id: string): Found[] {
  return tables.list('missions').flatMap(({ value: row }) => {
    const { robot, missionId, status, document, map, otherIds = [] } = row;
    const ids = [missionId, ...otherIds, robot, document.bodyMission, map?.mapId, map?.objectKey];
    if (!ids.includes(id)) return [];
    const mission = { kind: 'mission', robot, id: missionId, atMs: row.lastSeenMs } as const;
    const words = status === 'ended' ? (document.outcome ?? status) : status;
    if (map === undefined) return [{ ...mission, status: words }];
    const stored = { kind: 'map', robot, id: map.mapId, status: map.state } as const;
    return [
      { ...mission, status: words },
      { ...stored, atMs: map.deletedMs ?? map.storedMs ?? row.lastSeenMs },
    ];
  });
}

/** The objects of missions' maps are also found by their mission's ids. */
function objects(tables: Tables, id: string): Found[] {
  const keys = new Set(
    tables.list('missions').flatMap(({ value: { robot, missionId, map, otherIds = [] } }) => {
      const ids = [robot, missionId, ...otherIds, map?.mapId];
      return map && ids.includes(id) ? [map.objectKey] : [];
    }),
  );
  return [...keys.add(id)].flatMap((key) => {
    const row = tables.get('objects', key);
    if (row === undefined) return [];
    const status = `${row.type}, ${row.size} bytes`;
    return [{ kind: 'object', robot: null, id: key, status, atMs: row.storedMs } as const];
  });
}

function commands(tables: Tables, id: string): Found[] {
  return tables.list('commands').flatMap(({ value: row }) => {
    const { robot, command, status } = row;
    if (command.id !== id && robot !== id) return [];
    const atMs = row.outcomeMs ?? row.createdMs;
    const one = { kind: 'command', robot, id: command.id } as const;
    return [{ ...one, status: `${command.command}: ${status}`, atMs }];
  });
}

function jobs(tables: Tables, id: string): Found[] {
  const job = tables.get('jobs', id);
  const { jobId = '', status = '', changedMs: atMs = 0 } = job ?? {};
  const executions = tables.list('job_executions').flatMap(({ value: row }) => {
    if (row.jobId !== id && row.thingName !== id) return [];
    const one = { kind: 'execution', robot: row.thingName, id: row.jobId } as const;
    return [{ ...one, status: row.status, atMs: row.changedMs }];
  });
  const made = job ? [{ kind: 'job', robot: null, id: jobId, status, atMs } as const] : [];
  return [...made, ...executions];
}

function certificates(tables: Tables, id: string): Found[] {
  const isPrefix = id.length >= prefixMin && /^[0-9a-f]+$/.test(id);
  return tables.list('certificates').flatMap(({ key, value: row }) => {
    if (key !== id && row.commonName !== id && !(isPrefix && key.startsWith(id))) return [];
    const one = { kind: 'certificate', robot: row.commonName, id: key } as const;
    return [{ ...one, status: row.status, atMs: row.changedMs }];
  });
}

/** Messages that no handler has taken and that contain the id. */
function deadLettersWith(tables: Tables, id: string): Found[] {
  return tables.list('dead_letters').flatMap(({ value: { robot, seq, payload, topic, atMs } }) => {
    if (robot !== id && !payload.includes(JSON.stringify(id))) return [];
    return [{ kind: 'dead-letter', robot, id: `${seq}`, status: topic, atMs } as const];
  });
}
