import { describe, expect, it } from 'vitest';
import { failedOnce } from './failed-once.ts';
import { play } from './world/play.ts';

describe('what failed once', () => {
  it.each(failedOnce)('$name', async ({ plan }) => {
    expect((await play(plan)).violations).toEqual([]);
  });
});
