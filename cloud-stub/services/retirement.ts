import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';

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
    ctx.store.put('certificates', older, { ...certificate, supersededBy: certificateId });
    const about = { robotId: robot, certificateId: older, supersededBy: certificateId, dueMs };
    ctx.log.info(about, 'certificate superseded');
  }
}

/** Sets due certificates INACTIVE and drops their connections. */
export function retireDue(ctx: Context): void {
  for (const { key: certificateId, value } of ctx.store.list('retirements')) {
    const { robot, by, dueMs } = value;
    if (dueMs > ctx.nowMs) continue;
    ctx.store.remove('retirements', certificateId);
    const row = ctx.store.get('certificates', certificateId);
    if (row?.status !== 'ACTIVE') continue;
    if (ctx.store.get('certificates', by)?.status !== 'ACTIVE') {
      const { supersededBy: _gone, ...kept } = row;
      ctx.store.put('certificates', certificateId, kept);
      ctx.log.warn(
        { robotId: robot, certificateId },
        'superseded certificate kept: the new one is not active',
      );
      continue;
    }
    const changed = { ...row, status: 'INACTIVE', changedMs: ctx.nowMs } as const;
    ctx.store.put('certificates', certificateId, changed);
    ctx.log.info(
      { robotId: robot, certificateId, supersededBy: by },
      'superseded certificate set INACTIVE',
    );
    ctx.enqueue({ kind: 'drop', robot, certificateId });
  }
}
