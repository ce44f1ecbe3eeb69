import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClientTimers } from '../../../agent/io/mqtt-timers.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('the timers of an MQTT client', () => {
  const start = () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { variant, stop } = createClientTimers();
    if (typeof variant === 'string') throw new Error('these are timers of our own');
    return { ...variant, stop };
  };

  it('fire again and again until they are cleared', () => {
    const { set, clear } = start();
    let times = 0;
    const id = set(() => (times += 1), 10);
    vi.advanceTimersByTime(35);
    clear(id);
    vi.advanceTimersByTime(100);
    expect([times, vi.getTimerCount()]).toEqual([3, 0]);
  });

  it('end with the client, and none starts afterwards', () => {
    const { set, stop } = start();
    set(() => {}, 10);
    set(() => {}, 20);
    stop();
    set(() => {}, 30);
    expect(vi.getTimerCount()).toBe(0);
  });
});
