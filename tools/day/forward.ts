import type { Screen } from './screen.ts';

/**
 * Shows how far one piece of work is, whoever tells of it: the cloud knows of a moment ago, the bench of now. What tells of a
 * smaller share than the one that is shown is older, and is left out, so that no share goes back.
 */
export function showForward({ progress }: Pick<Screen, 'progress'>): Screen['progress'] {
  let shown = 0;
  return (label, now) => {
    if (now.part !== undefined && now.part < shown) return;
    shown = now.part ?? shown;
    progress(label, now);
  };
}
