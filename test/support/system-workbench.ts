import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holdPlaces } from '../../tools/demo/places.ts';
import { giveIdentity } from '../../tools/demo/steps/identity.ts';
import { createSigningKey } from '../../tools/firmware/sign.ts';
import { emptyRoom, writeMap } from './board-maps.ts';
import { buildSabotagedBundle } from './system-bundle.ts';
import { silentDemo } from './system-demo.ts';

/** What all worlds of one test file begin with. Gone when disposed. */
export interface Workbench extends AsyncDisposable {
  readonly folder: string;
  /** The YAML file of an empty room of 3 m x 3 m; a mission in it takes 200 s of the body's time. */
  readonly map: string;
  /** The agent 1.0.0, which can be sabotaged. */
  readonly image: string;
  /** A folder with the factory, the publisher's key, and a robot that has its identity. */
  readonly home: string;
}

export async function makeWorkbench(): Promise<Workbench> {
  const folder = await mkdtemp('/tmp/pf-');
  const image = join(folder, 'agent.cjs');
  await buildSabotagedBundle({ version: '1.0.0', out: image });
  using places = await holdPlaces(join(folder, 'home'), {
    isFresh: false,
    pid: process.pid,
    signal: new AbortController().signal,
  });
  await createSigningKey(places.firmware);
  await giveIdentity(silentDemo(places));
  return {
    folder,
    map: await writeMap(folder, emptyRoom(60, 60)),
    image,
    home: places.dir,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
