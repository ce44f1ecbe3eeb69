import { it } from 'vitest';
import { playSeeds } from './seeds.ts';

// `test/system/seeds.test.ts` runs more of them. A busy machine may take several times as long as an idle one.
it('the invariants hold in the seeds from 1 to 60', () => playSeeds(1, 60), 900_000);
