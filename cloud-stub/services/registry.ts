import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import { type Context, jsonPayload, type Outbound, seconds } from '../ports.ts';
import type { CertificateRow, CertificateStatus, ThingRow } from '../rows.ts';

/**
 * Theory of operation. The cloud knows CAs, never a list of robots. A certificate of a known CA that nobody has seen is
 * stored as PENDING_ACTIVATION and its client dropped; the event of that is handled right after, activates it and makes
 * the thing, and the robot's next connect passes. So is every later try while it is pending. The status is looked
 * up at every connect, because TLS session resumption looks at nothing.
 * Source: AWS IoT developer guide, "Just-in-time registration".
 */

/** What the TLS connection shows of a client certificate whose chain is already verified. */
export interface ClientCertificate {
  readonly certificateId: string;
  readonly caCertificateId: string;
  readonly commonName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly pem: string;
  /** The issuer's common name. */
  readonly issuer?: string;
}

export interface Admission {
  readonly admitted: boolean;
  readonly status: CertificateStatus;
  readonly outbound: readonly Outbound[];
  /** The certificate that the "new certificate seen" handler should look at now. */
  readonly pending?: string;
}

/** Judges a connection by its certificate, before anything of MQTT. */
export function admit(ctx: Context, certificate: ClientCertificate): Admission {
  const known = ctx.store.get('certificates', certificate.certificateId);
  const isRenewed = certificate.caCertificateId === ctx.config.renewalCaId;
  const row: CertificateRow = known ?? {
    ...certificate,
    ...(isRenewed ? { renewed: true } : {}),
    status: 'PENDING_ACTIVATION',
    createdMs: ctx.nowMs,
    changedMs: ctx.nowMs,
  };
  if (known === undefined) {
    ctx.store.put('certificates', row.certificateId, row);
    const { certificateId, commonName: robotId } = row;
    ctx.log.info({ certificateId, robotId }, 'certificate registered, pending activation');
  }
  const { status } = row;
  if (status !== 'PENDING_ACTIVATION') {
    return { admitted: status === 'ACTIVE', status, outbound: [] };
  }
  // Being seen makes only the factory's certificates good; the others wait for their token, or an operator.
  if (row.renewed) return { admitted: false, status, outbound: [] };
  return {
    admitted: false,
    status,
    outbound: [registeredEvent(ctx, row)],
    pending: row.certificateId,
  };
}

/** The "new certificate seen" handler: activates the certificate of a well-named robot and makes its thing. */
export function certificateSeen(ctx: Context, certificateId: string): Result<RobotId> {
  const row = ctx.store.get('certificates', certificateId);
  if (row?.status !== 'PENDING_ACTIVATION') return refuse('not-pending', 'nothing to activate');
  if (!isRobotId(row.commonName)) {
    return refuse('wrong-name', 'the common name is not a robot id');
  }
  if (ctx.nowMs < row.notBeforeMs || ctx.nowMs > row.notAfterMs) {
    return refuse('not-valid-now', 'the certificate is expired or not valid yet');
  }
  ctx.store.put('certificates', certificateId, { ...row, status: 'ACTIVE', changedMs: ctx.nowMs });
  attach(ctx, row.commonName, certificateId);
  ctx.log.info({ certificateId, robotId: row.commonName }, 'certificate activated');
  return ok(row.commonName);
}

/** Makes the certificate the thing's own, and the thing when there is none yet. */
export function attach(ctx: Context, thingName: RobotId, certificateId: string): void {
  const thing: ThingRow = ctx.store.get('things', thingName) ?? {
    thingName,
    thingId: ctx.entropy(16),
    createdMs: ctx.nowMs,
  };
  const { principals = [] } = thing;
  if (principals.includes(certificateId)) return;
  ctx.store.put('things', thingName, { ...thing, principals: [...principals, certificateId] });
}

/**
 * Sets a certificate's status by the operator's hand. PENDING_ACTIVATION cannot be set (AWS: "may not be used").
 * Answers the row; live connections that use it must be dropped when it is not ACTIVE.
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
  const changed: CertificateRow = { ...row, status, changedMs: ctx.nowMs };
  ctx.store.put('certificates', certificateId, changed);
  ctx.log.info({ certificateId, robotId: row.commonName, status }, 'certificate status set');
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
