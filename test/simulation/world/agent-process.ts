import { type Agent, boardEvidence, createAgent } from '../../../agent/agent.ts';
import { guardBoard } from '../../../agent/board/guard.ts';
import type { AgentConfig } from '../../../agent/config.ts';
import type { Count, CounterName } from '../../../agent/counters.ts';
import type { Event } from '../../../agent/events.ts';
import { Counts } from '../../../agent/io/counts.ts';
import type { Journal } from '../../../agent/kernel/ports.ts';
import type { Ports } from '../../../agent/ports.ts';
import type { RunsFile } from '../../../agent/supervise/crashes.ts';
import { type AgentRun, beginRun } from '../../../agent/supervise/run.ts';
import type { Clock } from '../../../base/clock.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { silentLog } from '../../../base/log.ts';
import type { Agent as Process } from '../../../hal/sim/board/power.ts';
import type { Image } from './images.ts';

/** What one run of the agent needs from the world. */
export interface AgentRunParts {
  readonly nowMs: () => number;
  readonly reach: (point: string) => void;
  /** Whether the medium has free space now. */
  readonly hasRoom: () => boolean;
  readonly ended: (how: string) => void;
  /** The record of the runs of this boot, which decides about safe mode. */
  readonly runsFile: (journal: Journal) => RunsFile;
  readonly clock: Pick<Clock, 'after' | 'monoMs'>;
  /** The agent is about to start. */
  readonly begun: (how: HowRun) => void;
  /** Called with an uncaught error. */
  readonly crashed: (error: unknown, how: HowRun) => void;
}

/** How a run of the agent began. */
export interface HowRun {
  readonly isSafe: boolean;
  /** `null`: the board did not answer. */
  readonly isOnTrial: boolean | null;
}

/**
 * One process of the agent, from its start to its end. A dead process does nothing more: its pending calls never
 * resolve, and its later calls have no effect.
 */
export class AgentProcess implements Process {
  readonly pid = undefined;
  readonly exited: Promise<string>;
  readonly image: Image;
  readonly #parts: AgentRunParts;
  readonly #exit: (how: string) => void;
  #agent: Agent | undefined;
  #run: AgentRun | undefined;
  #how: HowRun = { isSafe: false, isOnTrial: false };
  #isAlive = true;
  #steps = 0;
  #stepsAtMs = 0;

  constructor(image: Image, parts: AgentRunParts) {
    this.image = image;
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.exited = promise;
    this.#exit = resolve;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get agent(): Agent | undefined {
    return this.#agent;
  }

  get isSafe(): boolean {
    return this.#how.isSafe;
  }

  /** Runs the agent as its process does (`agent/main.ts`): the record of the previous runs decides its mode. */
  async run(starting: Promise<Ports>, config: AgentConfig): Promise<void> {
    const { version } = this.image;
    try {
      const ports = await starting;
      const run = await this.#begin(ports);
      const host = { report: () => ({}), exitSafeMode: () => run.exitSafeMode() };
      const build = { version, builtMs: 0 };
      const agent = await createAgent(ports, config, build, { mode: run.mode, host });
      agent.failed.catch((error: unknown) => this.#crash(error));
      if (!this.#isAlive) return await agent[Symbol.asyncDispose]();
      this.#agent = agent;
      run.ready();
    } catch (error) {
      if (!this.#isAlive) return;
      this.#run?.failed(error);
      // The world's store throws where the robot's own keeps values in memory (`agent/io/reduced-store.ts`). No real
      // agent ends this way, so the board must not count it against the slot.
      const isExpected = error instanceof PilotfishError && error.code !== 'machine-crashed';
      if (isExpected) return this.end('exit code 2');
      this.#parts.crashed(error, this.#how);
      this.end('exit code 1');
    }
  }

  async #begin({ board, time, journal }: Ports): Promise<AgentRun> {
    const { runsFile, clock } = this.#parts;
    const { signal } = new AbortController();
    const evidence = await boardEvidence(guardBoard(board, { time, journal }), signal);
    const file = runsFile(journal);
    const run = beginRun({ file, board: evidence, clock: this.#own(clock), log: silentLog });
    this.#run = run;
    this.#how = { isSafe: run.mode.isSafe, isOnTrial: evidence.boot?.onTrial ?? null };
    this.#parts.begun(this.#how);
    void run.over.then(() => {
      if (!this.#isAlive) return;
      run.ended('safe-mode-over');
      this.end('exit code 3');
    });
    return run;
  }

  /** Timers end with the process. */
  #own(clock: AgentRunParts['clock']): AgentRunParts['clock'] {
    return {
      monoMs: () => clock.monoMs(),
      after: (ms, action) => clock.after(ms, this.guarded(action)),
    };
  }

  deliver(event: Event): void {
    this.#agent?.deliver(event);
  }

  /** Ends at once, whether asked or forced. */
  kill(how: 'terminate' | 'force'): void {
    if (how === 'force') return this.end('killed by SIGKILL');
    this.#run?.ended('stopped');
    this.end('exit code 0');
  }

  end(how: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    void this.#agent?.[Symbol.asyncDispose]();
    this.#parts.ended(how);
    this.#exit(how);
  }

  /** An asynchronous step of a live process; an end may be scheduled before or after it. */
  async does<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#isRacing()) this.#crash(new Error(`${what}: thousands of steps in no time`));
    this.reach(`before ${what}`);
    if (!this.#isAlive) return never();
    try {
      const done = await work();
      this.reach(`after ${what}`);
      return this.#isAlive ? done : await never();
    } catch (error) {
      if (!this.#isAlive) return never();
      throw error;
    }
  }

  reach(point: string): void {
    if (this.#isAlive) this.#parts.reach(point);
  }

  /** For steps that are not awaited: throws when the process ends at this point. */
  pass(point: string): void {
    this.reach(point);
    if (!this.#isAlive) throw new Error('this process has ended');
  }

  /** Throws as a full medium does. */
  needsRoom(): void {
    if (!this.#parts.hasRoom()) throw new PilotfishError('ENOSPC', 'no room');
  }

  /** Timers of a dead process do not fire; an error in a timer ends the process. */
  guarded(action: () => void): () => void {
    return () => {
      if (!this.#isAlive) return;
      try {
        action();
      } catch (error) {
        this.#crash(error);
      }
    };
  }

  /** True when promises follow one another without time advancing, which would never end. */
  #isRacing(): boolean {
    const nowMs = this.#parts.nowMs();
    this.#steps = nowMs === this.#stepsAtMs ? this.#steps + 1 : 0;
    this.#stepsAtMs = nowMs;
    return this.#isAlive && this.#steps > stepsMax;
  }

  #crash(error: unknown): void {
    if (!this.#isAlive) return;
    this.#run?.crashed(error);
    this.#parts.crashed(error, this.#how);
    this.end('exit code 1');
  }
}

const stepsMax = 5000;

const never = <T>(): Promise<T> => new Promise(() => {});

/** The agent's journal, which the world reads. */
export function worldJournal(
  note: (level: 'info' | 'warn', text: string, about: object) => void,
  counted: (name: CounterName) => void,
): Journal {
  const counts = new Counts();
  const count: Count = (name, ...label) => {
    counts.count(name, ...label);
    counted(name);
  };
  return {
    note,
    count,
    countRejected: (code) => count('refused', code),
    counts: () => counts.all(),
  };
}
