import { limits } from '../limits.ts';
import {
  Id,
  MissionId,
  Sha256,
  type Static,
  Table,
  Text,
  Type,
  Url,
  Version,
  WallMs,
} from './kit.ts';

/** A finished map as the robot keeps it; `sha256` in hex over the bytes that are uploaded. */
export const MapRef = Type.Object({
  id: Id,
  size: Type.Integer({ minimum: 1, maximum: limits.mapBytesMax }),
  sha256: Sha256,
  type: Text(64),
});
export type MapRef = Static<typeof MapRef>;

/**
 * Permission to PUT one object, once or repeatedly, until `expiresMs` of cloud time. The URL is opaque and a bearer
 * secret.
 */
export const Grant = Type.Object({
  missionId: MissionId,
  mapId: Id,
  method: Type.Literal('PUT'),
  url: Url,
  /** Sent exactly as given; no other header is signed. */
  headers: Table(Text(256), { nameCharsMax: 64, entriesMax: 8 }),
  expiresMs: WallMs,
});
export type Grant = Static<typeof Grant>;

/** Up: requests a grant for a map that is ready later than its report, or whose grant has expired. */
export const MapUploadRequest = Type.Object({ v: Version, missionId: MissionId, map: MapRef });
export type MapUploadRequest = Static<typeof MapUploadRequest>;

/** Down: the grant; without one, the map is already stored. */
export const MapGranted = Type.Object({
  v: Version,
  missionId: MissionId,
  mapId: Id,
  grant: Type.Optional(Grant),
});
export type MapGranted = Static<typeof MapGranted>;

export const MapRefused = Type.Object({
  v: Version,
  missionId: MissionId,
  mapId: Id,
  code: Text(40),
  message: Text(200),
});
export type MapRefused = Static<typeof MapRefused>;
