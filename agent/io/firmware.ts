import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, readTextIfThere, writeFileDurable } from '../../base/files.ts';
import type { Firmware } from '../ports.ts';
import { judge, readTrustedKeys } from '../updates/trust.ts';
import type { Http } from './http.ts';

/**
 * Trust in images: the maker's public keys and the floor of the security counter. The floor lies apart from the store,
 * so that a store that is lost does not let an old image in.
 */
export async function createFirmware(options: {
  keysFile: string;
  floorsFolder: string;
  http: Http;
}): Promise<Firmware> {
  const keys =
    options.keysFile === '' ? [] : readTrustedKeys(await readFile(options.keysFile, 'utf8'));
  const file = join(options.floorsFolder, 'security-counter');
  const floor = async () => Number.parseInt((await readTextIfThere(file)) ?? '0', 10) || 0;
  return {
    check: async (manifest, hardwareId, nowMs) =>
      judge(manifest, { keys, hardwareId, floor: await floor(), nowMs }),
    fetch: (url, length, signal) => options.http.get(url, length, signal),
    async raiseFloor(counter) {
      if (counter <= (await floor())) return;
      await makeFolder(options.floorsFolder);
      await writeFileDurable(file, `${counter}\n`);
    },
  };
}
