import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SeededFault } from '../simulation/seams.ts';
import { seededFaults } from '../simulation/seeded-faults.ts';
import { faultsJson, tryFaults } from '../simulation/try-faults.ts';

const root = join(import.meta.dirname, '..', '..');
const [first] = seededFaults as [SeededFault];
const lines: string[] = [];
const options = {
  program: join(root, 'test/support/simulation-player.ts'),
  // The loader needs a seeded fault that exists; nothing of it is loaded here.
  env: { PRETENDED_FAULT: first.name },
  hangMs: 1000,
  jobs: 1,
  plays: 0,
  progress: { style: 'plain', columns: 80, write: (line: string) => void lines.push(line) },
  signal: new AbortController().signal,
} as const;

describe('a seededFault', () => {
  it('survives when only such seeds fail as fail without it', async () => {
    // Seeds 2, 3 and 4 crash, hang and end every player.
    const [result] = await tryFaults([{ ...first, seedsMax: 4 }], options);
    expect(result).toMatchObject({ name: first.name, seed: null, seedsMax: 4 });
    expect(JSON.parse(faultsJson(result ? [result] : []))).toMatchObject({
      survived: [first.name],
    });
    expect(lines.join('')).toBe('100 %  1 of 1 seeded faults tried\n');
  });

  it('is found by the first seed that fails with it alone', async () => {
    const [result] = await tryFaults([{ ...first, seedsMax: 9 }], options);
    expect(result).toMatchObject({ seed: 5, invariant: '1', detail: 'found' });
  });
});
