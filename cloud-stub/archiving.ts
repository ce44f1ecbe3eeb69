import { type Clock, delay } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { ArchiveFiles } from './archive-files.ts';
import type { Cloud } from './cloud.ts';

const pauseMs = 500;

/**
 * Moves archived messages to the day files at intervals, until the returned function is called, which moves the rest.
 * While the files cannot be written, the messages stay in the database and nothing else is delayed.
 */
export function startArchiving(parts: {
  cloud: Pick<Cloud, 'unarchived' | 'archived'>;
  files: ArchiveFiles;
  clock: Clock;
  log: Log;
}): () => Promise<void> {
  const { cloud, files, clock, log } = parts;
  const stop = new AbortController();
  let failing = false;
  const drain = async () => {
    try {
      for (let next = cloud.unarchived(); next.length > 0; next = cloud.unarchived()) {
        const day = new Date(clock.wallMs()).toISOString().slice(0, 10);
        await files.append(
          next.map(({ value }) => value),
          day,
        );
        cloud.archived(next);
      }
      failing = false;
    } catch (error) {
      if (!failing) log.error({ code: codeOf(error) }, `archive not written: ${explain(error)}`);
      failing = true;
    }
  };
  const run = async () => {
    for (;;) {
      await drain();
      await delay(clock, pauseMs, stop.signal);
    }
  };
  const ended = run().catch(() => {});
  return async () => {
    stop.abort();
    await ended;
    await drain();
  };
}
