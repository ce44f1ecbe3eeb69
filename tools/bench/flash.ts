import { execFile } from 'node:child_process';
import { cp, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sectorBytes = 512;

/** A folder on a block device of its own, whose writes the kernel counts. */
export interface Flash extends AsyncDisposable {
  /** Bytes written to the device since it was made, with everything pending flushed first. */
  written(): Promise<number>;
}

/**
 * Puts a folder, with what is in it, on an ext4 file system of its own (a loop device, which the kernel counts like a
 * card). Needs root. Disposed, the folder is empty.
 */
export async function putOnFlash(folder: string, bytes = 128 * 1024 * 1024): Promise<Flash> {
  await using made = new AsyncDisposableStack();
  const place = await mkdtemp('/tmp/pf-flash-');
  made.defer(() => rm(place, { recursive: true, force: true }));
  const image = `${place}/image`;
  await using file = await open(image, 'w');
  await file.truncate(bytes);
  await run('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0', image]);
  await cp(folder, `${place}/kept`, { recursive: true, verbatimSymlinks: true });
  await run('mount', ['-o', 'loop', image, folder]);
  made.defer(async () => void (await run('umount', [folder])));
  await cp(`${place}/kept`, folder, { recursive: true, verbatimSymlinks: true });
  const { stdout } = await run('findmnt', ['-n', '-o', 'SOURCE', folder]);
  const counts = `/sys/block/${basename(stdout.trim())}/stat`;
  const mounted = made.move();
  return {
    async written() {
      await run('sync', ['-f', folder]);
      // Documentation/block/stat.rst: the seventh figure is the sectors written, of 512 bytes whatever the device.
      const [, , , , , , sectors] = (await readFile(counts, 'utf8')).trim().split(/\s+/);
      return Number(sectors) * sectorBytes;
    },
    [Symbol.asyncDispose]: () => mounted.disposeAsync(),
  };
}
