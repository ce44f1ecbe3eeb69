import { type Cut, cutScenario } from './cut.ts';
import { findLeast, type LeastFailure } from './least.ts';
import { createPlayer, type Player, type PlayerOptions } from './players.ts';
import { createProgress, type ProgressOptions } from './progress.ts';
import { failuresText, tallyText } from './report.ts';
import { count, newTally, rates, type Tally } from './tally.ts';
import type { Played, Task } from './task.ts';
import { drawScenario } from './world/scenario.ts';

export interface RunOptions extends PlayerOptions {
  readonly jobs: number;
  /** How often one failure may be run again to reduce it. */
  readonly plays: number;
  readonly progress: ProgressOptions;
  readonly signal: AbortSignal;
}

/** The report at the end of a run. */
export interface RunResult {
  readonly isClean: boolean;
  readonly text: string;
  readonly json: string;
}

/** Of several failures only the first ones are reduced; the others mostly have the same cause. */
const shrunkMax = 2;
const shrinkMsMax = 120_000;

/** Runs one seed, or a part of it. A trace is printed as it happens. */
export async function playOne(
  { seed, cut }: { seed: number; cut: Cut },
  trace: Task['trace'],
  options: RunOptions,
): Promise<RunResult> {
  const scenario = cutScenario(drawScenario(seed), cut);
  using player = createPlayer(options);
  const tally = newTally();
  const played = await player.play({ scenario, trace });
  if (!options.signal.aborted) count(tally, seed, played);
  const isWhole = cut.only === undefined && cut.days === undefined;
  const plays = isWhole && trace === undefined ? options.plays : 0;
  const failures = await leastOf(tally, player, { ...options, plays });
  return resultOf({ tally, failures, wallMs: played.wallMs, range: `seed ${seed}`, wanted: 1 });
}

/** Runs `seeds` seeds in several processes at once; each process takes the next seed when its last one is done. */
export async function playMany(
  { from, seeds }: { from: number; seeds: number },
  options: RunOptions,
): Promise<RunResult> {
  await using stack = new AsyncDisposableStack();
  const players = Array.from({ length: Math.min(options.jobs, seeds) }, () =>
    stack.use(createPlayer(options)),
  );
  const progress = createProgress(options.progress);
  const tally = newTally();
  const startMs = performance.now();
  let next = from;
  const work = async (player: Player) => {
    while (next < from + seeds && !options.signal.aborted) {
      const seed = next++;
      const played: Played = await player.play({ seed });
      if (options.signal.aborted) return;
      count(tally, seed, played);
      const { seedsPerSecond } = rates(tally, performance.now() - startMs);
      const failed = tally.failures.map((failure) => failure.seed).join(' ');
      progress.show(
        tally.seeds / seeds,
        `${tally.seeds} seeds, ${seedsPerSecond}/s${failed && `, failed: ${failed}`}`,
      );
    }
  };
  await Promise.all(players.map(work));
  const wallMs = performance.now() - startMs;
  progress.end();
  const failures = await leastOf(tally, players[0] as Player, options);
  const range = `${from} to ${from + seeds - 1}`;
  return resultOf({ tally, failures, wallMs, range, wanted: seeds });
}

async function leastOf(
  tally: Tally,
  player: Player,
  { plays, seededFault, signal, progress }: RunOptions,
): Promise<LeastFailure[]> {
  const failures = tally.failures.toSorted((a, b) => a.seed - b.seed);
  const found: LeastFailure[] = [];
  const line = createProgress(progress);
  for (const [at, failure] of failures.entries()) {
    const endMs = performance.now() + shrinkMsMax;
    let played = 0;
    const least = await findLeast(failure, player, {
      plays: at < shrunkMax ? plays : 0,
      seededFault,
      isOver: () => signal.aborted || performance.now() > endMs,
      onPlay: (actions) =>
        line.show(++played / plays, `seed ${failure.seed} reduced: ${actions} actions`),
    });
    line.end();
    found.push(least);
  }
  return found;
}

/** A run that was stopped does not count as clean: it has not shown what it was run for. */
function resultOf(end: {
  readonly tally: Tally;
  readonly failures: readonly LeastFailure[];
  readonly wallMs: number;
  readonly range: string;
  readonly wanted: number;
}): RunResult {
  const { tally, failures, wallMs } = end;
  const { seeds, failed, seen, faults } = tally;
  const isWhole = seeds === end.wanted;
  const range = isWhole ? end.range : `${end.range}, stopped early`;
  const json = { seeds, range, ...rates(tally, wallMs), failed, seen, faults, failures };
  return {
    isClean: failed === 0 && isWhole,
    text: [tallyText(tally, wallMs, range), failuresText(failures)].join('\n\n').trimEnd(),
    json: JSON.stringify(json),
  };
}
