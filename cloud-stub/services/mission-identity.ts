import type { MissionDocument } from '../../protocol/schemas/missions.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { MissionRow } from '../rows.ts';

/**
 * Theory of operation. A mission id belongs to a robot's store, `bodyMission` to its body. A robot that has lost its
 * store (or the row of its missions machine) reports again what its body still stores, under new ids. `body_missions`
 * maps the body's id to the one row, and `mission_aliases` maps each further id to it, so that a map can be requested
 * by that id.
 *
 * The body's id is opaque. The pointer counts only while the row is still about that body's mission: a robot restored
 * from a backup may have given the row's own id to another mission.
 */

const otherIdsMax = 8;

/** The key of a mission's row, for any of its ids. */
export function missionKey(ctx: Context, robot: RobotId, missionId: string): string {
  const alias = ctx.store.get('mission_aliases', `${robot}/${missionId}`);
  return `${robot}/${alias?.missionId ?? missionId}`;
}

/** The row that `document` is about; undefined when the mission is new. */
export function findMission(
  ctx: Context,
  robot: RobotId,
  { missionId, bodyMission }: MissionDocument,
): MissionRow | undefined {
  const row = ctx.store.get('missions', missionKey(ctx, robot, missionId));
  if (row !== undefined || bodyMission === undefined) return row;
  const pointer = ctx.store.get('body_missions', `${robot}/${bodyMission}`);
  const known = pointer && ctx.store.get('missions', `${robot}/${pointer.missionId}`);
  return known?.document.bodyMission === bodyMission ? known : undefined;
}

/**
 * Whether `document` is about the mission in `row`, under this id or another. Where both name the body's mission, that
 * decides: a robot restored from a backup may reuse an id for another mission, perhaps one whose report never arrived.
 */
export function isAbout(row: MissionRow, { missionId, bodyMission }: MissionDocument): boolean {
  const known = row.document;
  if (known.bodyMission === undefined || bodyMission === undefined) {
    return known.missionId === missionId;
  }
  return known.bodyMission === bodyMission;
}

/** Maps the body's id to the row that has just stored `document`. */
export function noteBodyMission(ctx: Context, { robot, missionId, document }: MissionRow): void {
  const { bodyMission } = document;
  const key = `${robot}/${bodyMission}`;
  if (bodyMission === undefined) return;
  if (ctx.store.get('body_missions', key)?.missionId === missionId) return;
  ctx.store.put('body_missions', key, { missionId });
}

/** Records another id of the mission in `row`; true when it is a new one. The caller stores the row. */
export function noteOtherId(ctx: Context, row: MissionRow, otherId: string): boolean {
  const { robot, missionId } = row;
  const key = `${robot}/${otherId}`;
  if (otherId === missionId || ctx.store.get('mission_aliases', key) !== undefined) return false;
  ctx.store.put('mission_aliases', key, { missionId });
  row.otherIds = [...(row.otherIds ?? []), otherId].slice(-otherIdsMax);
  row.counts.reReported = (row.counts.reReported ?? 0) + 1;
  ctx.log.info({ robotId: robot, missionId, otherId }, 'mission re-reported');
  return true;
}
