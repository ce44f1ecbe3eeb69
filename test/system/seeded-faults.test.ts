import { describe, expect, it } from 'vitest';
import { seededFaults } from '../simulation/seeded-faults.ts';
import { tryFaults } from '../simulation/try-faults.ts';

describe('seeded faults', () => {
  it(`all ${seededFaults.length} are found, each within its seeds`, async () => {
    const results = await tryFaults(seededFaults, {
      ...{ env: {}, jobs: 2, plays: 0, signal: new AbortController().signal },
      progress: { style: 'none', columns: 80, write: () => {} },
    });
    expect(results.map(({ name }) => name)).toEqual(seededFaults.map(({ name }) => name));
    expect(results.filter(({ seed }) => seed === null)).toEqual([]);
  }, 900_000);
});
