import { it } from 'vitest';
import { playSeeds } from '../simulation/seeds.ts';

it('the seeds from 101 to 300 violate no invariant', () => playSeeds(101, 300));
