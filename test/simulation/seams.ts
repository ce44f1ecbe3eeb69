import assert from 'node:assert/strict';
import type { Effect } from '../../agent/kernel/effects.ts';
import type { Machine, MachineState } from '../../agent/kernel/machine.ts';

/** Names the seeded fault to the loader, in a player's environment. */
export const seededFaultVariable = 'PILOTFISH_SEEDED_FAULT';

/** A fault that a developer could have written, seeded where one module exports something to the others. */
export interface SeededFault {
  readonly name: string;
  readonly seam: Seam;
  /** Seeds 1 to this number must find it. */
  readonly seedsMax: number;
  /** What the fault breaks, which the world must be able to detect. */
  readonly why: string;
}

/** Exports of a module, by name, and the replacement of each. The module's implementation does not matter. */
export interface Seam {
  /** From the project's root. */
  readonly file: string;
  readonly wraps: Readonly<Record<string, (real: never) => unknown>>;
}

type Wraps<Module> = { readonly [Name in keyof Module]?: (real: Module[Name]) => Module[Name] };

/** A seam at exports of the module in `file`, typed by that module. */
export const wrapExports = <Module>(file: string, wraps: Wraps<Module>): Seam => ({
  file,
  wraps: wraps as Seam['wraps'],
});

type StepOf<S extends MachineState, E extends Effect> = Machine<S, E>['step'];

/** A seam at the step of one machine of the agent. */
export const wrapStep = <S extends MachineState, E extends Effect = Effect>(
  name: string,
  wrap: (step: StepOf<S, E>) => StepOf<S, E>,
): Seam =>
  wrapExports<typeof import('../../agent/features.ts')>('agent/features.ts', {
    machinesOf: (real) => (config, mode) => {
      const machines = real(config, mode);
      assert(mode?.isSafe || machines.some((one) => one.name === name), `no machine ${name}`);
      return machines.map((one) => {
        if (one.name !== name) return one;
        const step = wrap(one.step.bind(one) as unknown as StepOf<S, E>);
        return { ...one, step: step as unknown as Machine['step'] };
      });
    },
  });

/** A machine's step whose effects are changed, one by one; `undefined` drops one. */
export const changeEffects = <S extends MachineState, E extends Effect>(
  name: string,
  change: (effect: E, moment: Parameters<StepOf<S, E>>[2]) => E | undefined,
): Seam =>
  wrapStep<S, E>(name, (step) => (state, event, moment) => {
    const done = step(state, event, moment);
    const effects = done.effects?.flatMap((effect) => change(effect, moment) ?? []);
    return effects === undefined ? done : { ...done, effects };
  });

/** A machine's step whose next state is changed. */
export const changeState = <S extends MachineState>(
  name: string,
  change: (after: S, before: S) => S,
): Seam =>
  wrapStep<S>(name, (step) => (state, event, moment) => {
    const done = step(state, event, moment);
    return { ...done, state: change(done.state, state) };
  });
