import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import { setTimer } from './timers.ts';

/**
 * Theory of operation. A renewed certificate is proven by the connection that uses it, not by being stored on the
 * robot. From that moment the robot's older certificates are superseded. They stay ACTIVE for a grace period, so that a
 * robot that must fall back can still connect, and are then set INACTIVE. A connection by the old certificate changes
 * nothing of that and is logged. When the new certificate was blocked meanwhile, the old one stays: retiring it would
 * lock the robot out for good, and blocking is for operators to decide.
 */

/** A robot has connected with a certificate. */
export function noteConnectedBy(ctx: Context, robot: RobotId, certificateId: string): void {
  const retirement = ctx.store.get('retirements', certificateId);
  if (retirement !== undefined) {
    const { by: supersededBy } = retirement;
    const about = { robotId: robot, certificateId, supersededBy };
    ctx.log.warn(about, 'connected by a superseded certificate');
  }
  const row = ctx.store.get('certificates', certificateId);
  if (!row?.renewed) return;
  const { principals = [] } = ctx.store.get('things', robot) ?? {};
  // Ordered by when they were attached to the thing; a later certificate is not superseded by this one.
  for (const older of principals.slice(0, Math.max(0, principals.indexOf(certificateId)))) {
    const certificate = ctx.store.get('certificates', older);
    if (certificate?.status !== 'ACTIVE' || ctx.store.get('retirements', older)) continue;
    const dueMs = ctx.nowMs + ctx.config.retireAfterMs;
    ctx.store.put('retirements', older, { robot, by: certificateId, dueMs });
    setTimer(ctx, { kind: 'retirement', id: older }, dueMs);
    ctx.store.put('certificates', older, { ...certificate, supersededBy: certificateId });
    const about = { robotId: robot, certificateId: older, supersededBy: certificateId, dueMs };
    ctx.log.info(about, 'certificate superseded');
  }
}

/** Sets a superseded certificate INACTIVE at its time, and drops its connection. */
export function retire(ctx: Context, certificateId: string): void {
  const retirement = ctx.store.get('retirements', certificateId);
  if (retirement === undefined) return;
  const { robot, by } = retirement;
  cancelRetirement(ctx, certificateId);
  const row = ctx.store.get('certificates', certificateId);
  if (row?.status !== 'ACTIVE') return;
  const about = { robotId: robot, certificateId };
  if (ctx.store.get('certificates', by)?.status !== 'ACTIVE') {
    const { supersededBy: _gone, ...kept } = row;
    ctx.store.put('certificates', certificateId, kept);
    return ctx.log.warn(about, 'superseded certificate kept: the new one is not active');
  }
  const changed = { ...row, status: 'INACTIVE', changedMs: ctx.nowMs } as const;
  ctx.store.put('certificates', certificateId, changed);
  ctx.log.info({ ...about, supersededBy: by }, 'superseded certificate set INACTIVE');
  ctx.enqueue({ kind: 'drop', robot, certificateId });
}

/** The certificate is not to be retired: it is revoked or forgotten. */
export function cancelRetirement(ctx: Context, certificateId: string): void {
  ctx.store.remove('retirements', certificateId);
  setTimer(ctx, { kind: 'retirement', id: certificateId }, undefined);
}
