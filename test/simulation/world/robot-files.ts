import type { PutOutcome } from '../../../agent/events.ts';
import { judge } from '../../../agent/io/trust.ts';
import type { Firmware, Maps } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { isTemporary, temporaryOf } from '../../../base/files.ts';
import type { BodyMap } from '../../../hal/robot-body.ts';
import type { WorldFiles } from './files.ts';
import { type Image, makersKeys, sha256Of } from './images.ts';
import type { Life } from './life.ts';
import type { HttpAnswer, Objects } from './objects.ts';

/** What the robot keeps beside its store, a folder each: maps, and the floor of the security counter. */
export interface RobotFiles {
  readonly maps: WorldFiles;
  readonly floors: WorldFiles;
}

/**
 * The agent's adapters for maps and firmware, with the world's object store behind them. They make a file
 * durable in the steps of the real ones, and an end may fall on each; the picture is left out, since nothing hangs on it.
 */
export function mapsPort(life: Life, files: RobotFiles, objects: Objects): Maps {
  return {
    keep: (missionId, map, _signal) =>
      life.does('keep map', async () => {
        life.needsRoom();
        const bytes = bytesOf(map);
        const id = `map-${missionId}`;
        await writeDurable(life, files.maps, fileOf(id), bytes);
        return { id, size: bytes.byteLength, sha256: sha256Of(bytes), type: 'image/png' };
      }),
    put: (map, { url, headers }, signal) =>
      life.does('put map', async () => {
        const body = files.maps.read(fileOf(map.id));
        if (body?.byteLength !== map.size) return { kind: 'hopeless', code: 'map-file-lost' };
        return outcomeOf(await objects.request({ method: 'PUT', url, headers, body }, signal));
      }),
    forget: (mapId) =>
      life.does('forget map', async () => {
        files.maps.remove(fileOf(mapId));
      }),
    sweep: (mapIds) =>
      life.does('sweep maps', async () => {
        const kept = new Set([...mapIds].map(fileOf));
        for (const name of files.maps.names) if (!kept.has(name)) files.maps.remove(name);
      }),
  };
}

export function firmwarePort(
  life: Life,
  { files, objects, image }: { files: RobotFiles; objects: Objects; image: Image },
): Firmware {
  const { floors } = files;
  for (const name of floors.names) if (isTemporary(name)) floors.remove(name);
  const floor = () => Number(new TextDecoder().decode(floors.read(floorFile)));
  return {
    check: async (manifest, hardwareId, nowMs) =>
      judge(manifest, {
        keys: makersKeys,
        hardwareId,
        floor: Math.max(image.counter, floor()),
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
        if (counter <= floor()) return;
        await writeDurable(life, floors, floorFile, new TextEncoder().encode(`${counter}`));
      }),
  };
}

export const fileOf = (mapId: string): string => `${mapId}.png`;

const floorFile = 'security-counter';

/** As `writeFileDurable`, an end before and after each of its steps. */
async function writeDurable(
  life: Life,
  files: WorldFiles,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = temporaryOf(name, String(files.writes).padStart(12, '0'));
  await life.does('write file', async () => files.write(temporary, bytes));
  await life.does('sync file', async () => files.sync(temporary));
  await life.does('rename file', async () => files.rename(temporary, name));
  await life.does('sync folder', async () => files.syncFolder());
}

const bytesOf = ({ width, height, cells }: BodyMap): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from(`${width} ${height}\n`), cells]));

/** As the robot's HTTP client reads S3's answers. */
function outcomeOf(answer: HttpAnswer | undefined): PutOutcome {
  if (answer === undefined) return { kind: 'later', code: 'ECONNRESET' };
  const { status, code = `http-${status}` } = answer;
  if (status === 200 || status === 412) return { kind: 'stored' };
  if (code === 'BadDigest') return { kind: 'hopeless', code };
  return status >= 500 ? { kind: 'later', code } : { kind: 'renew', code };
}
