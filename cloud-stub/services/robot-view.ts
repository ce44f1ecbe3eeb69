import type { ExecutionRow } from '../job-rows.ts';
import type { CertificateRow, MissionRow, Rows, Table } from '../rows.ts';

/**
 * What an operator needs first about a robot: whether it is connected and if not why, what it runs, what it did last.
 */
export interface RobotView {
  readonly robot: string;
  readonly registeredMs: number | null;
  readonly link: LinkView;
  /** The version that its agent reports. */
  readonly version: string | null;
  readonly slot: string | null;
  readonly lastMission: MissionView | null;
  /** Its current job, otherwise its last one. */
  readonly job: {
    readonly jobId: string;
    readonly status: string;
    readonly changedMs: number;
  } | null;
}

export interface LinkView {
  readonly state: 'connected' | 'disconnected' | 'never seen' | 'blocked' | 'decommissioned';
  readonly sinceMs: number | null;
  readonly reason: string | null;
}

export interface MissionView {
  readonly missionId: string;
  readonly status: MissionRow['status'];
  /** Only for an ended mission. */
  readonly outcome: string | null;
  readonly startedMs: number;
  readonly endedMs: number | null;
}

/** Reads within one transaction. */
export interface Tables {
  get<K extends Table>(table: K, key: string): Rows[K] | undefined;
  list<K extends Table>(table: K, prefix?: string): { key: string; value: Rows[K] }[];
}

/** Every known robot: registered, decommissioned, or with a certificate that was never admitted. */
export function knownRobots(tables: Tables, certificates: readonly CertificateRow[]): string[] {
  const names = [
    ...tables.list('things').map(({ key }) => key),
    ...tables.list('decommissioned').map(({ key }) => key),
    ...certificates.map(({ commonName }) => commonName),
  ];
  return [...new Set(names)].sort();
}

/** `certificates` are those of this robot. */
export function viewRobot(
  tables: Tables,
  robot: string,
  certificates: readonly CertificateRow[],
): RobotView {
  const reported = tables.get('shadows', robot)?.reported?.['agent'] as
    | { version?: unknown; slot?: unknown }
    | undefined;
  const missions = tables.list('missions', `${robot}/`).map(({ value }) => value);
  const last = missions.reduce<MissionRow | undefined>(
    (newest, row) => (newest && newest.firstSeenMs > row.firstSeenMs ? newest : row),
    undefined,
  );
  return {
    robot,
    registeredMs: tables.get('things', robot)?.createdMs ?? null,
    link: viewLink(tables, robot, certificates),
    version: textOf(reported?.version),
    slot: textOf(reported?.slot),
    lastMission: last === undefined ? null : viewMission(last),
    job: viewJob(tables.list('job_executions', `${robot}/`).map(({ value }) => value)),
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const viewMission = ({ missionId, status, document }: MissionRow): MissionView => ({
  missionId,
  status,
  outcome: outcomeOf({ status, document }),
  startedMs: document.started.wallMs,
  endedMs: document.ended ? document.updated.wallMs : null,
});

/** An open mission has a phase, which is not an outcome. */
export const outcomeOf = ({
  status,
  document,
}: Pick<MissionRow, 'status' | 'document'>): string | null =>
  status === 'ended' ? (document.outcome ?? null) : null;

/** A block is shown before the state of the last connection. */
function viewLink(
  tables: Tables,
  robot: string,
  certificates: readonly CertificateRow[],
): LinkView {
  const decommissioned = tables.get('decommissioned', robot);
  if (decommissioned !== undefined) {
    return {
      state: 'decommissioned',
      sinceMs: decommissioned.atMs,
      reason: 'decommissioned by an operator',
    };
  }
  const presence = tables.get('presence', robot);
  if (presence?.state === 'connected') {
    return { state: 'connected', sinceMs: presence.sinceMs, reason: null };
  }
  const blocked = blockOf(certificates);
  if (blocked !== undefined) return blocked;
  const refusal = refusalSince(certificates, presence?.sinceMs ?? 0);
  if (presence === undefined) return { state: 'never seen', sinceMs: null, reason: refusal };
  const { sinceMs, reason = null } = presence;
  return { state: 'disconnected', sinceMs, reason: refusal ?? reason };
}

/** A robot is blocked when it had an accepted certificate and has none now. */
function blockOf(certificates: readonly CertificateRow[]): LinkView | undefined {
  const decided = certificates.filter(({ status }) => status !== 'PENDING_ACTIVATION');
  const [first] = decided.toSorted((a, b) => b.changedMs - a.changedMs);
  if (first === undefined || decided.some(({ status }) => status === 'ACTIVE')) return undefined;
  return { state: 'blocked', sinceMs: first.changedMs, reason: `certificate ${first.status}` };
}

/** Why it was refused since its last connection. */
function refusalSince(certificates: readonly CertificateRow[], sinceMs: number): string | null {
  const refusals = certificates.flatMap(({ lastRefusal }) => (lastRefusal ? [lastRefusal] : []));
  const [last] = refusals.filter(({ atMs }) => atMs > sinceMs).toSorted((a, b) => b.atMs - a.atMs);
  return last === undefined ? null : `refused: ${last.code}`;
}

const openStatuses: readonly string[] = ['QUEUED', 'IN_PROGRESS'];

function viewJob(rows: readonly ExecutionRow[]): RobotView['job'] {
  const isOpen = (row: ExecutionRow) => openStatuses.includes(row.status);
  const [first] = rows.toSorted(
    (a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.changedMs - a.changedMs,
  );
  if (first === undefined) return null;
  return { jobId: first.jobId, status: first.status, changedMs: first.changedMs };
}
