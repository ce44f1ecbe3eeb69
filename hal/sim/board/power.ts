import { type Clock, delay } from '../../../base/clock.ts';
import { explain } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Fallback } from '../../boot-control.ts';
import type { Boot } from './boot.ts';
import { aborted, watchSilence } from './waits.ts';

/** A running agent, whatever it is made of. */
export interface Agent {
  readonly pid: number | undefined;
  /** Resolves with how it ended, such as `exit code 1`; also when it could not be started. */
  readonly exited: Promise<string>;
  /** Asks it to end, or ends it. */
  kill(how: 'ask' | 'force'): void;
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
  /** Between two rounds of starts in which nothing came up; the first slot is left without one. */
  readonly roundPauseMs?: { readonly min: number; readonly max: number };
  readonly graceMs?: number;
}

/** How an agent ends that is to begin anew, since safe mode is over (docs/firmware-engineer.md). */
const SAFE_MODE_OVER = 'exit code 3';
/** One that ends so sooner than this runs in circles, and is treated as a crash. */
const CIRCLE_MS = 1000;
/** Its program was not given what it needs to run (docs/firmware-engineer.md): the other slot would end so, too. */
const BAD_CONFIGURATION = 'exit code 2';
/** An agent that has run for so long was well: its next crash is the first one again. */
const STEADY_MS = 60_000;

/**
 * The board's power and its supervisor.
 *
 * Theory of operation. One turn of `run` is one boot: the boot loader picks a slot (and has taken an attempt off a trial
 * before it answers), and the agent in it is kept running until a reboot is asked for. An agent that ends by itself or shows no
 * sign of life has failed. On a trial slot the board boots again, until the attempts are used up and the boot loader falls
 * back. On a confirmed slot it is started again, with growing pauses; at once when its safe mode is over, which is no
 * failure. Safe mode is the first remedy there: the slot is left only after `failedStartsMax` starts in a row of which
 * none was well, which means to show signs of life for a minute. What ended for another reason (power, a reboot, a bad
 * configuration) says nothing against the slot. Two slots that both fail take turns, with pauses that grow to an hour; a
 * board of which no slot may boot looks again after such pauses, since an image may be written anew.
 */
export class Power {
  readonly #options: Required<PowerOptions>;
  #bootId: string;
  #restart = new AbortController();
  #agent: Agent | undefined;
  #starts = 0;
  #kickedMs = 0;
  /** What is running, and since when; nothing is known of its health yet. */
  #unproven: { readonly slot: string; readonly startedMs: number } | undefined;
  /** Rounds of starts in a row in which nothing came up. */
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

  /** How often an agent was started since the power came. */
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
    // Cannot reject but by a bug, which is to end the board.
    void this.#options.boot.succeeded(running.slot);
  }

  /** Ends the agent and boots again; asking twice is asking once. */
  reboot(reason: string): void {
    if (!this.#restart.signal.aborted) this.#options.log.info({ reason }, 'reboot');
    this.#restart.abort();
  }

  /** Runs the board until `signal`; then the agent has ended. `onBooted` is told each boot's slot before its agent starts. */
  async run(signal: AbortSignal, onBooted: (slot: string | undefined) => void): Promise<void> {
    const { boot, log, newBootId } = this.#options;
    for (let first = true; !signal.aborted; first = false) {
      const slot = await boot.load();
      if (!first) this.#bootId = newBootId();
      this.#restart = new AbortController();
      const bootId = this.#bootId;
      if (slot !== undefined) log.info({ bootId, slot }, 'booted');
      else log.warn({ bootId, slot: null }, 'no slot may boot: the body lives without an agent');
      onBooted(slot);
      const end = AbortSignal.any([signal, this.#restart.signal]);
      const how = slot === undefined ? 'nothing-boots' : await this.#keepRunning(slot, end);
      if (how !== undefined) await this.#pauseRound(how, end);
    }
  }

  /** Ends when the board is to boot again; `left`: because nothing came up in a confirmed slot. */
  async #keepRunning(slot: string, end: AbortSignal): Promise<'left' | undefined> {
    const { boot, clock, log } = this.#options;
    for (let crashes = 0; !end.aborted; ) {
      const startedMs = clock.monoMs();
      const failure = await this.#runAgent(slot, end);
      if (failure === undefined) return undefined;
      const ranMs = clock.monoMs() - startedMs;
      const isOnTrial = boot.state.onTrial;
      if (failure.detail === SAFE_MODE_OVER && !isOnTrial && ranMs >= CIRCLE_MS) {
        log.info({ slot }, `the agent begins anew: safe mode is over (${failure.detail})`);
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

  /** A round has brought nothing up. The first slot that is left has a neighbour, which is not made to wait. */
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
        aborted(end, over.signal).then(() => ASKED),
      ]);
      if (first === ASKED) return await this.#endAgent(agent, over.signal);
      if (first !== HUNG) return { reason: 'crashed', detail: String(first) };
      agent.kill('force');
      await agent.exited;
      return { reason: 'hung', detail: `no sign of life for ${watchdogS} s` };
    } catch (error) {
      return { reason: 'crashed', detail: `cannot be started: ${explain(error)}` };
    } finally {
      this.#agent = undefined;
      over.abort();
    }
  }

  async #endAgent(agent: Agent, over: AbortSignal): Promise<undefined> {
    const { clock, graceMs, log } = this.#options;
    agent.kill('ask');
    const late = delay(clock, graceMs, over).then(
      () => true,
      () => false,
    );
    if (await Promise.race([agent.exited.then(() => false), late])) {
      log.warn({ agentPid: agent.pid ?? null }, 'the agent did not end when asked to');
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
const ASKED = Symbol('asked');
