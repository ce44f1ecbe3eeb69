import { type Clock, delay } from '../../../base/clock.ts';
import { explain } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Fallback } from '../../boot-control.ts';
import type { Boot } from './boot.ts';
import { untilAborted, watchSilence } from './waits.ts';

/** A running agent, whatever it consists of. */
export interface Agent {
  readonly pid: number | undefined;
  /** Resolves with how it ended, such as `exit code 1`; also when it could not be started. */
  readonly exited: Promise<string>;
  /** Asks it to end, or ends it. */
  kill(how: 'terminate' | 'force'): void;
}

export interface PowerOptions {
  readonly boot: Boot;
  /** Starts the agent in a slot. */
  readonly start: (slot: string) => Agent;
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly newBootId: () => string;
  readonly watchdogS: number;
  readonly log: Log;
  readonly restartPauseMs?: { readonly min: number; readonly max: number };
  /** The delay between two rounds of starts in which none succeeded; there is none after the first slot. */
  readonly roundPauseMs?: { readonly min: number; readonly max: number };
  readonly graceMs?: number;
}

/** The exit code of an agent that must be restarted, since safe mode is over (docs/firmware-engineer.md). */
const SAFE_MODE_OVER = 'exit code 3';
/** An agent that ends this way sooner than this is in a restart loop, and counts as crashed. */
const CIRCLE_MS = 1000;
/**
 * Its program did not get the configuration that it needs (docs/firmware-engineer.md): the other slot would end the
 * same way.
 */
const BAD_CONFIGURATION = 'exit code 2';
/** An agent that has run for this long was healthy: its next crash counts as the first one. */
const STEADY_MS = 60_000;

/**
 * The board's power and its supervisor.
 *
 * Theory of operation. One turn of `run` is one boot: the boot loader picks a slot (having already deducted an attempt
 * from a trial), and the agent in it is kept running until a reboot is requested. An agent that ends by itself or stops
 * its keep-alive has failed. On a trial slot the board boots again, until the attempts are used up and the boot loader
 * falls back. On a confirmed slot the agent is restarted with growing backoff; at once when its safe mode is over,
 * which is no failure. Safe mode is the first remedy there: the board leaves the slot only after `failedStartsMax`
 * unhealthy starts in a row. A healthy start keeps up its keep-alive for a minute. An end for another reason (power, a
 * reboot, a bad configuration) does not count against the slot. Two slots that both fail take turns, with delays that
 * grow to an hour. A board with no bootable slot retries after such delays, because an image may be written again.
 */
export class Power {
  readonly #options: Required<PowerOptions>;
  #bootId: string;
  #restart = new AbortController();
  #agent: Agent | undefined;
  #starts = 0;
  #kickedMs = 0;
  /** The running slot and its start time, until its agent is known to be healthy. */
  #unproven: { readonly slot: string; readonly startedMs: number } | undefined;
  /** Consecutive rounds of starts in which none succeeded. */
  #rounds = 0;

  constructor(options: PowerOptions) {
    this.#options = {
      restartPauseMs: { min: 500, max: 30_000 },
      roundPauseMs: { min: 5000, max: 3_600_000 },
      graceMs: 5000,
      ...options,
    };
    this.#bootId = options.newBootId();
  }

  get bootId(): string {
    return this.#bootId;
  }

  /** The running agent. */
  get agent(): Agent | undefined {
    return this.#agent;
  }

  /** The number of agent starts since power-on. */
  get starts(): number {
    return this.#starts;
  }

  /** The agent is alive. */
  kick(): void {
    this.#kickedMs = this.#options.clock.monoMs();
    const running = this.#unproven;
    if (running === undefined || this.#kickedMs - running.startedMs < STEADY_MS) return;
    this.#unproven = undefined;
    this.#rounds = 0;
    // Rejects only because of a bug, which must end the board.
    void this.#options.boot.succeeded(running.slot);
  }

  /** Ends the agent and boots again; a second request has no effect. */
  reboot(reason: string): void {
    if (!this.#restart.signal.aborted) this.#options.log.info({ reason }, 'reboot');
    this.#restart.abort();
  }

  /**
   * Runs the board until `signal`; then the agent has ended. `onBooted` is called with each boot's slot before its
   * agent starts.
   */
  async run(signal: AbortSignal, onBooted: (slot: string | undefined) => void): Promise<void> {
    const { boot, log, newBootId } = this.#options;
    for (let first = true; !signal.aborted; first = false) {
      const slot = await boot.load();
      if (!first) this.#bootId = newBootId();
      this.#restart = new AbortController();
      const bootId = this.#bootId;
      if (slot !== undefined) log.info({ bootId, slot }, 'booted');
      else log.warn({ bootId, slot: null }, 'no slot may boot: the body runs without an agent');
      onBooted(slot);
      const end = AbortSignal.any([signal, this.#restart.signal]);
      const how = slot === undefined ? 'nothing-boots' : await this.#keepRunning(slot, end);
      if (how !== undefined) await this.#pauseRound(how, end);
    }
  }

  /** Ends when the board must boot again; `left`: because no start succeeded in a confirmed slot. */
  async #keepRunning(slot: string, end: AbortSignal): Promise<'left' | undefined> {
    const { boot, clock, log } = this.#options;
    for (let crashes = 0; !end.aborted; ) {
      const startedMs = clock.monoMs();
      const failure = await this.#runAgent(slot, end);
      if (failure === undefined) return undefined;
      const ranMs = clock.monoMs() - startedMs;
      const isOnTrial = boot.state.onTrial;
      if (failure.detail === SAFE_MODE_OVER && !isOnTrial && ranMs >= CIRCLE_MS) {
        log.info({ slot }, `the agent is started again: safe mode is over (${failure.detail})`);
        crashes = 0;
        continue;
      }
      log.warn({ slot, code: failure.reason }, `the agent has failed: ${failure.detail}`);
      const isUnwell = this.#unproven !== undefined && failure.detail !== BAD_CONFIGURATION;
      this.#unproven = undefined;
      if ((isOnTrial || isUnwell) && (await boot.failed({ slot, ...failure }))) {
        return isOnTrial ? undefined : 'left';
      }
      crashes = ranMs > STEADY_MS ? 1 : crashes + 1;
      const pauseMs = this.#pauseMs(this.#options.restartPauseMs, crashes);
      await delay(clock, pauseMs, end).catch(() => {});
    }
    return undefined;
  }

  /** No start of a round succeeded. After the first slot the other one is tried without delay. */
  async #pauseRound(how: 'nothing-boots' | 'left', end: AbortSignal): Promise<void> {
    const { clock, roundPauseMs, log } = this.#options;
    const count = how === 'left' ? this.#rounds : this.#rounds + 1;
    this.#rounds += 1;
    if (count === 0) return;
    const pauseMs = this.#pauseMs(roundPauseMs, count);
    const about = { code: 'no-slot-starts', pauseS: Math.round(pauseMs / 1000) };
    log.warn(about, 'the board waits before it boots again');
    await delay(clock, pauseMs, end).catch(() => {});
  }

  /** Runs the agent once; undefined when it was ended on request. */
  async #runAgent(slot: string, end: AbortSignal): Promise<Omit<Fallback, 'slot'> | undefined> {
    const { start, clock, watchdogS, log } = this.#options;
    const over = new AbortController();
    this.kick();
    this.#unproven = { slot, startedMs: this.#kickedMs };
    try {
      const agent = start(slot);
      this.#agent = agent;
      this.#starts += 1;
      log.info({ slot, agentPid: agent.pid ?? null }, 'agent started');
      const lastMs = () => this.#kickedMs;
      const first = await Promise.race([
        agent.exited,
        watchSilence({ clock, limitMs: watchdogS * 1000, lastMs }, over.signal).then(() => HUNG),
        untilAborted(end, over.signal).then(() => STOPPED),
      ]);
      if (first === STOPPED) return await this.#endAgent(agent, over.signal);
      if (first !== HUNG) return { reason: 'crashed', detail: String(first) };
      agent.kill('force');
      await agent.exited;
      return { reason: 'hung', detail: `no watchdog kick for ${watchdogS} s` };
    } catch (error) {
      return { reason: 'crashed', detail: `cannot be started: ${explain(error)}` };
    } finally {
      this.#agent = undefined;
      over.abort();
    }
  }

  async #endAgent(agent: Agent, over: AbortSignal): Promise<undefined> {
    const { clock, graceMs, log } = this.#options;
    agent.kill('terminate');
    const late = delay(clock, graceMs, over).then(
      () => true,
      () => false,
    );
    if (await Promise.race([agent.exited.then(() => false), late])) {
      log.warn({ agentPid: agent.pid ?? null }, 'the agent did not end on SIGTERM');
      agent.kill('force');
    }
    await agent.exited;
  }

  #pauseMs({ min, max }: { readonly min: number; readonly max: number }, count: number): number {
    const grown = Math.min(max, min * 2 ** Math.min(count - 1, 30));
    return grown * (0.75 + this.#options.random() / 2);
  }
}

const HUNG = Symbol('hung');
const STOPPED = Symbol('stopped');
