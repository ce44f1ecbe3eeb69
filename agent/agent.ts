import { codeOf } from '../base/errors.ts';
import { commandsMachine } from './commands/machine.ts';
import type { AgentConfig } from './config.ts';
import { type Effect, keyOf } from './effects.ts';
import type { BoardEvidence, Event } from './events.ts';
import { type Context, execute, type OutsideEffect } from './executor.ts';
import { cloudTimeMachine } from './link/cloud-time.ts';
import { linkMachine } from './link/machine.ts';
import type { Json, Machine, Moment } from './machine.ts';
import { mapsMachine } from './maps/machine.ts';
import { missionsMachine } from './missions/machine.ts';
import type { Ports } from './ports.ts';
import { nextBoot, restoreStates } from './restore.ts';
import { shadowMachine } from './shadow/machine.ts';
import { type States, takeTurn } from './turn.ts';
import { updatesMachine } from './updates/machine.ts';

/** The agent as its process sees it. */
export interface Agent extends AsyncDisposable {
  /** What `pilotfish status` shows. */
  status(): Json;
  /** Hands in an event from outside. */
  deliver(event: Event): void;
}

const inboxMax = 1024;

/** In the order in which they hear an event: time before those who act on it, reports before what hangs on them. */
export function machinesOf(config: AgentConfig): readonly Machine[] {
  return [
    linkMachine(config.link),
    cloudTimeMachine,
    missionsMachine(config.missions),
    mapsMachine(config.maps),
    commandsMachine(config.commands),
    shadowMachine(config.shadow),
    updatesMachine(config.updates),
  ] as readonly Machine[];
}

/**
 * The loop. One event at a time: a turn is computed, its writes are committed, then its effects are started and not
 * awaited; what becomes of them comes back as events. A long effect has a key: a newer one with the same key aborts it,
 * and what the older still says is stale and dropped. An event that came in while a turn ran waits in a bounded inbox.
 *
 * A turn that cannot be stored did not happen: its event is dropped and counted, nothing of it is acted upon, and a
 * look at the body some seconds later makes good what was missed.
 */
export async function createAgent(
  ports: Ports,
  config: AgentConfig,
  build: { version: string },
): Promise<Agent> {
  const loaded = ports.store.load();
  const boot = nextBoot(ports.store, loaded);
  const moment = (): Moment => ({
    now: { ...ports.time.now(), boot },
    draw: ports.entropy.draw(),
    nonce: ports.entropy.nonce(),
  });
  const machines = machinesOf(config);
  let states: States = restoreStates(machines, loaded, moment(), ports.journal);
  const inbox: Event[] = [];
  const timers = new Map<string, () => void>();
  const running = new Map<string, AbortController>();
  const stop = new AbortController();
  let busy = false;

  const deliver = (event: Event): void => {
    if (stop.signal.aborted) return;
    if (inbox.length >= inboxMax) return ports.journal.count('inbox-full');
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
    const taken = takeTurn(machines, states, event, moment());
    try {
      if (taken.writes.length > 0) ports.store.commit(taken.writes);
    } catch (error) {
      ports.journal.count(`turn-not-stored/${codeOf(error)}`);
      return setTimer('agent/look-again', 5000);
    }
    states = taken.states;
    for (const effect of taken.effects) start(effect);
  };

  const setTimer = (key: string, ms: number): void => {
    timers.get(key)?.();
    const cancel = ports.time.after(ms, () => {
      if (timers.get(key) !== cancel) return ports.journal.count('stale-timer');
      timers.delete(key);
      deliver(key === 'agent/look-again' ? { type: 'body/changed' } : { type: 'timer', key });
    });
    timers.set(key, cancel);
  };

  const start = (effect: Effect): void => {
    switch (effect.type) {
      case 'timer/set':
        return setTimer(effect.key, effect.ms);
      case 'timer/clear':
        timers.get(effect.key)?.();
        timers.delete(effect.key);
        return;
      case 'cancel':
        return running.get(effect.key)?.abort();
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
    const tell = (event: Event) =>
      current() ? deliver(event) : ports.journal.count('stale-outcome');
    const signal = AbortSignal.any([controller.signal, stop.signal]);
    const trialAttempts = config.updates.trialAttempts;
    const context: Context = { robot: config.robot, ports, signal, trialAttempts, tell };
    const outcome = execute(effect, context);
    if (outcome === undefined) return;
    outcome.then(
      (event) => {
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

  const unsubscribe = ports.board.body.onChanged(() => deliver({ type: 'body/changed' }));
  const board = await evidence(ports, stop);
  const kickMs = ((board.system?.watchdogS ?? 30) * 1000) / 4;
  const kick = (): void => {
    if (stop.signal.aborted) return;
    ports.board.system.kick(stop.signal).catch(() => ports.journal.count('kick-failed'));
    timers.set('agent/kick', ports.time.after(kickMs, kick));
  };
  kick();
  deliver({ type: 'agent/started', version: build.version, board });

  return {
    deliver,
    status: () => ({
      robot: config.robot,
      version: build.version,
      boot,
      counts: ports.journal.counts(),
      ...Object.fromEntries(
        machines.map((machine) => [machine.name, machine.view(states[machine.name] as never)]),
      ),
    }),
    async [Symbol.asyncDispose]() {
      unsubscribe();
      stop.abort();
      for (const cancel of timers.values()) cancel();
    },
  };
}

/** What the board says of itself; a board that does not answer is no reason not to start. */
async function evidence(ports: Ports, { signal }: AbortController): Promise<BoardEvidence> {
  const orNull = <T>(asked: Promise<T>): Promise<T | null> => asked.catch(() => null);
  const [system, boot] = await Promise.all([
    orNull(ports.board.system.info(signal)),
    orNull(ports.board.boot.state(signal)),
  ]);
  return { system, boot };
}
