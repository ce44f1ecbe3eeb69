import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import { jsonPayload, type Outbound, seconds } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { ConnectionRefusalCode } from '../refusal-causes.ts';
import type { CertificateRow, CertificateStatus } from '../rows.ts';
import { authorityOf, registrationRefusal } from './authorities.ts';
import { attach, certificatesOf } from './things.ts';

/**
 * Theory of operation. The cloud knows CAs, never a list of robots. A new certificate of a known CA is stored as
 * PENDING_ACTIVATION and its client is dropped. The event of that is handled right after: the handler activates the
 * certificate and makes the thing, and the robot's next connect succeeds. Every later attempt while it is pending is
 * handled the same way. The status is read at every connect, because TLS session resumption checks nothing. Source: AWS
 * IoT developer guide, "Just-in-time registration".
 */

/** The facts in a client certificate whose chain TLS has already verified. */
export interface ClientCertificate {
  readonly certificateId: string;
  readonly caCertificateId: string;
  /** The trusted CA at the end of its chain; unknown after a resumption that lacks the chain's middle. */
  readonly authorityId?: string;
  /** The server's name that the client gave in the handshake. */
  readonly serverName?: string;
  /** It may have given one in the handshake of the session that it has resumed. */
  readonly isNameLost?: true;
  readonly commonName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly pem: string;
  /** The issuer's common name. */
  readonly issuer?: string;
}

export interface Admission {
  readonly admitted: boolean;
  /** Undefined: it is not registered. */
  readonly status?: CertificateStatus;
  /** Why it is not admitted. */
  readonly refusal?: ConnectionRefusalCode;
  /** The certificate that the "new certificate seen" handler must check now. */
  readonly pending?: string;
}

/** Checks a connection by its certificate, before any MQTT packet. */
export function admit(ctx: Context, certificate: ClientCertificate): Admission {
  const known = ctx.store.get('certificates', certificate.certificateId);
  const authorityId = certificate.authorityId ?? known?.authorityId;
  const registration = registrationRefusal(ctx, authorityId ?? certificate.caCertificateId);
  // The chain was verified when the connection began, which may have been before its CA was deleted.
  const isUntrusted = registration === 'unknown-ca' && authorityId !== undefined;
  if (isUntrusted || (known === undefined && registration !== undefined)) {
    return { admitted: false, refusal: registration ?? 'unknown-ca' };
  }
  const row = known ? withAuthority(ctx, known, certificate) : register(ctx, certificate);
  const { status, certificateId } = row;
  const refusal = refusalOf(ctx, row, certificate);
  if (refusal === undefined) return { admitted: true, status };
  // A first connection activates only factory certificates; renewed ones wait for their token, or an operator.
  const isSeen = status === 'PENDING_ACTIVATION' && !row.renewed && registration === undefined;
  if (isSeen) ctx.emit(registeredEvent(ctx, row));
  return { ...{ admitted: false, status, refusal }, ...(isSeen ? { pending: certificateId } : {}) };
}

/** A chain may lead to another CA than before. A later connection that resumes its session does not show to which. */
function withAuthority(
  ctx: Context,
  row: CertificateRow,
  { authorityId }: ClientCertificate,
): CertificateRow {
  const before = row.authorityId ?? row.caCertificateId;
  if (authorityId === undefined || authorityId === before) return row;
  const changed = { ...row, authorityId };
  ctx.store.put('certificates', row.certificateId, changed);
  return changed;
}

function register(ctx: Context, certificate: ClientCertificate): CertificateRow {
  const { serverName: _ofConnection, isNameLost: _too, authorityId, ...facts } = certificate;
  const { caCertificateId, certificateId, commonName: robotId } = facts;
  const isRenewed = caCertificateId === ctx.config.renewalCaId;
  const mode = authorityOf(ctx, authorityId ?? caCertificateId)?.mode;
  const row: CertificateRow = {
    ...facts,
    ...(authorityId === undefined || authorityId === caCertificateId ? {} : { authorityId }),
    // AWS: a certificate has the mode of its CA.
    ...(mode === 'SNI_ONLY' ? { certificateMode: mode } : {}),
    ...(isRenewed ? { renewed: true } : {}),
    status: 'PENDING_ACTIVATION',
    createdMs: ctx.nowMs,
    changedMs: ctx.nowMs,
  };
  ctx.store.put('certificates', certificateId, row);
  ctx.log.info({ certificateId, robotId }, 'certificate registered, pending activation');
  return row;
}

/** The first reason to refuse a certificate at this moment. */
function refusalOf(
  ctx: Context,
  row: CertificateRow,
  { serverName, isNameLost }: ClientCertificate,
): ConnectionRefusalCode | undefined {
  const isNamed = isNameLost || serverName?.toLowerCase() === new URL(ctx.config.endpoint).hostname;
  if (row.certificateMode === 'SNI_ONLY' && !isNamed) return 'no-server-name';
  if (!isRobotId(row.commonName)) return 'wrong-name';
  if (ctx.store.get('decommissioned', row.commonName) !== undefined) return 'decommissioned';
  // TLS has checked the dates, but not when it resumed a session.
  if (ctx.nowMs > row.notAfterMs) return 'expired';
  if (ctx.nowMs < row.notBeforeMs) return 'not-yet-valid';
  return statusRefusals[row.status] ?? (row.detached ? 'not-attached' : undefined);
}

const statusRefusals = {
  PENDING_ACTIVATION: 'pending',
  ACTIVE: undefined,
  INACTIVE: 'inactive',
  REVOKED: 'revoked',
} as const satisfies Record<CertificateStatus, ConnectionRefusalCode | undefined>;

/** The "new certificate seen" handler: activates the certificate of a robot with a valid name and makes its thing. */
export function certificateSeen(ctx: Context, certificateId: string): Result<RobotId> {
  const row = ctx.store.get('certificates', certificateId);
  if (row?.status !== 'PENDING_ACTIVATION') return refuse('not-pending', 'nothing to activate');
  if (!isRobotId(row.commonName)) {
    return refuse('wrong-name', 'the common name is not a robot id');
  }
  if (ctx.store.get('decommissioned', row.commonName) !== undefined) {
    return refuse('decommissioned', 'the robot is decommissioned');
  }
  if (ctx.nowMs < row.notBeforeMs || ctx.nowMs > row.notAfterMs) {
    return refuse('not-valid-now', 'the certificate is expired or not valid yet');
  }
  ctx.store.put('certificates', certificateId, { ...row, status: 'ACTIVE', changedMs: ctx.nowMs });
  attach(ctx, row.commonName, certificateId);
  ctx.log.info({ certificateId, robotId: row.commonName }, 'certificate activated');
  return ok(row.commonName);
}

/**
 * Sets a certificate's status for an operator. PENDING_ACTIVATION cannot be set (AWS: "may not be used"). Closes the
 * connection that uses it, unless it is ACTIVE. Returns the row.
 */
export function updateCertificate(
  ctx: Context,
  certificateId: string,
  status: CertificateStatus,
): Result<CertificateRow, 'ResourceNotFound' | 'InvalidRequest'> {
  const row = ctx.store.get('certificates', certificateId);
  if (row === undefined) return refuse('ResourceNotFound', 'no such certificate');
  if (status === 'PENDING_ACTIVATION') {
    return refuse('InvalidRequest', 'newStatus is one of ACTIVE, INACTIVE, REVOKED');
  }
  const { commonName: robotId } = row;
  if (status === 'ACTIVE' && ctx.store.get('decommissioned', robotId) !== undefined) {
    return refuse('InvalidRequest', `robot ${robotId} is decommissioned`);
  }
  const { supersededBy, ...rest } = row;
  // An operator who sets a superseded certificate ACTIVE does so on purpose. Its successor's next connection supersedes
  // it again.
  const isKept = supersededBy !== undefined && (status !== 'ACTIVE' || row.status === 'ACTIVE');
  const changed: CertificateRow = {
    ...rest,
    ...(isKept ? { supersededBy } : {}),
    status,
    changedMs: ctx.nowMs,
  };
  ctx.store.put('certificates', certificateId, changed);
  // What an operator has detached stays so (AWS: the status has no effect on that).
  const isAttached = status === 'ACTIVE' && isRobotId(robotId) && !row.detached;
  if (isAttached) attach(ctx, robotId, certificateId);
  if (status !== 'ACTIVE') ctx.enqueue({ kind: 'drop', robot: robotId, certificateId });
  ctx.log.info({ certificateId, robotId, status }, 'certificate status set');
  return ok(changed);
}

/**
 * Sets all certificates of a robot at once: blocks the robot, or admits it again. A certificate that is inactive for
 * its own reason stays so. A REVOKED or superseded one is activated only by its id, and one that still waits for its
 * token only by the token.
 */
export function updateCertificatesOf(
  ctx: Context,
  robot: RobotId,
  status: CertificateStatus,
): Result<CertificateRow[], 'ResourceNotFound' | 'InvalidRequest'> {
  const rows = certificatesOf(ctx, robot);
  if (rows.length === 0) return refuse('ResourceNotFound', `robot ${robot} has no certificate`);
  const { principals = [] } = ctx.store.get('things', robot) ?? {};
  const isOut = ({ certificateId, supersededBy, renewed, status: before }: CertificateRow) =>
    before === 'REVOKED' ||
    (renewed === true && !principals.includes(certificateId)) ||
    (status === 'ACTIVE' && supersededBy !== undefined);
  const selected = status === 'REVOKED' ? rows : rows.filter((row) => !isOut(row));
  if (selected.length === 0) {
    return refuse(
      'InvalidRequest',
      `each certificate of robot ${robot} is to be set by its id (--id)`,
    );
  }
  const changed: CertificateRow[] = [];
  for (const { certificateId } of selected) {
    const result = updateCertificate(ctx, certificateId, status);
    if (!result.ok) return result;
    changed.push(result.value);
  }
  return ok(changed);
}

function registeredEvent(ctx: Context, row: CertificateRow): Outbound {
  return {
    topic: `$aws/events/certificates/registered/${row.caCertificateId}`,
    payload: jsonPayload({
      certificateId: row.certificateId,
      caCertificateId: row.caCertificateId,
      timestamp: ctx.nowMs,
      certificateStatus: row.status,
      awsAccountId: '000000000000',
      certificateRegistrationTimestamp: String(seconds(row.createdMs)),
    }),
  };
}
