import { join } from 'node:path';
import { createFileKey, openFileKey } from '../../hal/linux/file-key.ts';
import { folders } from '../support/pki-folder.ts';
import { deviceKeyContract } from './device-key.suite.ts';

const folder = folders();

for (const kind of ['ec-p256', 'rsa-2048'] as const) {
  let path: string | undefined;
  deviceKeyContract(`a file, ${kind}`, async () => {
    if (path !== undefined) return openFileKey(path);
    path = join(await folder(), 'device.key');
    return createFileKey(path, kind);
  });
}
