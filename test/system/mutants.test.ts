import { describe, expect, it } from 'vitest';
import { mutants } from '../simulation/mutants.ts';
import { tryMutants } from '../simulation/mutate.ts';

describe('planted bugs', () => {
  it(`${mutants.length} mutants: each is found within its seeds`, async () => {
    const results = await tryMutants(mutants, {
      ...{ env: {}, jobs: 2, plays: 0, signal: new AbortController().signal },
      progress: { style: 'none', columns: 80, write: () => {} },
    });
    expect(results.map(({ name }) => name)).toEqual(mutants.map(({ name }) => name));
    expect(results.filter(({ seed }) => seed === null)).toEqual([]);
  }, 900_000);
});
