import { type Clock, delay } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Cloud } from './cloud.ts';
import type { ObjectFiles } from './object-files.ts';
import { uploadIdIn } from './object-keys.ts';

const intervalMs = 60_000;

/**
 * Removes the parts of multipart uploads that are no longer open, at intervals until the returned function is called. An
 * upload that has expired leaves its files to this, and so does a crash between a row and its file.
 */
export function startPartSweeping(parts: {
  cloud: Pick<Cloud, 'rows'>;
  files: Pick<ObjectFiles, 'sweepParts'>;
  clock: Clock;
  log: Log;
}): () => Promise<void> {
  const { cloud, files, clock, log } = parts;
  const stop = new AbortController();
  const run = async () => {
    for (;;) {
      await delay(clock, intervalMs, stop.signal);
      try {
        const removed = await files.sweepParts((file) => !isOpen(cloud, file));
        if (removed > 0) log.info({ files: removed }, 'parts of ended uploads removed');
      } catch (error) {
        log.error({ code: codeOf(error) }, `parts not removed: ${explain(error)}`);
      }
    }
  };
  const ended = run().catch(() => {});
  return async () => {
    stop.abort();
    await ended;
  };
}

/** While an upload is open a part may have its file before its row. */
function isOpen({ rows }: Pick<Cloud, 'rows'>, file: string): boolean {
  const upload = rows.get('uploads', uploadIdIn(file) ?? '');
  return upload !== undefined && upload.completed === undefined;
}
