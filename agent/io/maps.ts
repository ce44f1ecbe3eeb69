import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import { isTemporary, makeFolder, sweepFolder, writeFileDurable } from '../../base/files.ts';
import { limits } from '../../protocol/limits.ts';
import type { Maps } from '../ports.ts';
import type { Http } from './http.ts';
import { encodeMap } from './png.ts';

/** Maps, and beginnings of them. What else lies in the folder is not ours to remove. */
const isOwn = (name: string): boolean =>
  /^map-[0-9a-f]{16}-\d+\.png$/.test(name) || (name.startsWith('.map-') && isTemporary(name));

/** Maps as PNG files in one folder. The id comes from the mission, so keeping a map again writes the same file. */
export function createMaps(folder: string, http: Http): Maps {
  const nameOf = (mapId: string) => `${mapId}.png`;
  const fileOf = (mapId: string) => join(folder, nameOf(mapId));
  let swept: Promise<void> = Promise.resolve();
  return {
    async keep(missionId, map) {
      // A sweep that does not know of this map yet must not take it.
      await swept;
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
    async sweep(mapIds) {
      const kept = new Set([...mapIds].map(nameOf));
      const work = sweepFolder(folder, (name) => isOwn(name) && !kept.has(name));
      swept = work.catch(() => {});
      await work;
    },
  };
}
