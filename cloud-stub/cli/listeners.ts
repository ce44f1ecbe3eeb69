import { wrapped } from '../../base/text.ts';
import type { ListenerStatus } from '../http/routes.ts';

/** A line for each port that has refused connections; empty when none has. */
export const showListeners = (listeners: readonly ListenerStatus[]): string =>
  listeners
    .filter(({ refused }) => Object.keys(refused).length > 0)
    .map(({ name, proven, unproven, connectionsMax, refused }) => {
      const diagnoses = Object.entries(refused).map(([code, count]) => `${code} ${count}`);
      const open = `${proven + unproven} of at most ${connectionsMax} connections`;
      return wrapped(`${name}: `, `${open}; refused since the start: ${diagnoses.join(', ')}`).join(
        '\n',
      );
    })
    .join('\n');
