import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import { lapseCommands } from './commands.ts';
import { removePending } from './execution-changes.ts';
import { leaveAll } from './group-changes.ts';
import { cancelRetirement } from './retirement.ts';
import { removeShadows } from './shadows.ts';
import { certificatesOf } from './things.ts';
import { forgetTokens } from './tokens.ts';

/**
 * Decommissions a robot: its certificates are revoked, and its thing, shadow, pending commands and jobs are removed.
 * Any certificate that it presents later is refused, including a new factory certificate, until an operator reverses
 * this. Its missions and maps stay. Names are serials: a second robot of that name is a mistake or a fraud.
 */

/** Returns how many certificates were revoked. Closes the robot's connection. */
export function decommission(
  ctx: Context,
  robot: RobotId,
): Result<{ certificates: number }, 'InvalidRequest' | 'ResourceNotFound'> {
  if (!isRobotId(robot)) return refuse('InvalidRequest', 'robot must be [A-Za-z0-9:_-]{1,64}');
  const certificates = certificatesOf(ctx, robot);
  if (certificates.length === 0 && ctx.store.get('things', robot) === undefined) {
    return refuse('ResourceNotFound', `nothing is known of a robot ${robot}`);
  }
  for (const row of certificates) {
    cancelRetirement(ctx, row.certificateId);
    ctx.store.put('certificates', row.certificateId, {
      ...row,
      status: 'REVOKED',
      changedMs: ctx.nowMs,
    });
  }
  removePending(ctx, robot);
  lapseCommands(ctx, robot);
  leaveAll(ctx, robot);
  ctx.store.remove('things', robot);
  forgetTokens(ctx, robot);
  removeShadows(ctx, robot);
  const atMs = ctx.store.get('decommissioned', robot)?.atMs ?? ctx.nowMs;
  ctx.store.put('decommissioned', robot, { atMs });
  ctx.log.info({ robotId: robot, certificates: certificates.length }, 'robot decommissioned');
  ctx.enqueue({ kind: 'drop', robot });
  return ok({ certificates: certificates.length });
}

/** Reverses the decommissioning. The revoked certificates stay revoked; a new one admits the robot. */
export function recommission(ctx: Context, robot: RobotId): Result<null, 'ResourceNotFound'> {
  if (ctx.store.get('decommissioned', robot) === undefined) {
    return refuse('ResourceNotFound', `robot ${robot} is not decommissioned`);
  }
  ctx.store.remove('decommissioned', robot);
  ctx.log.info({ robotId: robot }, 'robot recommissioned');
  return ok(null);
}
