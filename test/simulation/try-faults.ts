import { textTable } from '../../tools/bench/table.ts';
import { createPlayer, type Player, type PlayerOptions } from './players.ts';
import { createProgress } from './progress.ts';
import type { RunOptions } from './runs.ts';
import type { SeededFault } from './seams.ts';
import type { Violation } from './world/play.ts';

export interface FaultResult {
  readonly name: string;
  /** The seed that found it; `null`: no seed found it, or the run was stopped. */
  readonly seed: number | null;
  readonly invariant: string;
  readonly detail: string;
  readonly seedsMax: number;
  readonly wallMs: number;
}

/** A seeded fault may keep the world from ending, so the limit is short. */
const hangMs = 15_000;

/**
 * Seeds each fault in a process of its own and runs seeds until one reports a violation. A seed that fails without the
 * fault too proves nothing and does not count.
 */
export async function tryFaults(
  seededFaults: readonly SeededFault[],
  options: RunOptions,
): Promise<FaultResult[]> {
  const { jobs, signal } = options;
  const player: PlayerOptions = {
    ...{ env: options.env, signal },
    hangMs: options.hangMs ?? hangMs,
    ...(options.program === undefined ? {} : { program: options.program }),
  };
  const line = createProgress(options.progress);
  const results = new Map<string, FaultResult>();
  const waiting = [...seededFaults];
  const isClean = new Map<number, Promise<boolean>>();
  const work = async () => {
    using honest = createPlayer(player);
    const isViolatedBy = async (player: Player, seed: number): Promise<Violation | undefined> => {
      const [found] = (await player.play({ seed })).violations;
      if (found === undefined) return undefined;
      const clean = isClean.get(seed) ?? plainIsClean(honest, seed);
      isClean.set(seed, clean);
      return (await clean) ? found : undefined;
    };
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (signal.aborted) return;
      results.set(next.name, await tryOne(next, { player, signal, isViolatedBy }));
      line.show(
        results.size / seededFaults.length,
        `${results.size} of ${seededFaults.length} seeded faults tried`,
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  line.end();
  return seededFaults.flatMap(({ name }) => results.get(name) ?? []);
}

const plainIsClean = async (player: Player, seed: number): Promise<boolean> =>
  (await player.play({ seed })).violations.length === 0;

async function tryOne(
  { name, seedsMax }: SeededFault,
  trial: {
    readonly player: PlayerOptions;
    readonly signal: AbortSignal;
    readonly isViolatedBy: (player: Player, seed: number) => Promise<Violation | undefined>;
  },
): Promise<FaultResult> {
  using player = createPlayer({ ...trial.player, seededFault: name });
  const startMs = performance.now();
  const result = (seed: number | null, invariant: string, detail: string): FaultResult => {
    return { name, seed, invariant, detail, seedsMax, wallMs: performance.now() - startMs };
  };
  for (let seed = 1; seed <= seedsMax && !trial.signal.aborted; seed++) {
    const found = await trial.isViolatedBy(player, seed);
    if (found !== undefined && !trial.signal.aborted)
      return result(seed, found.invariant, found.detail);
  }
  return result(null, '', '');
}

export const faultsJson = (results: readonly FaultResult[]): string =>
  JSON.stringify({ seededFaults: results, survived: survivors(results) });

/** The table for people, with what an undetected fault means. */
export function faultsText(results: readonly FaultResult[]): string {
  const rows = results.map(({ name, seed, invariant, seedsMax, wallMs }) => {
    return [name, seed ?? 'none', seedsMax, invariant || '-', (wallMs / 1000).toFixed(1)];
  });
  const survived = survivors(results);
  return [
    textTable(['seeded fault', 'found by seed', 'allowed', 'invariant', 'seconds'], rows),
    '',
    survived.length === 0
      ? `all ${results.length} seeded faults were found`
      : `not found within their seeds: ${survived.join(', ')}`,
  ].join('\n');
}

const survivors = (results: readonly FaultResult[]): string[] =>
  results.filter(({ seed }) => seed === null).map(({ name }) => name);
