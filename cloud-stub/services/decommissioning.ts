import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import type { Context, Outbound } from '../ports.ts';
import { lapseCommands } from './commands.ts';
import { removePending } from './jobs.ts';
import { certificatesOf } from './things.ts';

/**
 * Decommissioning a robot revokes all it has: its certificates are revoked, its thing, shadow, waiting commands and jobs go, and
 * whatever certificate it shows later is refused, a new one of the factory included, until an operator takes it back.
 * What it did, its missions and maps, stays. Names are serials: a second robot of that name is a mistake or a fraud.
 */

/** Answers how many certificates were revoked; the caller drops the robot's connection. */
export function decommission(
  ctx: Context,
  robot: RobotId,
): Result<{ certificates: number; outbound: Outbound[] }, 'InvalidRequest' | 'ResourceNotFound'> {
  if (!isRobotId(robot)) return refuse('InvalidRequest', 'robot must be [A-Za-z0-9:_-]{1,64}');
  const certificates = certificatesOf(ctx, robot);
  if (certificates.length === 0 && ctx.store.get('things', robot) === undefined) {
    return refuse('ResourceNotFound', `nothing is known of a robot ${robot}`);
  }
  for (const row of certificates) {
    ctx.store.remove('retirements', row.certificateId);
    ctx.store.put('certificates', row.certificateId, {
      ...row,
      status: 'REVOKED',
      changedMs: ctx.nowMs,
    });
  }
  const outbound = removePending(ctx, robot);
  lapseCommands(ctx, robot);
  for (const table of ['things', 'shadows', 'renewals'] as const) ctx.store.remove(table, robot);
  const atMs = ctx.store.get('decommissioned', robot)?.atMs ?? ctx.nowMs;
  ctx.store.put('decommissioned', robot, { atMs });
  ctx.log.info({ robotId: robot, certificates: certificates.length }, 'robot decommissioned');
  return ok({ certificates: certificates.length, outbound });
}

/** Takes a decommissioned robot back. Its revoked certificates stay as they are; a new one lets it in. */
export function recommission(ctx: Context, robot: RobotId): Result<null, 'ResourceNotFound'> {
  if (ctx.store.get('decommissioned', robot) === undefined) {
    return refuse('ResourceNotFound', `robot ${robot} is not decommissioned`);
  }
  ctx.store.remove('decommissioned', robot);
  ctx.log.info({ robotId: robot }, 'robot recommissioned');
  return ok(null);
}
