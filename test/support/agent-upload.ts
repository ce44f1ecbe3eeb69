import { createHash, randomBytes } from 'node:crypto';
import type { Grant, MapRef } from '../../protocol/schemas/maps.ts';

/** A map to upload, and the leave to do so. */
export const mapBytes = randomBytes(300_000);
export const map: MapRef = {
  id: 'map-1',
  size: mapBytes.byteLength,
  sha256: createHash('sha256').update(mapBytes).digest('hex'),
  type: 'image/png',
};

const somePath = '/objects/maps/a%2Fb%20c?X-Amz-Signature=secret&x=1%2B2';
export const grantAt = (origin: string, path = somePath): Grant => ({
  missionId: 'm',
  mapId: map.id,
  method: 'PUT',
  url: `${origin}${path}`,
  headers: { 'content-type': 'image/png', 'x-amz-checksum-sha256': 'abc=' },
  expiresMs: 0,
});
