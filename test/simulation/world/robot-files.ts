import type { PutOutcome } from '../../../agent/events.ts';
import { judge } from '../../../agent/io/trust.ts';
import type { Firmware, Maps } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { BodyMap } from '../../../hal/robot-body.ts';
import { type Image, makersKeys, sha256Of } from './images.ts';
import type { Life } from './life.ts';
import type { HttpAnswer, Objects } from './objects.ts';

/** What the robot keeps beside its store: maps by name, and the floor of the security counter. */
export interface RobotFiles {
  readonly maps: Map<string, Uint8Array>;
  floor: number;
}

/**
 * The agent's adapters for maps and firmware, with the world's object store behind them. A file is there whole or not at
 * all, as the real ones are (written aside, synced, renamed); the picture is left out, since nothing hangs on it.
 */
export function mapsPort(life: Life, files: RobotFiles, objects: Objects): Maps {
  return {
    keep: (missionId, map, _signal) =>
      life.does('keep map', async () => {
        life.needsRoom();
        const bytes = fileOf(map);
        const id = `map-${missionId}`;
        files.maps.set(id, bytes);
        return { id, size: bytes.byteLength, sha256: sha256Of(bytes), type: 'image/png' };
      }),
    put: (map, { url, headers }, signal) =>
      life.does('put map', async () => {
        const body = files.maps.get(map.id);
        if (body?.byteLength !== map.size) return { kind: 'hopeless', code: 'map-file-lost' };
        return outcomeOf(await objects.request({ method: 'PUT', url, headers, body }, signal));
      }),
    forget: (mapId) =>
      life.does('forget map', async () => {
        files.maps.delete(mapId);
      }),
  };
}

export function firmwarePort(
  life: Life,
  { files, objects, image }: { files: RobotFiles; objects: Objects; image: Image },
): Firmware {
  return {
    check: async (manifest, hardwareId, nowMs) =>
      judge(manifest, {
        keys: makersKeys,
        hardwareId,
        floor: Math.max(image.counter, files.floor),
        nowMs,
      }),
    async *fetch(url, length, signal) {
      const answer = await life.does('fetch image', () =>
        objects.request({ method: 'GET', url, headers: {} }, signal),
      );
      if (answer?.body === undefined) {
        const code = answer === undefined ? 'ECONNRESET' : `http-${answer.status}`;
        throw new PilotfishError(code, 'the image was refused');
      }
      if (answer.body.byteLength > length) throw new PilotfishError('too-large', 'more bytes');
      yield answer.body;
    },
    raiseFloor: (counter) =>
      life.does('raise floor', async () => {
        files.floor = Math.max(files.floor, counter);
      }),
  };
}

const fileOf = ({ width, height, cells }: BodyMap): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from(`${width} ${height}\n`), cells]));

/** As the robot's HTTP client reads S3's answers. */
function outcomeOf(answer: HttpAnswer | undefined): PutOutcome {
  if (answer === undefined) return { kind: 'later', code: 'ECONNRESET' };
  const { status, code = `http-${status}` } = answer;
  if (status === 200 || status === 412) return { kind: 'stored' };
  if (code === 'BadDigest') return { kind: 'hopeless', code };
  return status >= 500 ? { kind: 'later', code } : { kind: 'renew', code };
}
