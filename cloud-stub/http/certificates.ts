import { isRobotId } from '../../protocol/topics.ts';
import type { CertificateRow } from '../rows.ts';
import { certificateStatuses } from '../rows.ts';
import { decommission, recommission } from '../services/decommissioning.ts';
import { updateCertificatesOf } from '../services/registry.ts';
import { fault, type Reply, type Route, type RouteContext, readJson, reply } from './routes.ts';

/** A certificate as operators see it. */
export interface CertificateView extends Omit<CertificateRow, 'pem' | 'commonName'> {
  readonly robot: string;
  /** When a superseded certificate becomes INACTIVE. */
  readonly retireMs?: number;
}

/** Certificates by robot, refused connections, and decommissioning: AWS has no operations for these. */
export const certificateRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/pilotfish/certificates',
    query: ['robot', 'id'],
    serve: certificates,
  },
  {
    method: 'POST',
    path: '/pilotfish/certificates',
    body: ['robot', 'status'],
    serve: setCertificates,
  },
  { method: 'GET', path: '/pilotfish/connection-refusals', serve: connectionRefusals },
  {
    method: 'POST',
    path: '/pilotfish/decommissioned',
    body: ['robot', 'decommissioned'],
    serve: setDecommissioned,
  },
];

/** The most certificates in one answer: the newest. */
const rowsMax = 1000;

/** `?robot=R` selects a robot, `&id=HEX` ids that begin so. */
function certificates({ store, query }: RouteContext): Reply {
  const [robot, prefix] = [query.get('robot'), query.get('id') ?? ''];
  const rows = store
    .list('certificates', prefix)
    .map(({ value }) => value)
    .filter(({ commonName }) => robot === null || commonName === robot)
    .sort((a, b) => a.createdMs - b.createdMs)
    .slice(-rowsMax);
  const view = ({ pem: _pem, commonName, ...row }: CertificateRow): CertificateView => {
    const retireMs = store.get('retirements', row.certificateId)?.dueMs;
    return { robot: commonName, ...row, ...(retireMs === undefined ? {} : { retireMs }) };
  };
  return reply({ certificates: rows.map(view) });
}

/**
 * `{ robot, status }`: sets all of the robot's certificates at once. Closes its connection unless the status is ACTIVE.
 */
function setCertificates(ctx: RouteContext): Reply {
  const given = readJson(ctx.body) ?? {};
  const { robot } = given;
  const status = certificateStatuses.find((word) => word === given['status']);
  if (typeof robot !== 'string' || status === undefined) {
    return fault(
      'InvalidRequest',
      `expected { robot, status: ${certificateStatuses.join(' | ')} }`,
    );
  }
  const result = updateCertificatesOf(ctx, robot, status);
  if (!result.ok) return fault(result.code, result.message);
  return reply({ changed: result.value.length });
}

function connectionRefusals({ store }: RouteContext): Reply {
  const rows = store.list('connection_refusals').map(({ value }) => value);
  return reply({ refusals: rows.sort((a, b) => a.lastMs - b.lastMs) });
}

/** `{ robot, decommissioned: true | false }`. */
function setDecommissioned(ctx: RouteContext): Reply {
  const { robot, decommissioned } = readJson(ctx.body) ?? {};
  if (typeof robot !== 'string' || !isRobotId(robot) || typeof decommissioned !== 'boolean') {
    return fault('InvalidRequest', 'expected { robot, decommissioned: true | false }');
  }
  if (!decommissioned) {
    const back = recommission(ctx, robot);
    return back.ok ? reply({ certificates: 0 }) : fault(back.code, back.message);
  }
  const result = decommission(ctx, robot);
  return result.ok ? reply(result.value) : fault(result.code, result.message);
}
