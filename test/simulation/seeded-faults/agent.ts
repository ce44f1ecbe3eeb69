import type { ClockState } from '../../../agent/time/clock-floor.ts';
import { type SeededFault, wrapExports, wrapStep } from '../seams.ts';

/** Seeded faults of the loop, connections, certificates and time. */
export const agentFaults: readonly SeededFault[] = [
  {
    name: 'await-effects-in-the-turn',
    seam: wrapExports<typeof import('../../../agent/link/effects.ts')>('agent/link/effects.ts', {
      linkEffects: (real) => {
        const open = real['link/open'];
        return { ...real, 'link/open': { ...open, run: (data, run) => void open.run(data, run) } };
      },
    }),
    seedsMax: 10,
    why: 'the end of a connection is never reported, because the turn waits for it',
  },
  {
    name: 'stale-timers-fire',
    seam: wrapExports<typeof import('../../../agent/kernel/timers.ts')>('agent/kernel/timers.ts', {
      Timers: (Real) =>
        class extends Real {
          readonly #time: ConstructorParameters<typeof Real>[0];
          constructor(...parts: ConstructorParameters<typeof Real>) {
            super(...parts);
            [this.#time] = parts;
          }
          override set(_key: string, ms: number, action: () => void): void {
            this.#time.after(ms, action);
          }
        },
    }),
    seedsMax: 5,
    why: 'a timer that was set anew fires for its old time too',
  },
  {
    name: 'effects-before-commit',
    seam: wrapExports<typeof import('../../../agent/kernel/commits.ts')>(
      'agent/kernel/commits.ts',
      {
        createCommits: (real) => (store) => {
          const commits = real(store);
          const takeLate = (turn: Parameters<typeof commits.take>[0]) => {
            try {
              commits.take(turn);
            } catch {
              // Nothing waits for it any more.
            }
          };
          return { ...commits, take: (turn) => queueMicrotask(() => takeLate(turn)) };
        },
      },
    ),
    seedsMax: 120,
    why: 'the robot tells and does what it has not stored, and after a crash tells and does it otherwise',
  },
  {
    name: 'event-lost-with-a-full-disk',
    seam: wrapExports<typeof import('../../../agent/unstored.ts')>('agent/unstored.ts', {
      unstoredRules: (real) => ({
        ...real,
        of: (event, writes) => {
          const unstored = real.of(event, writes);
          return unstored.retry === 'later' ? { retry: 'never' } : unstored;
        },
      }),
    }),
    seedsMax: 600,
    why: 'what comes only once, an outcome or a timer, is forgotten when it cannot be stored',
  },
  {
    name: 'trial-by-the-old-session',
    seam: wrapExports<typeof import('../../../agent/link/effects.ts')>('agent/link/effects.ts', {
      linkEffects: (real) => {
        const open = real['link/open'];
        const byCurrent: typeof open.run = (data, context) => {
          const { link } = context.ports;
          const run: typeof link.run = (_pair, handlers, signal) =>
            link.run('current', handlers, signal);
          return open.run(data, {
            ...context,
            ports: { ...context.ports, link: { ...link, run } },
          });
        };
        return { ...real, 'link/open': { ...open, run: byCurrent } };
      },
    }),
    seedsMax: 50,
    why: 'a new certificate is taken for proven by a connection that the old one made',
  },
  {
    name: 'previous-credentials-deleted-at-once',
    seam: wrapExports<typeof import('../../../agent/identity/effects.ts')>(
      'agent/identity/effects.ts',
      {
        identityEffects: (real) => {
          const promote = real['identity/promote'];
          const andForget: typeof promote.run = async (data, context) => {
            const done = await promote.run(data, context);
            const { identity } = context.ports;
            const { current: _current, next: _next, ...previous } = await identity.facts();
            await identity.forget(Object.keys(previous) as (keyof typeof previous)[]);
            return done ?? undefined;
          };
          return { ...real, 'identity/promote': { ...promote, run: andForget } };
        },
      },
    ),
    seedsMax: 100,
    why: 'a false cloud that can renew leaves the robot no credentials that its true cloud accepts',
  },
  {
    name: 'cloud-time-saved-as-floor',
    seam: wrapStep<ClockState>('clock', (step) => (before, event, moment) => {
      const done = step(before, event, moment);
      const isRefused = done.effects?.some(({ type }) => type === 'note') ?? false;
      if (event.type !== 'time/known' || isRefused || before.isSynced) return done;
      const provenMs = Math.max(done.state.row.provenMs, event.cloudMs);
      return { ...done, state: { ...done.state, row: { ...done.state.row, provenMs } } };
    }),
    seedsMax: 200,
    why: 'a false cloud of 2034 leaves a floor by which the true server has expired',
  },
  {
    name: 'crash-loop-without-safe-mode',
    seam: wrapExports<typeof import('../../../agent/supervise/crashes.ts')>(
      'agent/supervise/crashes.ts',
      {
        startRun:
          (real) =>
          (...run) => ({ ...real(...run), safe: null, quarantine: null }),
      },
    ),
    seedsMax: 100,
    why: 'an agent that crashes at every start keeps its robot away from its cloud',
  },
  {
    name: 'quarantine-left-out',
    seam: wrapExports<typeof import('../../../agent/kernel/quarantine.ts')>(
      'agent/kernel/quarantine.ts',
      { quarantineState: () => (_store, loaded) => loaded },
    ),
    seedsMax: 100,
    why: 'after safe mode the machine crashes at the same value again, for ever',
  },
];
