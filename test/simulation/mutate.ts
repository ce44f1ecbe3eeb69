import { textTable } from '../../tools/bench/table.ts';
import type { Mutant } from './plant.ts';
import { createPlayer } from './players.ts';
import { createProgress } from './progress.ts';
import type { RunOptions } from './runs.ts';

export interface MutantResult {
  readonly name: string;
  /** The seed that found it; `null`: it survived, or nobody waited for the end. */
  readonly seed: number | null;
  readonly invariant: string;
  readonly detail: string;
  readonly seedsMax: number;
  readonly wallMs: number;
}

/** A planted bug may keep the world from ending; nobody waits long for that. */
const hangMs = 30_000;

/** Plants each mutant in a process of its own and plays seeds until one is violated. */
export async function tryMutants(
  mutants: readonly Mutant[],
  { env, jobs, progress, signal }: RunOptions,
): Promise<MutantResult[]> {
  const line = createProgress(progress);
  const results = new Map<string, MutantResult>();
  const waiting = [...mutants];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (signal.aborted) return;
      results.set(next.name, await tryOne(next, env, signal));
      line.show(results.size / mutants.length, `${results.size} mutants tried`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  line.end();
  return mutants.flatMap(({ name }) => results.get(name) ?? []);
}

async function tryOne(
  { name, seedsMax }: Mutant,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<MutantResult> {
  using player = createPlayer({ env, mutant: name, hangMs });
  const startMs = performance.now();
  const result = (seed: number | null, invariant: string, detail: string): MutantResult => {
    return { name, seed, invariant, detail, seedsMax, wallMs: performance.now() - startMs };
  };
  for (let seed = 1; seed <= seedsMax && !signal.aborted; seed++) {
    const [found] = (await player.play({ seed })).violations;
    if (found !== undefined) return result(seed, found.invariant, found.detail);
  }
  return result(null, '', '');
}

export const mutantsJson = (results: readonly MutantResult[]): string =>
  JSON.stringify({ mutants: results, survived: survivors(results) });

/** The table for people, and what a survivor means. */
export function mutantsText(results: readonly MutantResult[]): string {
  const rows = results.map(({ name, seed, invariant, seedsMax, wallMs }) => {
    return [name, seed ?? 'none', seedsMax, invariant || '-', (wallMs / 1000).toFixed(1)];
  });
  const survived = survivors(results);
  return [
    textTable(['mutant', 'found by seed', 'allowed', 'invariant', 'seconds'], rows),
    '',
    survived.length === 0
      ? `all ${results.length} mutants were found`
      : `not found within their seeds: ${survived.join(', ')}`,
  ].join('\n');
}

const survivors = (results: readonly MutantResult[]): string[] =>
  results.filter(({ seed }) => seed === null).map(({ name }) => name);
