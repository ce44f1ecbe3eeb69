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
  readonly graceMs?: number;
}

/** How an agent ends that is to begin anew, since safe mode is over (docs/firmware-engineer.md). */
const SAFE_MODE_OVER = 'exit code 3';
/** One that ends so sooner than this runs in circles, and is treated as a crash. */
const CIRCLE_MS = 1000;
/** An agent that has run for so long was well: its next crash is the first one again. */
const STEADY_MS = 60_000;

/**
 * The board's power and its supervisor.
 *
 * Theory of operation. One turn of `run` is one boot: the boot loader picks a slot (and has taken an attempt off a trial
 * before it answers), and the agent in it is kept running until a reboot is asked for. An agent that ends by itself or shows no
 * sign of life has failed. On a confirmed slot it is started again, with growing pauses, for ever: there is nothing better to
 * boot; at once when its safe mode is over, which is no failure. On a trial slot the board boots again, until the attempts
 * are used up and the boot loader falls back.
 */
export class Power {
  readonly #options: Required<PowerOptions>;
  #bootId: string;
  #restart = new AbortController();
  #agent: Agent | undefined;
  #starts = 0;
  #kickedMs = 0;

  constructor(options: PowerOptions) {
    this.#options = { restartPauseMs: { min: 500, max: 30_000 }, graceMs: 5000, ...options };
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
      if (slot === undefined) await aborted(end);
      else await this.#keepRunning(slot, end);
    }
  }

  async #keepRunning(slot: string, end: AbortSignal): Promise<void> {
    const { boot, clock, log } = this.#options;
    for (let crashes = 0; !end.aborted; ) {
      const startedMs = clock.monoMs();
      const failure = await this.#runAgent(slot, end);
      if (failure === undefined) return;
      const ranMs = clock.monoMs() - startedMs;
      const isOnTrial = boot.state.onTrial;
      if (failure.detail === SAFE_MODE_OVER && !isOnTrial && ranMs >= CIRCLE_MS) {
        log.info({ slot }, `the agent begins anew: safe mode is over (${failure.detail})`);
        crashes = 0;
        continue;
      }
      log.warn({ slot, code: failure.reason }, `the agent has failed: ${failure.detail}`);
      if (await boot.trialFailed({ slot, ...failure })) return;
      crashes = ranMs > STEADY_MS ? 1 : crashes + 1;
      await delay(clock, this.#pauseMs(crashes), end).catch(() => {});
    }
  }

  /** Runs the agent once; undefined when it was ended on request. */
  async #runAgent(slot: string, end: AbortSignal): Promise<Omit<Fallback, 'slot'> | undefined> {
    const { start, clock, watchdogS, log } = this.#options;
    const over = new AbortController();
    this.kick();
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

  #pauseMs(crashes: number): number {
    const { restartPauseMs, random } = this.#options;
    const grown = Math.min(restartPauseMs.max, restartPauseMs.min * 2 ** Math.min(crashes - 1, 30));
    return grown * (0.75 + random() / 2);
  }
}

const HUNG = Symbol('hung');
const ASKED = Symbol('asked');
