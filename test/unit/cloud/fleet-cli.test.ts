import { expect, it } from 'vitest';
import { searchFleet, showFoundThings, showIndex } from '../../../cloud-stub/cli/fleet.ts';
import type { OperatorClient } from '../../../cloud-stub/operator-client.ts';
import { awsOf } from '../../support/cloud-aws.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

it('a search goes through the pages up to its limit', async () => {
  const aws = awsOf(createCloudWorld());
  const names = Array.from({ length: 250 }, (_, i) => `T${String(i).padStart(3, '0')}`);
  for (const name of names) aws('POST', `/things/${name}`);
  const client = {
    searchIndex: async (search: object) => aws('POST', '/indices/search', search).body,
  } as OperatorClient;
  const found = async (limit: number) => {
    const { things, isMore } = await searchFleet(client, { query: 'thingName:t*', limit });
    expect(things.map(({ thingName }) => thingName)).toEqual(names.slice(0, limit));
    return isMore;
  };
  expect(await found(1)).toBe(true);
  expect(await found(249)).toBe(true);
  expect(await found(250)).toBe(false);
  expect(await found(10_000)).toBe(false);
});

it('found things take 80 columns at most', () => {
  const long = { attributes: { a: 'x'.repeat(800) }, thingGroupNames: ['g'.repeat(128)] };
  const things = [{ thingName: 'T'.repeat(64), thingId: 'id', ...long }];
  for (const line of showFoundThings({ things, isMore: true }).split('\n')) {
    expect(line.length).toBeLessThanOrEqual(80);
  }
});

it('the index says what was wrong, or that it is not made yet', () => {
  const state = { isBuilt: true, things: 2, kept: 1, stale: 1, characters: 80 };
  expect(showIndex({ ...state, differed: ['R1', 'R2'] })).toMatch(/a fault: R1 R2/);
  expect(showIndex(state)).toMatch(/in memory +1 of 2\n +changed +1,/);
  expect(showIndex({ ...state, isBuilt: false })).toMatch(/things +the next search computes/);
});
