/**
 * All counters of the agent: occurrences that are too frequent for a log line each, or that cost nothing to repeat.
 * `pilotfish status --all` shows them under `counts`, as `name` or `name/label`. They count from the agent's start.
 *
 * `label`: what the second part is. Its values may come from outside, so the journal bounds their number.
 */
export const counters = {
  published: { what: 'messages sent to the cloud' },
  'publish-coalesced': {
    label: 'priority',
    what: 'messages replaced by a newer one while waiting',
  },
  'publish-dropped': {
    label: 'reason',
    what: 'messages not sent: the queue of that priority was full, `suspect`, or `too-large`',
  },
  'publish-not-taken': { what: 'messages not sent because the connection was down' },
  'publish-skipped': { what: 'messages not sent because they had ended connections before' },
  refused: { label: 'code', what: 'incoming messages that were rejected; logged once per code' },

  'inbox-full': { what: 'events dropped because too many came within one turn' },
  'turn-not-stored': {
    label: 'code',
    what: 'turns that the store rejected, which then did not happen',
  },
  'retry-queue-full': { what: 'events dropped because the store rejected too many' },
  'stale-outcome': { what: 'outcomes of effects that were replaced or cancelled' },
  'stale-timer': { what: 'timers that fired after they were replaced or cleared' },
  'stale-reply': { what: 'replies to requests that were no longer open' },
  'request-refused': { label: 'code', what: 'local requests that were rejected' },

  'board-fault': { label: 'call', what: 'calls of the board that failed or had an invalid answer' },
  'board-call-not-made': { label: 'call', what: 'calls not made: too many had no answer' },
  'late-answer': { label: 'call', what: 'answers of the board after the deadline of their call' },
  'board-no-answer': {
    what: 'attempts to connect that did not learn whether the clock is synchronised',
  },
  'kick-failed': { what: 'kicks of the watchdog that the board rejected' },

  'identity-not-read': { what: 'attempts to connect that could not read the credentials' },
  'identity-not-discarded': { what: 'rejected credentials that could not be removed' },
  'identity-folder': { what: 'starts with an identity folder that could not be tidied' },
  'previous-dropped': { what: 'previous credentials that were dropped for want of a place' },
  'previous-not-forgotten': { what: 'expired previous credentials that could not be removed' },
  'map-not-forgotten': { what: 'maps that could not be removed after their upload' },
  'maps-not-swept': { what: 'cleanings of the map folder that failed' },
  'clock-owner-not-kept': {
    label: 'code',
    what: 'changes of the clock whose mark file was not written',
  },

  'not-remembered': {
    label: 'code',
    what: 'attempts to connect not recorded in the runtime folder',
  },
  'storage-reduced': {
    label: 'code',
    what: 'changes to storage in memory, because the disk failed',
  },
  'store-corrupt': { what: 'stores moved away because they were damaged' },
  'runs-not-written': { what: 'starts and crashes that could not be recorded' },
  'runs-not-removed': { what: 'records of crashes that could not be removed' },
  'runs-unreadable': { what: 'records of crashes that could not be read, and count as none' },
  'runtime-dir': { what: 'starts with another runtime folder than the configured one' },
  'no-local-api': { what: 'starts without a local socket' },
} as const satisfies Readonly<Record<string, Counter>>;

interface Counter {
  readonly what: string;
  readonly label?: string;
}

export type CounterName = keyof typeof counters;

/** The arguments after the name: a label where the counter has one. */
export type LabelOf<Name extends CounterName> = (typeof counters)[Name] extends {
  readonly label: string;
}
  ? [label: string]
  : [];

/** Counts an occurrence. */
export type Count = <Name extends CounterName>(name: Name, ...label: LabelOf<Name>) => void;
