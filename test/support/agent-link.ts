import type { CredentialsName, Observation } from '../../agent/events.ts';
import type { Link, LinkHandlers } from '../../agent/ports.ts';

interface MemoryAttempt extends LinkHandlers {
  readonly credentials: CredentialsName;
  readonly signal: AbortSignal;
  end(observation: Observation): void;
}

/** A link whose other end is the test; it answers only pings by itself. */
export interface MemoryLink extends Link {
  readonly attempts: readonly MemoryAttempt[];
  readonly published: readonly { readonly topic: string; readonly body: unknown }[];
  /** The newest attempt. */
  readonly latest: MemoryAttempt;
  /** Delivers a message to the robot. */
  deliver(topic: string, body: unknown): void;
}

/** `onRun` happens within `run`, before anything else can. */
export function memoryLink(onRun: (handlers: LinkHandlers) => void = () => {}): MemoryLink {
  const attempts: MemoryAttempt[] = [];
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
    run: (credentials, handlers, signal) =>
      new Promise((resolve) => {
        attempts.push({ ...handlers, credentials, signal, end: resolve });
        signal.addEventListener('abort', () =>
          resolve({ kind: 'lost', code: 'closed', detail: 'given up' }),
        );
        onRun(handlers);
      }),
    close: () =>
      attempts.at(-1)?.end({ kind: 'closed', code: 'requested', detail: 'ended by this robot' }),
    subscribe: async () => {},
    probe() {
      const attempt = latest();
      queueMicrotask(attempt.proved);
    },
    publish(topic, payload) {
      published.push({ topic, body: JSON.parse(new TextDecoder().decode(payload)) });
      return true;
    },
    deliver: (topic, body) =>
      latest().message(topic, new TextEncoder().encode(JSON.stringify(body))),
  };
}
