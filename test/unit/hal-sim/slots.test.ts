import { describe, expect, it } from 'vitest';
import {
  arm,
  type BootMemory,
  beginWrite,
  bootNext,
  bootState,
  completeWrite,
  confirm,
  factoryFlashed,
  failedStartsMax,
  giveUp,
  type SlotRecord,
  startFailed,
  startSucceeded,
} from '../../../hal/sim/board/slots.ts';

const good: SlotRecord = { state: 'good', sha256: 'g' };
const complete: SlotRecord = { state: 'complete', sha256: 'c' };
const empty: SlotRecord = { state: 'empty' };
const bad: SlotRecord = { state: 'bad', sha256: 'x' };
const trial = (attemptsLeft: number): SlotRecord => ({ state: 'trial', sha256: 't', attemptsLeft });

const memory = (a: SlotRecord, b: SlotRecord, next = 'a'): BootMemory => ({
  v: 1,
  next,
  slots: { a, b },
});
const refused = expect.objectContaining({ code: 'refused' });

describe('the boot loader', () => {
  it.each([
    ['one good slot', memory(good, empty), 'a', good, empty],
    ['the next of two good slots', memory(good, good, 'b'), 'b', good, good],
    ['a trial, and counts the attempt', memory(good, trial(3), 'b'), 'b', good, trial(2)],
    ['the last attempt of a trial', memory(good, trial(1), 'b'), 'b', good, trial(0)],
    [
      'a trial without attempts: falls back',
      memory(good, trial(0), 'b'),
      'a',
      good,
      { state: 'bad', sha256: 't' },
    ],
    ['an empty next: another good one', memory(empty, good, 'a'), 'b', empty, good],
    ['a bad next: another good one', memory(bad, good, 'a'), 'b', bad, good],
    [
      'a complete next, never armed: another good one',
      memory(complete, good, 'a'),
      'b',
      complete,
      good,
    ],
    ['nothing that may boot', memory(empty, complete), undefined, empty, complete],
    ['nothing at all', memory(bad, empty), undefined, bad, empty],
    ['an unknown next slot', memory(good, empty, 'z'), 'a', good, empty],
  ])('%s', (_what, before, booted, a, b) => {
    const after = bootNext(before);
    expect(after.booted).toBe(booted);
    expect(after.memory.slots).toEqual({ a, b });
    if (booted) expect(after.memory.next).toBe(booted);
  });

  it('gives the reason of its fallback', () => {
    const { memory: after } = bootNext(memory(good, trial(0), 'b'));
    expect(after.fallback).toMatchObject({ slot: 'b', reason: 'unconfirmed' });
    expect(after.next).toBe('a');
  });

  it('never boots a slot again after its fallback', () => {
    let state = memory(good, trial(3), 'b');
    const booted: (string | undefined)[] = [];
    for (let boot = 0; boot < 6; boot++) {
      const next = bootNext(state);
      booted.push(next.booted);
      state = next.memory;
    }
    expect(booted).toEqual(['b', 'b', 'b', 'a', 'a', 'a']);
  });
});

describe('a confirmed slot', () => {
  const failed = (count: number): SlotRecord => ({ ...good, failedStarts: count });
  const worn = failed(failedStartsMax);
  const why = (slot: string, reason: 'crashed' | 'hung' | 'damaged' = 'crashed') => ({
    ...{ slot, reason, detail: 'exit code 1' },
  });

  it.each([
    ['the first failed start', memory(good, good), 'crashed', failed(1), 'a'],
    ['one before the last', memory(failed(4), good), 'hung', failed(5), 'a'],
    ['the last', memory(failed(5), good), 'hung', worn, 'b'],
    ['damage, at once', memory(good, good), 'damaged', worn, 'b'],
    ['the last, without another good slot', memory(failed(5), bad), 'crashed', worn, 'a'],
    ['damage, without another good slot', memory(good, complete), 'damaged', worn, 'a'],
    ['the last, beside another one that did not start', memory(failed(5), worn), 'hung', worn, 'b'],
  ] as const)('after %s', (_what, before, reason, a, next) => {
    const after = startFailed(before, why('a', reason));
    expect(after).toMatchObject({ next, slots: { a, b: before.slots['b'] } });
    const isReported = next === 'b' || reason === 'damaged';
    expect(after.fallback).toEqual(
      isReported ? expect.objectContaining({ slot: 'a', reason, wasConfirmed: true }) : undefined,
    );
  });

  it('reports the number of starts when the board leaves it', () => {
    expect(startFailed(memory(failed(5), good), why('a')).fallback?.starts).toBe(6);
    expect(startFailed(memory(failed(2), good), why('a', 'damaged')).fallback?.starts).toBe(2);
  });

  it('costs no write for a failed start when the count is at its bound', () => {
    const before = memory(worn, bad);
    expect(startFailed(before, why('a'))).toBe(before);
  });

  it('restarts its count after its agent was healthy', () => {
    expect(startSucceeded(memory(failed(3), good), 'a')).toEqual(memory(good, good));
    const before = memory(good, good);
    expect(startSucceeded(before, 'a')).toBe(before);
  });

  it.each([
    ['the one that starts, whatever is next', memory(worn, good), none(), 'b', worn, good],
    ['one that has failed less', memory(worn, failed(5)), none(), 'b', worn, failed(5)],
    [
      'the next one in a new round when none starts',
      memory(worn, worn, 'b'),
      none(),
      'b',
      worn,
      good,
    ],
    ['no damaged one', memory(good, good), none('a'), 'b', good, good],
    ['a worn one rather than a damaged one', memory(good, worn), none('a'), 'b', good, good],
    ['none when all are damaged', memory(good, good), none('a', 'b'), undefined, good, good],
    ['no damaged trial', memory(good, trial(2), 'b'), none('b'), 'a', good, trial(2)],
  ])('boots %s', (_what, before, unfit, booted, a, b) => {
    const after = bootNext(before, unfit);
    expect([after.booted, after.memory.slots]).toEqual([booted, { a, b }]);
  });

  it('is shown as bad after the board has left it, and as good while it runs', () => {
    const left = memory(worn, good, 'b');
    expect(bootState(left, 'b').slots).toMatchObject([{ state: 'bad' }, { state: 'good' }]);
    expect(bootState(left, 'a').slots).toMatchObject([{ state: 'good' }, { state: 'good' }]);
  });

  it('alternates with another failing one, a whole round each', () => {
    let state = memory(good, good);
    const booted: (string | undefined)[] = [];
    for (let start = 0; start < 4 * failedStartsMax; start++) {
      const next = bootNext(state);
      booted.push(next.booted);
      state = startFailed(next.memory, why(next.booted ?? ''));
    }
    const round = (slot: string) => Array.from({ length: failedStartsMax }, () => slot);
    expect(booted).toEqual(['a', 'b', 'a', 'b'].flatMap(round));
  });
});

const none = (...names: string[]) => new Set(names);

describe('arming', () => {
  it.each([
    ['a complete slot', memory(good, complete), 'a'],
    ['again, before it has booted', memory(good, trial(1), 'b'), 'a'],
  ])('accepts %s', (_what, before, booted) => {
    const after = arm(before, { booted, slot: 'b', attempts: 3 });
    expect(after.next).toBe('b');
    expect(after.slots['b']).toMatchObject({ state: 'trial', attempts: 3, attemptsLeft: 3 });
    expect(after.slots['a']).toEqual(good);
  });

  it('removes the last fallback', () => {
    const before = {
      ...memory(good, complete),
      fallback: { slot: 'b', reason: 'hung', detail: '' } as const,
    };
    expect(arm(before, { booted: 'a', slot: 'b', attempts: 1 }).fallback).toBeUndefined();
    expect(before.fallback).toBeDefined();
  });

  it.each([
    ['the running slot', memory(good, complete), 'a', 'a'],
    ['an empty slot', memory(good, empty), 'a', 'b'],
    ['a bad slot', memory(good, bad), 'a', 'b'],
    ['a good slot: that would be a way back past its successor', memory(good, good), 'a', 'b'],
    ['anything while the running slot is on trial', memory(complete, trial(1), 'b'), 'b', 'a'],
    ['an unknown slot', memory(good, complete), 'a', 'c'],
    ['a property name of all objects', memory(good, complete), 'a', 'constructor'],
  ])('rejects %s', (_what, before, booted, slot) => {
    expect(() => arm(before, { booted, slot, attempts: 1 })).toThrow(refused);
  });

  it.each([0, -1, 17, 1.5, Number.NaN])('rejects %d attempts', (attempts) => {
    expect(() => arm(memory(good, complete), { booted: 'a', slot: 'b', attempts })).toThrow(
      refused,
    );
  });
});

describe('confirming', () => {
  it('makes the running trial good', () => {
    const after = confirm(memory(good, trial(2), 'b'), { booted: 'b', slot: 'b' });
    expect(after.slots).toEqual({ a: good, b: { state: 'good', sha256: 't' } });
    expect(after.next).toBe('b');
  });

  it('changes nothing when the slot is already good', () => {
    const before = memory(good, empty);
    expect(confirm(before, { booted: 'a', slot: 'a' })).toBe(before);
  });

  it('rejects a slot that is not running', () => {
    const before = memory(good, trial(1), 'b');
    expect(() => confirm(before, { booted: 'a', slot: 'b' })).toThrow(refused);
    expect(() => confirm(before, { booted: undefined, slot: 'b' })).toThrow(refused);
  });
});

describe('writing', () => {
  it.each([complete, bad, good, empty, trial(1)])('empties the other slot (%j) first', (other) => {
    const after = beginWrite(memory(good, other, 'b'), { booted: 'a', slot: 'b' });
    expect(after.slots).toEqual({ a: good, b: empty });
    expect(after.next).toBe('a');
  });

  it('rejects the running slot, and the fallback of a trial', () => {
    expect(() => beginWrite(memory(good, empty), { booted: 'a', slot: 'a' })).toThrow(refused);
    const onTrial = memory(good, trial(0), 'b');
    expect(() => beginWrite(onTrial, { booted: 'b', slot: 'a' })).toThrow(refused);
    expect(() => beginWrite(onTrial, { booted: 'b', slot: 'b' })).toThrow(refused);
  });

  it('completes only the slot that is being written', () => {
    const after = completeWrite(memory(good, empty), 'b', 'new');
    expect(after.slots['b']).toEqual({ state: 'complete', sha256: 'new' });
    expect(after.next).toBe('a');
    for (const other of [good, bad, complete, trial(1)]) {
      expect(() => completeWrite(memory(good, other), 'b', 'new')).toThrow(refused);
    }
  });
});

describe('ending a trial', () => {
  it('marks it bad, keeps its hash and the reason, and falls back', () => {
    const fallback = { slot: 'b', reason: 'crashed', detail: 'exit code 1' } as const;
    const after = giveUp(memory(good, trial(0), 'b'), fallback);
    expect(after).toEqual({ ...memory(good, { state: 'bad', sha256: 't' }), fallback });
  });

  it('reports the number of starts', () => {
    const fallback = { slot: 'b', reason: 'hung', detail: 'x' } as const;
    const after = giveUp(memory(good, { ...trial(1), attempts: 3 }, 'b'), fallback);
    expect(after.fallback).toEqual({ ...fallback, starts: 2 });
  });
});

describe('the factory', () => {
  it('makes a slot good and next', () => {
    expect(factoryFlashed(memory(empty, empty), 'b', 'f')).toEqual(
      memory(empty, { state: 'good', sha256: 'f' }, 'b'),
    );
  });
});

describe('the reported state', () => {
  it('names the slot of the next boot, also after the last attempt of a trial', () => {
    expect(bootState(memory(good, trial(2), 'b'), 'a')).toMatchObject({
      next: 'b',
      onTrial: false,
    });
    expect(bootState(memory(good, trial(1), 'b'), 'b')).toMatchObject({ next: 'b', onTrial: true });
    expect(bootState(memory(good, trial(0), 'b'), 'b')).toMatchObject({ next: 'a', onTrial: true });
  });

  it('has a bootable slot in every reachable state', () => {
    // All sequences of six calls, by brute force; refused ones change nothing.
    type World = { memory: BootMemory; booted: string | undefined };
    const moves: ((world: World) => World)[] = [
      (world) => bootNext(world.memory),
      ...['a', 'b'].flatMap((slot) => [
        ({ memory, booted }: World) => ({ booted, memory: beginWrite(memory, { booted, slot }) }),
        ({ memory, booted }: World) => ({ booted, memory: completeWrite(memory, slot, 's') }),
        ({ memory, booted }: World) => ({
          booted,
          memory: arm(memory, { booted, slot, attempts: 1 }),
        }),
        ({ memory, booted }: World) => ({ booted, memory: confirm(memory, { booted, slot }) }),
      ]),
    ];
    const seen = new Map<string, World>();
    let frontier: World[] = [{ memory: memory(good, empty), booted: 'a' }];
    while (frontier.length > 0) {
      const next: World[] = [];
      for (const world of frontier) {
        for (const move of moves) {
          const after = tried(move, world);
          const key = JSON.stringify(after);
          if (seen.has(key)) continue;
          seen.set(key, after);
          next.push(after);
        }
      }
      frontier = next;
    }
    expect(seen.size).toBeGreaterThan(20);
    for (const { memory, booted } of seen.values()) {
      expect(booted).toBeDefined();
      const again = bootNext(memory);
      expect(['good', 'trial']).toContain(again.memory.slots[again.booted ?? '']?.state);
      // And should that be a trial which fails, there is a good one behind it.
      expect(Object.values(again.memory.slots).map(({ state }) => state)).toContain('good');
    }
  });
});

function tried<T>(move: (world: T) => T, world: T): T {
  try {
    return move(world);
  } catch {
    return world;
  }
}
