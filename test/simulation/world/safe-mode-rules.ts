import { MachineCrashed } from '../../../agent/kernel/machine-crashed.ts';
import { crashesMax, crashWindowMs } from '../../../agent/supervise/crashes.ts';
import type { HowRun } from './agent-process.ts';
import type { World } from './world.ts';

/** What must hold for an agent that crashes: it ends in safe mode, stays connected there, and recovers. */
export class SafeModeRules {
  safeModes = 0;
  /** When it crashed in this boot, since its last run in safe mode. */
  #crashesMs: number[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Another boot of the board, which counts anew. */
  booted(): void {
    this.#crashesMs = [];
  }

  /** True for a crash that was to be expected. */
  crashed(error: unknown, { isSafe, isOnTrial }: HowRun): boolean {
    const { rules, disk } = this.#world;
    const machine = error instanceof MachineCrashed ? error.machine : '';
    if (machine !== 'missions' && machine !== 'commands') return false;
    if (!disk.isPoisoned(machine)) return false;
    this.#world.saw('crashes');
    if (isSafe) rules.broken('safe', `${machine} crashed in safe mode`);
    // A slot on trial has no safe mode: the board falls back.
    const nowMs = this.#world.clock.nowMs;
    this.#crashesMs = isOnTrial || isSafe ? [] : [...this.#crashesMs, nowMs];
    // A board that does not answer delays a crash, and crashes that are far apart are no loop.
    const { length } = this.#crashesMs.filter((atMs) => nowMs - atMs < crashWindowMs);
    // An unknown slot may be on trial: only the next start at which the board answers enters safe mode.
    if (length > crashesMax && isOnTrial !== null) {
      rules.broken('safe', `${machine} crashed ${length} times, and there is no safe mode`);
    }
    return true;
  }

  begun({ isSafe }: HowRun): void {
    if (!isSafe) return;
    this.#crashesMs = [];
    this.safeModes++;
    this.#world.saw('safe modes');
  }

  /** After the quiet period all machines run, and what made one crash is out of the way. */
  checkFinalInvariants(): void {
    const { rules, disk, agentProcess } = this.#world;
    if (agentProcess?.isSafe) rules.broken('safe', 'the agent is still in safe mode');
    for (const machine of ['missions', 'commands'] as const) {
      if (disk.isPoisoned(machine)) rules.broken('safe', `${machine} still has what it crashes at`);
    }
  }
}
