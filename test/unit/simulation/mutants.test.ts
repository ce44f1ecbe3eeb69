import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { machinesOf } from '../../../agent/features.ts';
import type { Machine } from '../../../agent/kernel/machine.ts';
import { mutants } from '../../simulation/mutants.ts';
import { type Seam, wrapStep } from '../../simulation/planting.ts';
import { testConfig } from '../../support/agent-config.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The agent's machines with this bug in one of them. */
function plantedMachines({ wraps }: Seam): readonly Machine[] {
  const wrap = wraps['machinesOf'] as (real: typeof machinesOf) => typeof machinesOf;
  return wrap(machinesOf)(testConfig());
}

describe('a planted bug', () => {
  it.each(mutants)('$name replaces exports that $seam.file has', async ({ seam }) => {
    const real = await import(pathToFileURL(join(root, seam.file)).href);
    for (const [name, wrap] of Object.entries(seam.wraps)) {
      const planted = wrap(real[name] as never);
      expect(planted, name).not.toBe(real[name]);
      expect(typeof planted, name).toBe(typeof real[name]);
    }
  });

  it.each(mutants.filter(({ seam }) => 'machinesOf' in seam.wraps))(
    '$name is in a machine that the agent has',
    ({ seam }) => {
      expect(plantedMachines(seam)).toHaveLength(machinesOf(testConfig()).length);
    },
  );

  it('is refused where the agent has no such machine', () => {
    const seam = wrapStep('no-such-machine', (step) => step);
    expect(() => plantedMachines(seam)).toThrow('no machine no-such-machine');
  });

  it('in a machine changes its step and leaves the other machines alone', () => {
    const planted = plantedMachines(wrapStep('maps', () => () => ({ state: 'bug' as never })));
    const nothing = { type: 'nothing' } as never;
    const stateOf = (name: string) =>
      planted.find((one) => one.name === name)?.step(nothing, nothing, nothing).state;
    expect(stateOf('maps')).toBe('bug');
    expect(stateOf('missions')).toBe(nothing);
  });

  it('has a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });
});
