import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../base/files.ts';
import type { SignedManifest } from '../../protocol/schemas/firmware.ts';
import { fileExists, type World } from './world.ts';

/** A built image: length in bytes, SHA-256 in hex. */
export interface Image {
  readonly version: string;
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
}

const imagesOf = (world: World): string => join(world.places.firmware, 'images');

/**
 * Makes the publisher's key pair at the first demo; its public half goes into the robot. Also makes a folder for
 * images.
 */
export async function ensureSigningKey(world: World): Promise<void> {
  const { places, processes, programs } = world;
  await makeFolder(places.firmware, 0o700);
  await makeFolder(imagesOf(world));
  if (await fileExists(join(places.firmware, 'firmware.pub'))) return;
  await processes.run(programs.firmware, ['keygen', '--dir', places.firmware]);
}

/** Builds the agent, stamped with `version`, into one file; on request one that crashes at boot. */
export async function buildImage(
  world: World,
  { version, crashes = false }: { version: string; crashes?: boolean },
): Promise<Image> {
  const path = join(imagesOf(world), `agent-${version}.cjs`);
  const args = ['bundle', '--version', version, '--out', path, ...(crashes ? ['--crash'] : [])];
  const built = JSON.parse(await world.processes.run(world.programs.firmware, args)) as Image;
  return { ...built, path, version };
}

/** Signs what robots must verify about an image before they install it. */
export async function signImage(
  { places, processes, programs }: World,
  { image, hardwareId }: { image: Image; hardwareId: string },
): Promise<SignedManifest> {
  const out = image.path.replace(/\.cjs$/, '.manifest.json');
  const key = join(places.firmware, 'firmware.key');
  const what = ['--image', image.path, '--version', image.version, '--hardware-id', hardwareId];
  await processes.run(programs.firmware, ['sign', ...what, '--key', key, '--out', out]);
  return JSON.parse(await readFile(out, 'utf8')) as SignedManifest;
}

/** The version after the newest that was ever built here: later demos continue the count. */
export async function nextVersion(world: World): Promise<string> {
  const folder = imagesOf(world);
  const names = (await fileExists(folder)) ? await readdir(folder) : [];
  const minors = names.map((name) => Number(/^agent-1\.(\d+)\.0\.cjs$/.exec(name)?.[1] ?? 0));
  return `1.${Math.max(0, ...minors) + 1}.0`;
}
