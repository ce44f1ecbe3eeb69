import { it } from 'vitest';
import { playSeeds } from '../simulation/seeds.ts';

it('the seeds from 61 to 300 violate no invariant', () => playSeeds(61, 300));
