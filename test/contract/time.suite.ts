import { describe, expect, it } from 'vitest';
import type { Time } from '../../agent/kernel/ports.ts';

/** The agent's time over some clock. */
export interface TimeSubject {
  readonly time: Time;
  /** Lets the time pass that `isSo` needs. */
  until(isSo: () => boolean): Promise<void>;
}

const dayMs = 86_400_000;
const cloudMs = Date.UTC(2040, 0, 1);

/** What the agent expects of its time, whatever clock is beneath. */
export function timeContract(name: string, open: () => Promise<TimeSubject>): void {
  describe(`time contract: ${name}`, () => {
    const pass = async ({ time, until }: TimeSubject, ms: number): Promise<void> => {
      let isOver = false;
      time.after(ms, () => {
        isOver = true;
      });
      await until(() => isOver);
    };

    it('counts whole milliseconds and never goes backwards', async () => {
      const subject = await open();
      const before = subject.time.now();
      await pass(subject, 20);
      const after = subject.time.now();
      expect(after.monoMs).toBeGreaterThan(before.monoMs);
      expect([before.wallMs, before.monoMs, after.monoMs].every(Number.isSafeInteger)).toBe(true);
    });

    it('calls each action once, the earlier one first', async () => {
      const subject = await open();
      const called: string[] = [];
      subject.time.after(20, () => called.push('late'));
      subject.time.after(0, () => called.push('soon'));
      expect(called).toEqual([]);
      await pass(subject, 40);
      expect(called).toEqual(['soon', 'late']);
    });

    it('never calls a cancelled action, and may cancel it twice', async () => {
      const subject = await open();
      let calls = 0;
      const cancel = subject.time.after(5, () => calls++);
      cancel();
      await pass(subject, 20);
      cancel();
      expect(calls).toBe(0);
    });

    it('never calls an action early, even one far in the future', async () => {
      const subject = await open();
      let calls = 0;
      const cancels = [24.9, 30, 3650].map((days) =>
        subject.time.after(days * dayMs, () => calls++),
      );
      await pass(subject, 20);
      for (const cancel of cancels) cancel();
      expect(calls).toBe(0);
    });

    it("advances the cloud's time by the monotonic clock, and corrects it at the next answer", async () => {
      const subject = await open();
      const { time } = subject;
      time.sync(cloudMs);
      const before = time.now();
      expect(before.quality).toBe('synced');
      await pass(subject, 20);
      const later = time.now();
      expect(later.wallMs - before.wallMs).toBe(later.monoMs - before.monoMs);
      expect(time.latestMs()).toBeGreaterThanOrEqual(later.wallMs);
      time.sync(cloudMs - dayMs);
      expect(time.now().wallMs).toBeLessThan(cloudMs);
    });

    it("shows the board's own clock, whatever the cloud's time is", async () => {
      const { time } = await open();
      const before = time.boardMs();
      time.sync(cloudMs);
      expect(time.boardMs()).toBeGreaterThanOrEqual(before);
      expect(time.boardMs()).toBeLessThan(cloudMs);
      expect(Number.isSafeInteger(time.boardMs())).toBe(true);
    });

    it('uses a proved time as a lower bound, and never shows it as the time', async () => {
      const { time } = await open();
      const { quality, wallMs } = time.now();
      time.prove(cloudMs);
      expect(time.latestMs()).toBeGreaterThanOrEqual(cloudMs);
      expect(time.now().quality).toBe(quality);
      expect(time.now().wallMs - wallMs).toBeLessThan(dayMs);
    });

    it("trusts the board's own clock only while it is synchronised", async () => {
      const { time } = await open();
      expect(time.latestMs()).toBe(0);
      time.trustBoard(true);
      expect(time.latestMs()).toBeGreaterThanOrEqual(time.now().wallMs - 1000);
      time.trustBoard(false);
      expect(time.latestMs()).toBe(0);
    });
  });
}
