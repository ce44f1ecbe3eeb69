import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClockBoard } from '../support/board-clocks.ts';
import type { MakeBoard } from '../support/board-under-test.ts';

const { signal } = new AbortController();
const wantedMs = Date.UTC(2026, 5, 1);
const minuteMs = 60_000;

/** The clock's part of the `System` contract, on a board that has just come up in 1970. */
export function clockContract(name: string, makeBoard: () => Promise<ClockBoard>): void {
  describe(`the clock of the ${name}`, () => {
    let board: ClockBoard;
    beforeEach(async () => {
      board = await makeBoard();
      expect(await board.clockMs()).toBeLessThan(minuteMs);
    });
    afterEach(() => board[Symbol.asyncDispose]());

    const shows = async (ms: number) => {
      const shownMs = await board.clockMs();
      expect(shownMs).toBeGreaterThan(ms - 1000);
      expect(shownMs).toBeLessThan(ms + minuteMs);
      return shownMs;
    };

    it('is set forward, and runs on from there', async () => {
      await board.system.setClock(wantedMs, signal);
      const firstMs = await shows(wantedMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await board.clockMs()).toBeGreaterThan(firstMs);
    });

    it('may be set forward twice to the same time', async () => {
      await board.system.setClock(wantedMs, signal);
      const firstMs = await shows(wantedMs);
      await board.system.setClock(wantedMs, signal);
      expect(await shows(wantedMs)).toBeGreaterThanOrEqual(firstMs);
    });

    it('never moves back when it is set forward', async () => {
      await board.system.setClock(wantedMs, signal);
      await board.system.setClock(wantedMs - 24 * 60 * minuteMs, signal);
      await shows(wantedMs);
    });

    it('moves back when a step back is requested, and then never forward', async () => {
      await board.system.setClock(wantedMs + 365 * 24 * 60 * minuteMs, signal);
      await board.system.setClockBack(wantedMs, signal);
      await shows(wantedMs);
      await board.system.setClockBack(wantedMs + 60 * minuteMs, signal);
      await shows(wantedMs);
    });

    it.each([-1, 0.5, Number.NaN])('rejects the time %d', async (wallMs) => {
      const setting = board.system.setClock(wallMs, signal);
      await expect(setting).rejects.toMatchObject({ code: 'refused' });
      const setBack = board.system.setClockBack(wallMs, signal);
      await expect(setBack).rejects.toMatchObject({ code: 'refused' });
      expect(await board.clockMs()).toBeLessThan(minuteMs);
    });
  });
}

/** The `System` contract of a board without the privilege, or without a clock. */
export function noClockContract(name: string, makeBoard: MakeBoard): void {
  it(`the ${name} without a clock of its own rejects setting one`, async () => {
    await using board = await makeBoard();
    const setting = board.system.setClock(wantedMs, signal);
    await expect(setting).rejects.toMatchObject({ code: 'refused' });
    const setBack = board.system.setClockBack(wantedMs, signal);
    await expect(setBack).rejects.toMatchObject({ code: 'refused' });
  });
}
