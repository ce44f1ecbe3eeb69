import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readTextIfThere, writeFileDurable } from '../../../base/files.ts';
import { createHttpsClient } from '../../../base/https-client.ts';
import type { MissionMap } from '../../../cloud-stub/rows.ts';
import { decodeMap, type MapDocument } from '../../../hal/sim/board/map-codec.ts';
import { drawMap } from '../picture.ts';
import { mapPicture } from '../places.ts';
import { bytesText } from '../text.ts';
import { until, wrong } from '../watch.ts';
import { pathText } from '../words.ts';
import type { World } from '../world.ts';
import type { CloudUp } from './cloud.ts';
import type { MissionDone } from './cut.ts';

export interface MapStored {
  readonly facts: {
    readonly objectKey: string;
    /** A copy that stays. */
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    /** Opens the map for an hour while the cloud runs; only when the demo keeps running. */
    readonly url?: string;
  };
}

const urlExpiresS = 3600;

/** The robot has PUT its map to a pre-signed URL; the object store's event has completed the mission's record. */
export async function findMap(
  world: World,
  { cloud, mission }: { cloud: CloudUp; mission: MissionDone },
): Promise<MapStored> {
  const { places, robot, screen, signal } = world;
  const { staysUp } = world.options;
  const { missionId, document } = mission.row;
  if (document.map === undefined) throw wrong('a map in the mission’s report', 'none');
  const map = await until(
    { expected: 'the map in the object store', timeoutS: 30, signal },
    async () => {
      const [row] = await cloud.operator.missions({ robot, mission: missionId });
      return row?.map?.state === 'stored' ? row.map : undefined;
    },
  );
  const size = bytesText(map.size);
  screen.say('upload', `${map.type}, ${size}, by HTTP PUT to a pre-signed URL`);
  screen.say('record', `map ${map.mapId.slice(0, 16)}… is stored: the mission is complete`);
  const url = cloud.operator.objectUrl(map.objectKey, urlExpiresS);
  const picture = await fetchMap(cloud, url);
  const sha256 = createHash('sha256').update(picture).digest('hex');
  if (sha256 !== document.map.sha256)
    throw wrong('the bytes that the robot has announced', 'others');
  await showMap(world, document.bodyMission);
  const copy = mapPicture(places);
  await writeFileDurable(copy, picture);
  screen.link('open it', pathToFileURL(copy).href);
  if (!staysUp) return { facts: factsOf(map, { file: copy }) };
  screen.link('or here', url, pathText(copy));
  return { facts: factsOf(map, { file: copy, url }) };
}

/** The same map as the body keeps it: floor, walls, what was cleaned, the dock. */
async function showMap({ places, screen }: World, bodyMission = ''): Promise<void> {
  const kept = await readTextIfThere(join(places.board, 'maps', `${bodyMission}.json`));
  if (kept === undefined) return;
  const map = decodeMap(JSON.parse(kept) as MapDocument);
  screen.picture((room) => drawMap(map, room));
}

async function fetchMap({ ready }: CloudUp, url: string): Promise<Buffer> {
  const { pathname, search } = new URL(url);
  const client = createHttpsClient(ready.https.url, await readFile(ready.serverCa, 'utf8'));
  try {
    const answer = await client.send({ method: 'GET', target: pathname + search, headers: {} });
    if (answer.status !== 200) throw wrong('the map behind its link', `status ${answer.status}`);
    return answer.body;
  } finally {
    client.close();
  }
}

const factsOf = (map: MissionMap, where: { file: string; url?: string }) => ({
  objectKey: map.objectKey,
  bytes: map.size,
  sha256: map.sha256,
  ...where,
});
