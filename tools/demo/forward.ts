import type { Screen } from './screen.ts';

/**
 * Shows the progress of one piece of work from several sources: the cloud's figure is older than the bench's. A share
 * smaller than the one already shown is outdated and is left out, so that no share goes back.
 */
export function showForward({ progress }: Pick<Screen, 'progress'>): Screen['progress'] {
  let shown = 0;
  return (label, now) => {
    if (now.part !== undefined && now.part < shown) return;
    shown = now.part ?? shown;
    progress(label, now);
  };
}
