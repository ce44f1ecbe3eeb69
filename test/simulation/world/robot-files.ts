import { createClockOwner } from '../../../agent/io/clock-owner.ts';
import { createFirmware } from '../../../agent/io/firmware.ts';
import { createIdentity } from '../../../agent/io/identity.ts';
import { createMaps } from '../../../agent/io/maps.ts';
import type { ClockOwner, Firmware, Http, Identity, Maps } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { Files } from '../../../base/files.ts';
import { makeCsr } from '../../../base/x509/csr.ts';
import type { BodyMap } from '../../../hal/robot-body.ts';
import type { AgentProcess } from './agent-process.ts';
import { identityFolder } from './factory.ts';
import { credentialsStep, type Step, worldFiles } from './file-system.ts';
import { makersKeys } from './images.ts';
import { worldKeys } from './keys.ts';
import type { World } from './world.ts';

/**
 * The agent's own adapters for maps, firmware and identity over the world's files and HTTP. An end may fall before and
 * after each of their calls, and before and after each step on the medium.
 */

export const mapsFolder = 'maps';
export const floorsFolder = 'floors';

export function mapsOf({ files }: World, agentProcess: AgentProcess, http: Http): Maps {
  const maps = createMaps({
    ...{ folder: mapsFolder, files: worldFiles(files, stepsOf(agentProcess)), http },
    // The picture is left out: it takes time, and no outcome depends on it.
    encode: async (map) => bytesOf(map),
  });
  return {
    keep: (...asked) => agentProcess.does('keep map', () => maps.keep(...asked)),
    put: (...asked) => agentProcess.does('put map', () => maps.put(...asked)),
    forget: (mapId) => agentProcess.does('forget map', () => maps.forget(mapId)),
    sweep: (mapIds) => agentProcess.does('sweep maps', () => maps.sweep(mapIds)),
  };
}

export async function firmwareOf(
  { files }: World,
  agentProcess: AgentProcess,
  http: Http,
): Promise<Firmware> {
  const firmware = await createFirmware({
    ...{ keys: makersKeys, floorsFolder, ownCounter: agentProcess.image.counter, http },
    files: worldFiles(files, stepsOf(agentProcess)),
  });
  return {
    ...firmware,
    raiseFloor: (counter) => agentProcess.does('raise floor', () => firmware.raiseFloor(counter)),
  };
}

export function clockOwnerOf({ files }: World, agentProcess: AgentProcess): ClockOwner {
  return createClockOwner(floorsFolder, worldFiles(files, stepsOf(agentProcess)));
}

/** Changes of the credentials, one after another with some delay; sometimes the disk fails in the middle of one. */
export function identityOf(world: World, agentProcess: AgentProcess): Identity {
  const { clock, trouble, robot } = world;
  const chance = world.stream('disk');
  const files = failingFiles(world, agentProcess, chance);
  const identity = createIdentity({
    ...{ files, folder: identityFolder, robot, makeCsr },
    keys: worldKeys(files, () => ++world.keysMade),
  });
  const make = async <T>(change: () => Promise<T>): Promise<T> => {
    await new Promise<void>((done) => clock.after(chance() * 2000, done));
    if (!agentProcess.isAlive) return new Promise(() => {});
    const done = await change();
    if (trouble.spoils > 0 && chance() < trouble.spoils) revokeNext(world, chance() * 500);
    return done;
  };
  let last: Promise<unknown> = Promise.resolve();
  const change = <T>(work: () => Promise<T>): Promise<T> => {
    const next = () => agentProcess.does('change credentials', () => make(work));
    const done = last.then(next, next);
    last = done.catch(() => {});
    return done;
  };
  return {
    ...identity,
    request: (...asked) => change(() => identity.request(...asked)),
    stage: (...asked) => change(() => identity.stage(...asked)),
    promote: () => change(() => identity.promote()),
    forget: (credentials) => change(() => identity.forget(credentials)),
    discard: () => change(() => identity.discard()),
  };
}

const stepsOf =
  (agentProcess: AgentProcess, prefix = ''): Step =>
  (what, change, takesRoom) =>
    agentProcess.does(prefix + what, async () => {
      if (takesRoom) agentProcess.needsRoom();
      change();
    });

/** A change of the credentials takes a dozen steps: the share applies to changes, not to steps. */
const stepsPerChange = 8;

function failingFiles(world: World, agentProcess: AgentProcess, chance: () => number): Files {
  const { trouble, rules, credentials } = world;
  const step = stepsOf(agentProcess, credentialsStep);
  return worldFiles(world.files, (what, change, takesRoom) =>
    step(
      what,
      () => {
        if (trouble.diskFails > 0 && chance() < trouble.diskFails / stepsPerChange) {
          world.count('disk-fails');
          throw new PilotfishError('EIO', 'the disk failed');
        }
        change();
        credentials.refresh();
        rules.checkCredentials();
      },
      takesRoom,
    ),
  );
}

/** An operator revokes the next certificate before its first connection: the one in use must still be there. */
function revokeNext(world: World, inMs: number): void {
  const { clock, credentials, network, cloud } = world;
  clock.after(inMs, () => {
    const id = credentials.of('next')?.certificateId;
    if (id === undefined || network.admitted.has(id)) return;
    world.count('revoke-next');
    cloud.operator.updateCertificate(id, 'REVOKED', cloud.nowMs);
  });
}

const bytesOf = ({ width, height, cells }: BodyMap): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from(`${width} ${height}\n`), cells]));
