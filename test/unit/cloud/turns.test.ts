import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../cloud-stub/http/turns.ts';

describe('turns', () => {
  it('of one name come one after another, also after a failure; those of others at once', async () => {
    const turns = createTurns();
    const done: string[] = [];
    const gate = Promise.withResolvers<void>();
    const failing = turns('a', async () => {
      await gate.promise;
      done.push('a1');
      throw new Error('failed');
    });
    const next = turns('a', () => Promise.resolve(done.push('a2')));
    await turns('b', () => Promise.resolve(done.push('b1')));
    expect(done).toEqual(['b1']);
    gate.resolve();
    await expect(failing).rejects.toThrow('failed');
    await next;
    expect(done).toEqual(['b1', 'a1', 'a2']);
  });
});
