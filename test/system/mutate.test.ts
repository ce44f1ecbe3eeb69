import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutants } from '../simulation/mutants.ts';
import { mutantsJson, tryMutants } from '../simulation/mutate.ts';
import type { Mutant } from '../simulation/planting.ts';

const root = join(import.meta.dirname, '..', '..');
const [first] = mutants as [Mutant];
const lines: string[] = [];
const options = {
  program: join(root, 'test/support/simulation-player.ts'),
  // The loader wants a mutant that there is; nothing of it is loaded here.
  env: { PRETENDED_MUTANT: first.name },
  hangMs: 1000,
  jobs: 1,
  plays: 0,
  progress: { style: 'plain', columns: 80, write: (line: string) => void lines.push(line) },
  signal: new AbortController().signal,
} as const;

describe('a mutant', () => {
  it('survives when only such seeds fail as fail without it', async () => {
    // Seeds 2, 3 and 4 crash, hang and end every player.
    const [result] = await tryMutants([{ ...first, seedsMax: 4 }], options);
    expect(result).toMatchObject({ name: first.name, seed: null, seedsMax: 4 });
    expect(JSON.parse(mutantsJson(result ? [result] : []))).toMatchObject({
      survived: [first.name],
    });
    expect(lines.join('')).toBe('100 %  1 of 1 mutants tried\n');
  });

  it('is found by the first seed that fails with it alone', async () => {
    const [result] = await tryMutants([{ ...first, seedsMax: 9 }], options);
    expect(result).toMatchObject({ seed: 5, invariant: '1', detail: 'found' });
  });
});
