import type { Event } from './events.ts';
import type { Unstored, UnstoredRules } from './kernel/loop.ts';
import type { Write } from './kernel/ports.ts';

/**
 * Decides what happens to an event whose turn the store rejected.
 *
 *     agent/started          the agent does not start
 *     body/polled            never replayed: it may be from before a mission; the body is polled again
 *     a command is to start  its machine receives a notice, because the sender waits for an outcome
 *     cloud/...              requested from the cloud again
 *     request/...            is rejected: the caller may retry
 *     anything else          comes only once: retried some seconds later
 */
export const unstoredRules: UnstoredRules = {
  of: handleUnstored,
  /** Replaying `link/up` would attribute it to the next connection. */
  isOverBy: (waiting, event) => waiting.type === 'link/up' && event.type === 'link/down',
  missed: { type: 'news/missed' },
};

function handleUnstored(event: Event, writes: readonly Write[]): Unstored {
  if ('origin' in event) return { retry: 'never', refuse: event.id };
  const isFromCloud = event.type.startsWith('cloud/');
  switch (event.type) {
    case 'agent/started':
      return { retry: 'fatal' };
    case 'body/polled':
    case 'body/half-polled':
      return { instead: { type: 'body/not-polled', code: 'not-stored' }, retry: 'never' };
    default:
  }
  if (
    writes.some(({ machine }) => machine === 'commands') &&
    (event.type === 'timer' || isFromCloud)
  ) {
    return event.type === 'cloud/command'
      ? { instead: { type: 'command/not-stored', command: event.body }, retry: 'never' }
      : { instead: { type: 'command/not-stored', command: null }, retry: 'now' };
  }
  return { retry: isFromCloud ? 'missed' : 'later' };
}
