import type { RobotId } from '../../protocol/topics.ts';
import type { Refusal } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';

/** Counts a rejection. Each kind is logged once for each robot, so that a faulty robot does not fill the disk. */
export function noteRefusal(ctx: Context, robot: RobotId, refusal: Refusal): void {
  const { code, message, missionId } = refusal;
  const key = `${robot}/${code}`;
  const known = ctx.store.get('refusals', key);
  ctx.store.put('refusals', key, {
    count: (known?.count ?? 0) + 1,
    firstMs: known?.firstMs ?? ctx.nowMs,
    lastMs: ctx.nowMs,
    lastMessage: message.slice(0, 200),
  });
  if (known !== undefined) return;
  const about = missionId === undefined ? {} : { missionId };
  ctx.log.warn({ robotId: robot, code, ...about }, `refused: ${message.slice(0, 200)}`);
}
