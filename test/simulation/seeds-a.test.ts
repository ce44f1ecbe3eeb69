import { it } from 'vitest';
import { playSeeds } from './seeds.ts';

// In two files, so that two cores share them. A busy machine may take several times as long as a quiet one.
it('the invariants hold in the seeds from 1 to 150', () => playSeeds(1, 150), 300_000);
