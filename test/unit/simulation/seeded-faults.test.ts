import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { machinesOf } from '../../../agent/features.ts';
import type { Machine } from '../../../agent/kernel/machine.ts';
import { type Seam, wrapStep } from '../../simulation/seams.ts';
import { seededFaults } from '../../simulation/seeded-faults.ts';
import { testConfig } from '../../support/agent-config.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The agent's machines with this bug in one of them. */
function seededMachines({ wraps }: Seam): readonly Machine[] {
  const wrap = wraps['machinesOf'] as (real: typeof machinesOf) => typeof machinesOf;
  return wrap(machinesOf)(testConfig());
}

describe('a seeded fault', () => {
  it.each(seededFaults)('$name replaces exports that $seam.file has', async ({ seam }) => {
    const real = await import(pathToFileURL(join(root, seam.file)).href);
    for (const [name, wrap] of Object.entries(seam.wraps)) {
      const seeded = wrap(real[name] as never);
      expect(seeded, name).not.toBe(real[name]);
      expect(typeof seeded, name).toBe(typeof real[name]);
    }
  });

  it.each(seededFaults.filter(({ seam }) => 'machinesOf' in seam.wraps))(
    '$name is in a machine that the agent has',
    ({ seam }) => {
      expect(seededMachines(seam)).toHaveLength(machinesOf(testConfig()).length);
    },
  );

  it('is refused where the agent has no such machine', () => {
    const seam = wrapStep('no-such-machine', (step) => step);
    expect(() => seededMachines(seam)).toThrow('no machine no-such-machine');
  });

  it('in a machine changes its step and leaves the other machines alone', () => {
    const seeded = seededMachines(wrapStep('maps', () => () => ({ state: 'bug' as never })));
    const nothing = { type: 'nothing' } as never;
    const stateOf = (name: string) =>
      seeded.find((one) => one.name === name)?.step(nothing, nothing, nothing).state;
    expect(stateOf('maps')).toBe('bug');
    expect(stateOf('missions')).toBe(nothing);
  });

  it('has a name of its own', () => {
    expect(new Set(seededFaults.map(({ name }) => name)).size).toBe(seededFaults.length);
  });
});
