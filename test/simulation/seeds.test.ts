import { it } from 'vitest';
import { playSeeds } from './seeds.ts';

// More of them play in `test/system/seeds.test.ts`. A busy machine may take several times as long as a quiet one.
it('the invariants hold in the seeds from 1 to 100', () => playSeeds(1, 100), 300_000);
