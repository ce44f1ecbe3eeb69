import { describe, expect, it } from 'vitest';
import { runSteps, type Step } from '../../../tools/check/steps.ts';

/** A step that ends when the test ends it. */
function heldStep(name: string) {
  const gate = Promise.withResolvers<boolean>();
  const started = Promise.withResolvers<(text: string) => void>();
  const step: Step = {
    name,
    run: (print) => {
      started.resolve(print);
      return gate.promise;
    },
  };
  return { step, started: started.promise, end: gate.resolve, break: gate.reject };
}

const quick = (name: string, isWell = true): Step => ({
  name,
  run: (print) => {
    print(`${name} prints\n`);
    return Promise.resolve(isWell);
  },
});

async function run(...lanes: Step[][]) {
  const said: string[] = [];
  const failed = await runSteps(lanes, (text) => void said.push(text));
  return { failed, said: said.join('') };
}

describe('the steps of a check', () => {
  it('print their output in their own order, and each its result', async () => {
    const { failed, said } = await run([quick('types'), quick('style')], [quick('tests')]);
    expect(failed).toEqual([]);
    expect(said).toBe(
      'types prints\nok      types\nstyle prints\nok      style\ntests prints\nok      tests\n',
    );
  });

  it('run to the end when one fails, and all that failed are named', async () => {
    const { failed, said } = await run(
      [quick('types', false), quick('style'), quick('lint', false)],
      [quick('tests')],
    );
    expect(failed).toEqual(['types', 'lint']);
    expect(said).toContain('FAILED  types\n');
    expect(said).toContain('ok      tests\n');
  });

  it('run in parallel in two lanes, and the later one prints live when it is its turn', async () => {
    const [types, tests] = [heldStep('types'), heldStep('tests')];
    const said: string[] = [];
    const done = runSteps([[types.step], [tests.step]], (text) => void said.push(text));
    (await tests.started)('one ');
    (await types.started)('typed ');
    expect(said.join('')).toBe('typed ');
    types.end(true);
    await expect.poll(() => said.join('')).toBe('typed ok      types\none ');
    (await tests.started)('two ');
    expect(said.join('')).toBe('typed ok      types\none two ');
    tests.end(true);
    expect(await done).toEqual([]);
  });

  it('fail with the reason when they cannot be started', async () => {
    const types = heldStep('types');
    types.break(new Error('no such program'));
    const { failed, said } = await run([types.step]);
    expect(failed).toEqual(['types']);
    expect(said).toBe('Error: no such program\nFAILED  types\n');
  });
});
