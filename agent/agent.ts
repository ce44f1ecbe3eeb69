import { codeOf } from '../base/errors.ts';
import { asideOf, moveAside } from './aside.ts';
import { guardBoard } from './board/guard.ts';
import { createCommits } from './commits.ts';
import type { AgentConfig } from './config.ts';
import { type Effect, keyOf } from './effects.ts';
import type { BoardEvidence, Event } from './events.ts';
import { connectionReport, type Known } from './evidence.ts';
import { type Context, execute, type OutsideEffect } from './executor.ts';
import type { Json, Moment } from './machine.ts';
import { machinesOf, whole } from './machines.ts';
import { narrate } from './narrate.ts';
import type { Board, Ports } from './ports.ts';
import { nextBoot, restoreStates } from './restore.ts';
import { createSender } from './sender.ts';
import { type States, type Turn, takeTurn } from './turn.ts';

/** The agent as its process sees it. */
export interface Agent extends AsyncDisposable {
  /** Each machine's view of itself. */
  status(): Json;
  /** What `pilotfish status` shows: the status, what is seen of the connection, and the evidence beside it. */
  report(): Promise<Json>;
  /** Stores what has waited for a commit that could not, so that whoever looks into the store sees all. */
  settle(): void;
  /** Hands in an event from outside. */
  deliver(event: Event): void;
}

const inboxMax = 1024;
const heldMax = 64;
const storeAgainMs = 5000;
/** A board that was silent at the start is asked again so much later. */
const boardAgainMs = 30_000;

/**
 * The loop. One event at a time: a turn is computed, its writes are committed, then its effects are started and not
 * awaited; what becomes of them comes back as events. A long effect has a key: a newer one with the same key aborts it,
 * and what the older still says is stale and dropped. An event that came in while a turn ran waits in a bounded inbox.
 *
 * A turn that cannot be stored did not happen: nothing of it is acted upon, and it is counted. What the cloud said is
 * dropped, since it says it again; any other event comes only once (an outcome, a timer), so it is held and tried again
 * some seconds later. A store that does not take even the first turn is fatal: `createAgent` rejects with its error.
 */
export async function createAgent(
  ports: Ports,
  config: AgentConfig,
  build: { version: string; builtMs: number },
  mode = whole,
): Promise<Agent> {
  const stored = ports.store.load();
  const boot = nextBoot(ports.store, stored);
  const loaded =
    mode.aside === null ? stored : moveAside(ports.store, stored, mode.aside, ports.journal);
  const moment = (): Moment => ({
    now: { ...ports.time.now(), boot },
    latestMs: ports.time.latestMs(),
    draw: ports.entropy.draw(),
    nonce: ports.entropy.nonce(),
  });
  const machines = machinesOf(config, mode);
  const aside = asideOf(loaded);
  const commits = createCommits(ports.store);
  let states: States = restoreStates(machines, loaded, moment(), ports.journal);
  const { link, time, journal } = ports;
  const guarded = guardBoard(ports.board, { time, journal });
  const sender = createSender({ link, time, journal, budget: config.publish });
  const inbox: Event[] = [];
  const held: Event[] = [];
  const timers = new Map<string, () => void>();
  const running = new Map<string, AbortController>();
  const stop = new AbortController();
  let busy = false;

  const deliver = (event: Event): void => {
    if (stop.signal.aborted) return;
    if (inbox.length >= inboxMax) {
      ports.journal.count('inbox-full');
      return missedNews();
    }
    inbox.push(event);
    if (busy) return;
    busy = true;
    try {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) turn(next);
    } finally {
      busy = false;
    }
  };

  const turn = (event: Event): void => {
    if (event.type === 'link/down') forgetHeldUp();
    const taken = takeTurn(machines, states, event, moment());
    try {
      commits.take(taken);
    } catch (error) {
      return notStored(event, error, taken);
    }
    for (const { text, about } of narrate(machines, states, taken)) {
      ports.journal.note('info', text, about);
    }
    states = taken.states;
    for (const effect of taken.effects) start(effect);
  };

  const notStored = (event: Event, error: unknown, { writes }: Turn): void => {
    ports.journal.count(`turn-not-stored/${codeOf(error)}`);
    if (event.type === 'agent/started') throw error;
    const isOfCommands = writes.some(({ machine }) => machine === 'commands');
    if (isOfCommands && (event.type === 'timer' || event.type.startsWith('cloud/'))) {
      // Nobody else knows that something was to be begun, and a sender waits for its end.
      const command = event.type === 'cloud/command' ? event.body : null;
      deliver({ type: 'command/not-stored', command });
      return command === null ? deliver(event) : undefined;
    }
    if (event.type.startsWith('cloud/')) return missedNews();
    if (held.length >= heldMax) return ports.journal.count('held-full');
    held.push(event);
    setTimer('agent/store-again', storeAgainMs, () => {
      for (const again of held.splice(0)) deliver(again);
    });
  };

  /** The cloud need not say again what was dropped here: it is asked, once for all that is dropped meanwhile. */
  const missedNews = (): void => {
    if (timers.has('agent/missed')) return;
    setTimer('agent/missed', storeAgainMs, () => deliver({ type: 'news/missed' }));
  };

  /** What could not be stored of a connection that has ended would be taken for the next one's. */
  const forgetHeldUp = (): void => {
    const rest = held.filter(({ type }) => type !== 'link/up');
    held.splice(0, held.length, ...rest);
  };

  const setTimer = (key: string, ms: number, action: () => void): void => {
    timers.get(key)?.();
    if (stop.signal.aborted) return;
    const cancel = ports.time.after(ms, () => {
      if (timers.get(key) !== cancel) return ports.journal.count('stale-timer');
      timers.delete(key);
      action();
    });
    timers.set(key, cancel);
  };

  const start = (effect: Effect): void => {
    switch (effect.type) {
      case 'timer/set':
        return setTimer(effect.key, effect.ms, () => deliver({ type: 'timer', key: effect.key }));
      case 'timer/clear':
        timers.get(effect.key)?.();
        timers.delete(effect.key);
        return;
      case 'cancel':
        running.get(effect.key)?.abort();
        running.delete(effect.key);
        return;
      default:
        return run(effect);
    }
  };

  const run = (effect: OutsideEffect): void => {
    const key = keyOf(effect);
    const controller = new AbortController();
    if (key !== undefined) {
      running.get(key)?.abort();
      running.set(key, controller);
    }
    const current = () => key === undefined || running.get(key) === controller;
    let bug: unknown;
    const tell = (event: Event): void => {
      if (!current()) return ports.journal.count('stale-outcome');
      try {
        deliver(event);
      } catch (error) {
        // Whoever called may take it for a failure of its own.
        bug = error;
        throw error;
      }
    };
    const signal = AbortSignal.any([controller.signal, stop.signal]);
    const trialAttempts = config.updates.trialAttempts;
    const context: Context = {
      ...{ robot: config.robot, ports, board: guarded, sender, signal, trialAttempts, tell },
    };
    const outcome = execute(effect, context);
    if (!(outcome instanceof Promise)) return;
    outcome.then(
      (event) => {
        if (bug !== undefined) throw bug;
        const wanted = current();
        if (wanted && key !== undefined) running.delete(key);
        if (event === undefined) return;
        if (wanted) deliver(event);
        else ports.journal.count('stale-outcome');
      },
      (error: unknown) => {
        // Handlers answer their failures as events; anything else is a bug, and ends the process.
        if (!signal.aborted) throw error;
      },
    );
  };

  const lookAtBoard = () => boardEvidence(guarded, stop.signal);
  const board = await lookAtBoard();
  const { fallback } = board.boot ?? {};
  if (fallback !== undefined) ports.journal.note('warn', 'slot left', fallback);
  const isWhole = ({ system, boot }: BoardEvidence) => system !== null && boot !== null;
  const askBoardAgain = (): void =>
    setTimer('agent/board', boardAgainMs, () => {
      void lookAtBoard().then((found) => {
        if (isWhole(found)) deliver({ type: 'board/known', board: found });
        else askBoardAgain();
      });
    });
  const facts = () => ports.identity.facts().catch(() => ({ current: null, next: null }));
  const identity = await facts();
  const kickMs = ((board.system?.watchdogS ?? 30) * 1000) / 4;
  const kick = (): void => {
    if (stop.signal.aborted) return;
    guarded.system.kick(stop.signal).catch(() => ports.journal.count('kick-failed'));
    timers.set('agent/kick', ports.time.after(kickMs, kick));
  };
  kick();
  const unsubscribe = ports.board.body.onChanged(() => deliver({ type: 'body/changed' }));
  const dispose = (): void => {
    unsubscribe();
    stop.abort();
    for (const cancel of timers.values()) cancel();
  };
  try {
    deliver({ type: 'agent/started', ...build, board, identity, link: ports.runtime.recall() });
  } catch (error) {
    dispose();
    throw error;
  }

  if (!isWhole(board)) askBoardAgain();

  const settle = (): void => {
    try {
      commits.flush();
    } catch (error) {
      journal.count(`turn-not-stored/${codeOf(error)}`);
    }
  };
  const status = () => ({
    robot: config.robot,
    version: build.version,
    slot: board.boot?.booted ?? null,
    boot,
    ...(fallback && { fallback }),
    ...(aside.length > 0 && { aside }),
    counts: ports.journal.counts(),
    publishing: sender.view(),
    board: guarded.view(),
    ...Object.fromEntries(
      machines.map((machine) => [machine.name, machine.view(states[machine.name] as never)]),
    ),
  });

  return {
    deliver,
    status,
    async report() {
      const { link, clock, history } = states as unknown as Pick<
        Known,
        'link' | 'clock' | 'history'
      >;
      const now = ports.time.now();
      const identity = await facts();
      const { robot, counts, ...parts } = status();
      const connection = connectionReport({ link, clock, history, identity, now });
      // What a person asks first stands on the first screen.
      return { robot, ...connection, ...parts, counts };
    },
    settle,
    async [Symbol.asyncDispose]() {
      dispose();
      settle();
    },
  };
}

/** What the board says of itself; a board that does not answer is no reason not to start. */
export async function boardEvidence(
  { system, boot }: Pick<Board, 'system' | 'boot'>,
  signal: AbortSignal,
): Promise<BoardEvidence> {
  const orNull = <T>(asked: Promise<T>): Promise<T | null> => asked.catch(() => null);
  const [info, state] = await Promise.all([
    orNull(system.info(signal)),
    orNull(boot.state(signal)),
  ]);
  return { system: info, boot: state };
}
