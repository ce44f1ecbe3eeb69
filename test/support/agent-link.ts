import type { Observation } from '../../agent/events.ts';
import type { Link, LinkHandlers } from '../../agent/ports.ts';

interface HandAttempt extends LinkHandlers {
  readonly signal: AbortSignal;
  end(observation: Observation): void;
}

/** A link whose other end is the test. */
export interface HandLink extends Link {
  readonly attempts: readonly HandAttempt[];
  readonly published: readonly { readonly topic: string; readonly body: unknown }[];
  /** The newest attempt. */
  readonly latest: HandAttempt;
  /** Says something to the robot. */
  say(topic: string, body: unknown): void;
}

/** `onRun` happens within `run`, before anything else can. */
export function handLink(onRun: (handlers: LinkHandlers) => void = () => {}): HandLink {
  const attempts: HandAttempt[] = [];
  const published: { topic: string; body: unknown }[] = [];
  const latest = () => {
    const attempt = attempts.at(-1);
    if (attempt === undefined) throw new Error('nobody has tried to connect');
    return attempt;
  };
  return {
    attempts,
    published,
    get latest() {
      return latest();
    },
    run: (handlers, signal) =>
      new Promise((resolve) => {
        attempts.push({ ...handlers, signal, end: resolve });
        signal.addEventListener('abort', () => resolve({ kind: 'lost', detail: 'given up' }));
        onRun(handlers);
      }),
    publish(topic, payload) {
      published.push({ topic, body: JSON.parse(new TextDecoder().decode(payload)) });
      return true;
    },
    say: (topic, body) => latest().message(topic, new TextEncoder().encode(JSON.stringify(body))),
  };
}
