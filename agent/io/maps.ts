import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import { type Files, isTemporary } from '../../base/files.ts';
import type { BodyMap } from '../../hal/robot-body.ts';
import { limits } from '../../protocol/limits.ts';
import type { Http, Maps } from '../ports.ts';
import { uploadMap } from './upload.ts';

export interface MapsParts {
  readonly folder: string;
  readonly files: Files;
  readonly http: Http;
  /** Renders a map as a picture. */
  readonly encode: (map: BodyMap) => Promise<Uint8Array>;
}

/** Names of maps and of partly written ones. Other files in the folder are not ours to remove. */
const isOwn = (name: string): boolean =>
  /^map-[0-9a-f]{16}-\d+\.png$/.test(name) || (name.startsWith('.map-') && isTemporary(name));

/** Maps as PNG files in one folder. The id comes from the mission, so keeping a map again writes the same file. */
export function createMaps({ folder, files, http, encode }: MapsParts): Maps {
  const nameOf = (mapId: string) => `${mapId}.png`;
  const fileOf = (mapId: string) => join(folder, nameOf(mapId));
  let swept: Promise<void> = Promise.resolve();
  return {
    async keep(missionId, map) {
      // A sweep that does not know this map yet must not remove it.
      await swept;
      await files.makeFolder(folder, 0o700);
      const png = await encode(map);
      if (png.byteLength > limits.mapBytesMax) {
        throw new PilotfishError('map-too-large', `the map's picture has ${png.byteLength} bytes`);
      }
      const id = `map-${missionId}`;
      await files.writeDurable(fileOf(id), png);
      const sha256 = createHash('sha256').update(png).digest('hex');
      return { id, size: png.byteLength, sha256, type: 'image/png' };
    },
    put: (map, grant, signal) =>
      uploadMap({ files, http }, { path: fileOf(map.id), map, grant }, signal),
    forget: (mapId) => files.remove(fileOf(mapId)),
    async sweep(mapIds) {
      const kept = new Set([...mapIds].map(nameOf));
      const work = files.sweep(folder, (name) => isOwn(name) && !kept.has(name));
      swept = work.catch(() => {});
      await work;
    },
  };
}
