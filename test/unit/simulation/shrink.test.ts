import { describe, expect, it } from 'vitest';
import { type Shrinkable, shrink } from '../../simulation/shrink.ts';

interface Action {
  readonly name: string;
  readonly atMs: number;
  readonly forMs?: number;
}

const dayMs = 24 * 3_600_000;
const isFault = ({ name }: { name: string }) => name.startsWith('!');

/** Seven days of 70 actions; every second one is a fault. */
const whole = {
  days: 7,
  actions: Array.from({ length: 70 }, (_, i): Action => {
    return { name: `${i % 2 ? '!' : ''}${i}`, atMs: (i * dayMs) / 10 };
  }),
};
const names = (scenario: { readonly actions: readonly Action[] }) =>
  scenario.actions.map(({ name }) => name);
const needs =
  (...wanted: string[]) =>
  async (scenario: typeof whole) =>
    wanted.every((name) => names(scenario).includes(name));

describe('a scenario that fails', () => {
  it('becomes just the actions that its failing hangs on, in their order', async () => {
    const search = { fails: needs('!3', '12', '!13'), isFault, plays: 500 };
    const { scenario, isLeast } = await shrink(whole, search);
    expect(names(scenario)).toEqual(['!3', '12', '!13']);
    expect(scenario.days).toBe(2);
    expect(isLeast).toBe(true);
  });

  it('becomes empty when it fails whatever happens', async () => {
    const shrunk = await shrink(whole, { fails: async () => true, isFault, plays: 500 });
    expect(shrunk).toEqual({ scenario: { days: 1, actions: [] }, plays: 3, isLeast: true });
  });

  it('loses its faults before its events: of two ways to fail, the one without faults is kept', async () => {
    const fails = async (scenario: typeof whole) =>
      (await needs('!3')(scenario)) || (await needs('4', '6')(scenario));
    const { scenario } = await shrink(whole, { fails, isFault, plays: 500 });
    expect(names(scenario)).toEqual(['4', '6']);
  });

  it('keeps an action that only others make needless, until they are gone', async () => {
    // '!1' is needed as long as '4' is there: only a second round finds that neither is.
    const fails = async (scenario: typeof whole) =>
      (await needs('8')(scenario)) &&
      (!(await needs('4')(scenario)) || (await needs('!1')(scenario)));
    const { scenario } = await shrink(whole, { fails, isFault, plays: 500 });
    expect(names(scenario)).toEqual(['8']);
  });

  it('ends no earlier than the last weather does', async () => {
    const actions: Action[] = [{ name: '!rain', atMs: dayMs / 2, forMs: 2 * dayMs }];
    const { scenario } = await shrink(
      { days: 7, actions },
      { fails: needs('!rain'), isFault, plays: 50 },
    );
    expect(scenario).toEqual({ days: 3, actions });
  });

  it('lasts as long as it must', async () => {
    const fails = async (scenario: Shrinkable) => scenario.days >= 5;
    const { scenario } = await shrink(whole, { fails, isFault, plays: 500 });
    expect(scenario).toEqual({ days: 5, actions: [] });
  });

  it('is played no more often than is allowed, and what was found by then still fails', async () => {
    let plays = 0;
    const fails = async (scenario: typeof whole) => {
      plays++;
      return needs('!3', '12', '!13', '40')(scenario);
    };
    const shrunk = await shrink(whole, { fails, isFault, plays: 20 });
    expect(plays).toBe(20);
    expect(shrunk.plays).toBe(20);
    expect(shrunk.isLeast).toBe(false);
    expect(names(shrunk.scenario).length).toBeLessThan(70);
    expect(await fails(shrunk.scenario)).toBe(true);
  });

  it('is left as it is when time is up', async () => {
    const fails = () => Promise.reject(new Error('not to be played'));
    const shrunk = await shrink(whole, { fails, isFault, plays: 20, isOver: () => true });
    expect(shrunk).toEqual({ scenario: whole, plays: 0, isLeast: false });
  });
});
