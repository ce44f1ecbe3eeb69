import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import { makeFolder, writeFileDurable } from '../../base/files.ts';
import { limits } from '../../protocol/limits.ts';
import type { Maps } from '../ports.ts';
import type { Http } from './http.ts';
import { encodeMap } from './png.ts';

/** Maps as PNG files in one folder. The id comes from the mission, so keeping a map again writes the same file. */
export function createMaps(folder: string, http: Http): Maps {
  const fileOf = (mapId: string) => join(folder, `${mapId}.png`);
  return {
    async keep(missionId, map) {
      await makeFolder(folder, 0o700);
      const png = await encodeMap(map);
      if (png.byteLength > limits.mapBytesMax) {
        throw new PilotfishError('map-too-large', `the map's picture has ${png.byteLength} bytes`);
      }
      const id = `map-${missionId}`;
      await writeFileDurable(fileOf(id), png, 0o600);
      const sha256 = createHash('sha256').update(png).digest('hex');
      return { id, size: png.byteLength, sha256, type: 'image/png' };
    },
    put: (map, grant, signal) => http.put(fileOf(map.id), map, grant, signal),
    forget: (mapId) => rm(fileOf(mapId), { force: true }),
  };
}
