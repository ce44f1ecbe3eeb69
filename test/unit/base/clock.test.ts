import sinon from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delay, systemClock } from '../../../base/clock.ts';

const start = Date.UTC(2026, 10, 21, 10);
let timers: sinon.SinonFakeTimers;

beforeEach(() => {
  timers = sinon.useFakeTimers({
    now: start,
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
  });
});

afterEach(() => {
  timers.restore();
});

describe("the machine's clock", () => {
  it('returns the wall time and a monotonic time', () => {
    expect(systemClock.wallMs()).toBe(start);
    const before = systemClock.monoMs();
    timers.tick(1500);
    expect(systemClock.wallMs()).toBe(start + 1500);
    expect(systemClock.monoMs() - before).toBeCloseTo(1500);
  });

  it('counts on when the wall clock jumps back', () => {
    const before = systemClock.monoMs();
    timers.tick(100);
    timers.setSystemTime(start - 3_600_000);
    expect(systemClock.wallMs()).toBe(start - 3_600_000);
    expect(systemClock.monoMs() - before).toBeCloseTo(100);
  });

  it('calls the action once, when the time is over', () => {
    const action = sinon.spy();
    systemClock.after(1000, action);
    timers.tick(999);
    sinon.assert.notCalled(action);
    timers.tick(1);
    sinon.assert.calledOnce(action);
    timers.tick(10_000);
    sinon.assert.calledOnce(action);
  });

  it('does not call the action after a cancel, and ignores a late cancel', () => {
    const action = sinon.spy();
    const cancel = systemClock.after(1000, action);
    cancel();
    timers.tick(2000);
    sinon.assert.notCalled(action);
    expect(timers.countTimers()).toBe(0);
    cancel();
  });
});

describe('delay', () => {
  /** What a promise has come to by now. */
  const watch = (promise: Promise<void>) => {
    const [resolved, rejected] = [sinon.spy(), sinon.spy()];
    void promise.then(resolved, rejected);
    return { resolved, rejected };
  };

  it('resolves when the time is over, and leaves no timer', async () => {
    const stop = new AbortController();
    const removed = sinon.spy(stop.signal, 'removeEventListener');
    const { resolved } = watch(delay(systemClock, 1000, stop.signal));
    await timers.tickAsync(999);
    sinon.assert.notCalled(resolved);
    await timers.tickAsync(1);
    sinon.assert.calledOnce(resolved);
    sinon.assert.calledOnceWithMatch(removed, 'abort');
    stop.abort();
  });

  it("rejects with the signal's reason, and stops the timer", async () => {
    const stop = new AbortController();
    const { resolved, rejected } = watch(delay(systemClock, 1000, stop.signal));
    const reason = new Error('enough');
    stop.abort(reason);
    await timers.tickAsync(0);
    sinon.assert.calledOnceWithExactly(rejected, reason);
    expect(timers.countTimers()).toBe(0);
    await timers.tickAsync(2000);
    sinon.assert.notCalled(resolved);
  });

  it('rejects at once when the signal is already aborted', async () => {
    const reason = new Error('enough');
    const { rejected } = watch(delay(systemClock, 1000, AbortSignal.abort(reason)));
    await timers.tickAsync(0);
    sinon.assert.calledOnceWithExactly(rejected, reason);
    expect(timers.countTimers()).toBe(0);
  });
});
