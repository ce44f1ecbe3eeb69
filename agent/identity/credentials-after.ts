import type { Event, IdentityFacts } from '../events.ts';

/** The credentials after an event: those on the disk, as far as readable, with the changes made to them. */
export function credentialsAfter(before: IdentityFacts, event: Event): IdentityFacts {
  switch (event.type) {
    case 'agent/started':
      return event.identity;
    case 'identity/known':
      return event.identity.current === null ? before : event.identity;
    case 'identity/staged':
      return { ...before, next: event.next };
    case 'identity/promoted':
      return { ...event.previous, current: event.current, next: null };
    default:
      return before;
  }
}
