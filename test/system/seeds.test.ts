import { it } from 'vitest';
import { playSeeds } from '../simulation/seeds.ts';

it('the invariants hold in the seeds from 101 to 300', () => playSeeds(101, 300));
