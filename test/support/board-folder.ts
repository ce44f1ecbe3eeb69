import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A new folder for one board, with a path that is short enough for sockets; removed when disposed. */
export async function boardFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join('/tmp', 'sim-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
