import { it } from 'vitest';
import { playSeeds } from '../simulation/seeds.ts';

it('the seeds from 41 to 300 violate no invariant', () => playSeeds(41, 300));
