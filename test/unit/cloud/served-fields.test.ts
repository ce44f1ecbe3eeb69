import { expect, it } from 'vitest';
import { type Effects, fieldsWorld, servedFields } from '../../support/cloud-fields.ts';
import { authorityEffects } from './served-fields/authorities.ts';
import { executionEffects } from './served-fields/executions.ts';
import { jobEffects } from './served-fields/jobs.ts';
import { listEffects } from './served-fields/lists.ts';
import { thingEffects } from './served-fields/things.ts';

/**
 * Whatever field of an operation of AWS the stub accepts has an effect, or AWS's error: each has an entry in a table,
 * which sends it. A new field without an entry fails.
 */
const effects: Effects = {
  ...{ ...thingEffects, ...listEffects, ...authorityEffects },
  ...{ ...jobEffects, ...executionEffects },
};

it('each served field has an entry, and there are no others', () => {
  expect(Object.keys(effects).sort()).toEqual(servedFields().sort());
});

it.each(Object.entries(effects))('%s has its effect or its error', async (_, see) => {
  expect.hasAssertions();
  await see(fieldsWorld());
});
