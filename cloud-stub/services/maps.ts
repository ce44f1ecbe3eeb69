import { encode } from '../../protocol/codec.ts';
import type { RefusalCode } from '../../protocol/codes.ts';
import type { Grant, MapRef, MapUploadRequest } from '../../protocol/schemas/maps.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import { type Handled, handled } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import { presign } from '../presign.ts';
import type { MissionMap, MissionRow, ObjectRow } from '../rows.ts';
import { missionKey } from './mission-identity.ts';

/** The path of the object store; what follows is the object's key. */
export const objectsPath = '/objects/';

/**
 * Handles `maps/upload`: returns a grant, or none when the map is stored already. The map must be the one that the
 * mission announced. A mission that announced none gets this one, because the map may have become ready later.
 */
export function receiveMapUploadRequest(
  ctx: Context,
  robot: RobotId,
  request: MapUploadRequest,
): Handled {
  const { missionId, map } = request;
  const key = missionKey(ctx, robot, missionId);
  const row = ctx.store.get('missions', key);
  // A robot requests an upload only after its final report was confirmed. Without one here, this cloud did not confirm
  // it.
  if (row?.document.ended !== true) {
    const message = 'no final report of this mission is here';
    return refuseMap(ctx, robot, { request, why: ['no-such-mission', message] });
  }
  const known = announceMap(row, map);
  // A robot that has lost its store renders the map again, perhaps under another name.
  const fits = row.otherIds === undefined ? sameMap : sameBytes;
  if (!fits(known, map)) {
    const message = `the mission's map is ${known.mapId}`;
    return refuseMap(ctx, robot, { request, why: ['map-mismatch', message] });
  }
  const granted =
    known.state === 'pending'
      ? { grant: grantFor(ctx, known, { robot, missionId, mapId: map.id }) }
      : {};
  ctx.store.put('missions', key, row);
  ctx.emit({
    robot,
    topic: downTopic(robot, 'maps/upload/accepted'),
    payload: encode('MapGranted', { v: 1, missionId, mapId: map.id, ...granted }),
  });
  return handled;
}

/** Records in `row` that `map` is to be uploaded, unless the mission has a map already. Returns the mission's map. */
export function announceMap(row: MissionRow, map: MapRef): MissionMap {
  row.map ??= {
    state: 'pending',
    mapId: map.id,
    size: map.size,
    sha256: map.sha256,
    type: map.type,
    objectKey: `maps/${row.robot}/${row.missionId}/${map.id}.${extensionOf(map.type)}`,
    grants: 0,
  };
  return row.map;
}

/**
 * A pre-signed URL to PUT exactly this map: type and checksum are signed, so the URL is valid for these bytes only. It
 * names mission and map as the robot does; the row may have other ids. Counts the grant in `map`; the caller stores the
 * row.
 */
export function grantFor(
  ctx: Context,
  map: MissionMap,
  requestedUpTo: { robot: RobotId; missionId: string; mapId: string | undefined },
): Grant {
  const { config, nowMs } = ctx;
  const { robot, missionId, mapId = map.mapId } = requestedUpTo;
  map.grants += 1;
  ctx.log.info({ robotId: robot, missionId, mapId, grants: map.grants }, 'map granted');
  const headers = {
    'content-type': map.type,
    'x-amz-checksum-sha256': Buffer.from(map.sha256, 'hex').toString('base64'),
  };
  const url = presign({
    method: 'PUT',
    endpoint: config.endpoint,
    path: objectsPath + map.objectKey,
    headers,
    expiresS: config.grantExpiresS,
    nowMs,
    region: config.region,
    credentials: config.credentials,
  });
  // The signature's time counts whole seconds, rounded down.
  const expiresMs = Math.floor(nowMs / 1000) * 1000 + config.grantExpiresS * 1000;
  return { missionId, mapId, method: 'PUT', url, headers, expiresMs };
}

/** An object is stored: completes the mission's record when a mission needs this map. */
export function mapStored(ctx: Context, object: ObjectRow): void {
  const { key, map } = mapWith(ctx, object.key) ?? {};
  if (key === undefined || map?.sha256 !== object.sha256 || map.state === 'stored') return;
  const { deletedMs: _, ...known } = map;
  changeMap(ctx, key, { ...known, state: 'stored', storedMs: object.storedMs });
}

/**
 * An object is deleted. The mission's record says so, and nobody gets a grant for the map again: the robot would undo
 * what an operator has done.
 */
export function mapDeleted(ctx: Context, objectKey: string): void {
  const { key, map } = mapWith(ctx, objectKey) ?? {};
  if (key === undefined || map?.state !== 'stored') return;
  changeMap(ctx, key, { ...map, state: 'deleted', deletedMs: ctx.nowMs });
}

/** The map with this object, and the key of its mission's row. */
function mapWith(ctx: Context, objectKey: string): { key: string; map: MissionMap } | undefined {
  const [, robot, missionId] = /^maps\/([^/]+)\/([^/]+)\/[^/]+$/.exec(objectKey) ?? [];
  if (robot === undefined || missionId === undefined) return undefined;
  const key = `${robot}/${missionId}`;
  const { map } = ctx.store.get('missions', key) ?? {};
  return map?.objectKey === objectKey ? { key, map } : undefined;
}

function changeMap(ctx: Context, key: string, map: MissionMap): void {
  const row = ctx.store.get('missions', key);
  if (row === undefined) return;
  ctx.store.put('missions', key, { ...row, map });
  const { robot: robotId, missionId } = row;
  ctx.log.info({ robotId, missionId, mapId: map.mapId }, `map ${map.state}`);
}

const sameMap = (known: MissionMap, map: MapRef): boolean =>
  known.mapId === map.id && sameBytes(known, map);

export const sameBytes = (known: MissionMap, map: MapRef): boolean =>
  known.size === map.size && known.sha256 === map.sha256 && known.type === map.type;

const extensionOf = (type: string): string =>
  ({ 'image/png': 'png', 'image/x-portable-graymap': 'pgm', 'application/zip': 'zip' })[type] ??
  'bin';

function refuseMap(
  ctx: Context,
  robot: RobotId,
  { request, why: [code, message] }: { request: MapUploadRequest; why: [RefusalCode, string] },
): Handled {
  const { missionId, map } = request;
  const payload = encode('MapRefused', { v: 1, missionId, mapId: map.id, code, message });
  ctx.emit({ robot, topic: downTopic(robot, 'maps/upload/rejected'), payload });
  return { refusals: [{ code, message, missionId }] };
}
