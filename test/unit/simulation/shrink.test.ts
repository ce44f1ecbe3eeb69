import { describe, expect, it } from 'vitest';
import { type Shrinkable, shrink } from '../../simulation/shrink.ts';

interface Act {
  readonly name: string;
  readonly atMs: number;
  readonly forMs?: number;
}

const dayMs = 24 * 3_600_000;
const isFault = ({ name }: { name: string }) => name.startsWith('!');

/** Seven days of 70 acts; every second one is a fault. */
const whole = {
  days: 7,
  acts: Array.from({ length: 70 }, (_, i): Act => {
    return { name: `${i % 2 ? '!' : ''}${i}`, atMs: (i * dayMs) / 10 };
  }),
};
const names = (plan: { readonly acts: readonly Act[] }) => plan.acts.map(({ name }) => name);
const needs =
  (...wanted: string[]) =>
  async (plan: typeof whole) =>
    wanted.every((name) => names(plan).includes(name));

describe('a plan that fails', () => {
  it('becomes just the acts that its failing hangs on, in their order', async () => {
    const search = { fails: needs('!3', '12', '!13'), isFault, plays: 500 };
    const { plan, isLeast } = await shrink(whole, search);
    expect(names(plan)).toEqual(['!3', '12', '!13']);
    expect(plan.days).toBe(2);
    expect(isLeast).toBe(true);
  });

  it('becomes empty when it fails whatever happens', async () => {
    const shrunk = await shrink(whole, { fails: async () => true, isFault, plays: 500 });
    expect(shrunk).toEqual({ plan: { days: 1, acts: [] }, plays: 3, isLeast: true });
  });

  it('loses its faults before its events: of two ways to fail, the one without faults is kept', async () => {
    const fails = async (plan: typeof whole) =>
      (await needs('!3')(plan)) || (await needs('4', '6')(plan));
    const { plan } = await shrink(whole, { fails, isFault, plays: 500 });
    expect(names(plan)).toEqual(['4', '6']);
  });

  it('keeps an act that only others make needless, until they are gone', async () => {
    // '!1' is needed as long as '4' is there: only a second round finds that neither is.
    const fails = async (plan: typeof whole) =>
      (await needs('8')(plan)) && (!(await needs('4')(plan)) || (await needs('!1')(plan)));
    const { plan } = await shrink(whole, { fails, isFault, plays: 500 });
    expect(names(plan)).toEqual(['8']);
  });

  it('ends no earlier than the last weather does', async () => {
    const acts: Act[] = [{ name: '!rain', atMs: dayMs / 2, forMs: 2 * dayMs }];
    const { plan } = await shrink({ days: 7, acts }, { fails: needs('!rain'), isFault, plays: 50 });
    expect(plan).toEqual({ days: 3, acts });
  });

  it('lasts as long as it must', async () => {
    const fails = async (plan: Shrinkable) => plan.days >= 5;
    const { plan } = await shrink(whole, { fails, isFault, plays: 500 });
    expect(plan).toEqual({ days: 5, acts: [] });
  });

  it('is played no more often than is allowed, and what was found by then still fails', async () => {
    let plays = 0;
    const fails = async (plan: typeof whole) => {
      plays++;
      return needs('!3', '12', '!13', '40')(plan);
    };
    const shrunk = await shrink(whole, { fails, isFault, plays: 20 });
    expect(plays).toBe(20);
    expect(shrunk.plays).toBe(20);
    expect(shrunk.isLeast).toBe(false);
    expect(names(shrunk.plan).length).toBeLessThan(70);
    expect(await fails(shrunk.plan)).toBe(true);
  });

  it('is left as it is when time is up', async () => {
    const fails = () => Promise.reject(new Error('not to be played'));
    const shrunk = await shrink(whole, { fails, isFault, plays: 20, isOver: () => true });
    expect(shrunk).toEqual({ plan: whole, plays: 0, isLeast: false });
  });
});
