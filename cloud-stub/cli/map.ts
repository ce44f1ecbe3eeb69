import { createHash } from 'node:crypto';
import { PilotfishError } from '../../base/errors.ts';
import { checkOutput, writeOutput } from '../../base/output-file.ts';
import type { OperatorClient } from '../operator-client.ts';

/** `cloud-stub map`: saves a stored map as a file. */

export interface SavedMap {
  readonly missionId: string;
  readonly mapId: string;
  readonly objectKey: string;
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly file: string;
}

/**
 * `id` is the id of a mission, a map or an object. Throws `map-unknown`, `map-not-stored`, `map-deleted`, `map-damaged` when the bytes
 * differ from those that the robot has announced, and `out-unwritable`.
 */
export async function saveMap(
  client: OperatorClient,
  { id, out }: { id: string; out: string },
): Promise<SavedMap> {
  const target = await checkOutput('--out', out);
  const found = (await client.find(id)).filter(({ kind }) => kind === 'mission');
  const [one, second] = found;
  const [row] = one && !second ? await client.missions({ mission: one.id }) : [];
  if (row?.map === undefined) {
    const what = second ? 'leads to several missions' : 'no such mission or map';
    throw new PilotfishError(
      'map-unknown',
      row === undefined ? `${id}: ${what}` : `mission ${row.missionId} has no map`,
      { hint: 'cloud-stub missions shows which missions have a map' },
    );
  }
  const { map, missionId } = row;
  if (map.state === 'deleted') {
    throw new PilotfishError('map-deleted', `the map of mission ${missionId} was deleted here`);
  }
  if (map.state !== 'stored') {
    throw new PilotfishError('map-not-stored', `the map of mission ${missionId} is not here yet`, {
      hint: 'the robot uploads it when it is connected',
    });
  }
  const bytes = await client.getObject(map.objectKey);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== map.sha256) {
    throw new PilotfishError('map-damaged', `${map.objectKey} is not what the robot has stored`);
  }
  await writeOutput(target, bytes);
  const { mapId, objectKey, type } = map;
  return { missionId, mapId, objectKey, type, bytes: bytes.length, sha256, file: out };
}

export const showSavedMap = ({ missionId, type, bytes, file }: SavedMap): string =>
  `map of mission ${missionId}, ${type}, ${bytes} bytes: ${file}`;
