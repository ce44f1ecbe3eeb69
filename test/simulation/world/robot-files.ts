import { createClockOwner } from '../../../agent/io/clock-owner.ts';
import { createFirmware } from '../../../agent/io/firmware.ts';
import { createIdentity } from '../../../agent/io/identity.ts';
import { createMaps } from '../../../agent/io/maps.ts';
import type { ClockOwner, Firmware, Http, Identity, Maps } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { Files } from '../../../base/files.ts';
import { makeCsr } from '../../../base/x509/csr.ts';
import type { BodyMap } from '../../../hal/robot-body.ts';
import { identityFolder } from './factory.ts';
import { pairStep, type Step, worldFiles } from './file-system.ts';
import { makersKeys } from './images.ts';
import { worldKeys } from './keys.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

/**
 * The agent's own adapters for maps, firmware and identity over the world's files and HTTP. An end may fall before and
 * after each of their calls, and before and after each step on the medium.
 */

export const mapsFolder = 'maps';
export const floorsFolder = 'floors';

export function mapsOf({ files }: World, life: Life, http: Http): Maps {
  const maps = createMaps({
    ...{ folder: mapsFolder, files: worldFiles(files, stepsOf(life)), http },
    // The picture is left out: it takes time, and no outcome depends on it.
    encode: async (map) => bytesOf(map),
  });
  return {
    keep: (...asked) => life.does('keep map', () => maps.keep(...asked)),
    put: (...asked) => life.does('put map', () => maps.put(...asked)),
    forget: (mapId) => life.does('forget map', () => maps.forget(mapId)),
    sweep: (mapIds) => life.does('sweep maps', () => maps.sweep(mapIds)),
  };
}

export async function firmwareOf({ files }: World, life: Life, http: Http): Promise<Firmware> {
  const firmware = await createFirmware({
    ...{ keys: makersKeys, floorsFolder, ownCounter: life.image.counter, http },
    files: worldFiles(files, stepsOf(life)),
  });
  return {
    ...firmware,
    raiseFloor: (counter) => life.does('raise floor', () => firmware.raiseFloor(counter)),
  };
}

export function clockOwnerOf({ files }: World, life: Life): ClockOwner {
  return createClockOwner(floorsFolder, worldFiles(files, stepsOf(life)));
}

/** Changes of the credentials, one after another with some delay; sometimes the disk fails in the middle of one. */
export function identityOf(world: World, life: Life): Identity {
  const { clock, trouble, robot } = world;
  const chance = world.stream('disk');
  const files = failingFiles(world, life, chance);
  const identity = createIdentity({
    ...{ files, folder: identityFolder, robot, makeCsr },
    keys: worldKeys(files, () => ++world.keysMade),
  });
  const make = async <T>(change: () => Promise<T>): Promise<T> => {
    await new Promise<void>((done) => clock.after(chance() * 2000, done));
    if (!life.isAlive) return new Promise(() => {});
    const done = await change();
    if (trouble.spoils > 0 && chance() < trouble.spoils) spoil(world, chance() * 500);
    return done;
  };
  let last: Promise<unknown> = Promise.resolve();
  const change = <T>(work: () => Promise<T>): Promise<T> => {
    const next = () => life.does('change pairs', () => make(work));
    const done = last.then(next, next);
    last = done.catch(() => {});
    return done;
  };
  return {
    ...identity,
    request: (...asked) => change(() => identity.request(...asked)),
    stage: (...asked) => change(() => identity.stage(...asked)),
    promote: () => change(() => identity.promote()),
    forget: (pairs) => change(() => identity.forget(pairs)),
    discard: () => change(() => identity.discard()),
  };
}

const stepsOf =
  (life: Life, prefix = ''): Step =>
  (what, change, takesRoom) =>
    life.does(prefix + what, async () => {
      if (takesRoom) life.needsRoom();
      change();
    });

/** A change of the credentials takes a dozen steps: the share applies to changes, not to steps. */
const stepsPerChange = 8;

function failingFiles(world: World, life: Life, chance: () => number): Files {
  const { trouble, rules, pairs } = world;
  const step = stepsOf(life, pairStep);
  return worldFiles(world.files, (what, change, takesRoom) =>
    step(
      what,
      () => {
        if (trouble.diskFails > 0 && chance() < trouble.diskFails / stepsPerChange) {
          world.count('disk-fails');
          throw new PilotfishError('EIO', 'the disk failed');
        }
        change();
        pairs.look();
        rules.lookAtPairs();
      },
      takesRoom,
    ),
  );
}

/** An operator revokes the next certificate before its first connection: the one in use must still be there. */
function spoil(world: World, inMs: number): void {
  const { clock, pairs, network, cloud } = world;
  clock.after(inMs, () => {
    const id = pairs.of('next')?.certificateId;
    if (id === undefined || network.admitted.has(id)) return;
    world.count('spoil');
    cloud.operator.updateCertificate(id, 'REVOKED', cloud.nowMs);
  });
}

const bytesOf = ({ width, height, cells }: BodyMap): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from(`${width} ${height}\n`), cells]));
