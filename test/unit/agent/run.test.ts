import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MachineCrashed } from '../../../agent/kernel/machine-crashed.ts';
import type { Runs, RunsFile } from '../../../agent/supervise/crashes.ts';
import { beginRun } from '../../../agent/supervise/run.ts';
import { systemClock } from '../../../base/clock.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { type LogFields, silentLog } from '../../../base/log.ts';
import { onNew, onOld } from '../../support/agent-updates.ts';

const hour = 3_600_000;
let clock: ReturnType<typeof useFakeTimers>;
let stored: Runs | undefined;
let logged: LogFields[] = [];
beforeEach(() => {
  clock = useFakeTimers({ now: 1_000_000, toFake: ['setTimeout', 'clearTimeout', 'hrtime'] });
  stored = undefined;
  logged = [];
});
afterEach(() => clock.restore());

const file: RunsFile = {
  read: () => stored,
  write(runs) {
    stored = JSON.parse(JSON.stringify(runs)) as Runs;
  },
  remove() {
    stored = undefined;
  },
};
const system = { bootId: 'b', hardwareId: 'h', watchdogS: 20 };
const live = (boot = onOld()) =>
  beginRun({
    file,
    board: { system, boot },
    clock: systemClock,
    log: { ...silentLog, error: (fields) => void logged.push(fields) },
  });
const bug = () => new MachineCrashed('missions', 'timer', { cause: new TypeError('odd') });
const crashThrice = (boot = onOld()) => {
  for (let n = 0; n < 3; n++) {
    using run = live(boot);
    run.crashed(bug());
  }
};

describe('a run', () => {
  it('is normal, and rejects exit-safe-mode', () => {
    using run = live();
    expect(run.mode).toEqual({ isSafe: false, suspect: null, quarantine: null });
    expect(run.safeMode(0)).toBeUndefined();
    expect(() => run.exitSafeMode()).toThrow(expect.objectContaining({ code: 'not-in-safe-mode' }));
    expect(stored?.isOpen).toBe(true);
  });

  it('is recorded and logged with the stack when it crashes', () => {
    using run = live();
    const error = bug();
    run.failed(error);
    expect(stored).toMatchObject({ isOpen: false, crashes: [{ machine: 'missions' }] });
    const { stack } = error.cause as Error;
    expect(logged).toEqual([
      { code: 'machine-crashed', machine: 'missions', event: 'timer', stack },
    ]);
    run.crashed(new Error('later'));
    expect(stored?.crashes).toHaveLength(1);
  });

  it('is not recorded as a crash when the error has a code, unless nobody caught it', () => {
    const full = new PilotfishError('store-full', 'full');
    using first = live();
    first.failed(full);
    expect([stored?.isOpen, stored?.crashes, logged]).toEqual([false, [], []]);
    using second = live();
    second.crashed(full);
    expect(stored?.crashes).toMatchObject([{ machine: null, error: 'full' }]);
    expect(logged).toMatchObject([{ code: 'store-full' }]);
  });

  it.each(['stopped', 'board-gone'] as const)('leaves nothing behind when it ends as %s', (how) => {
    crashThrice();
    using run = live();
    run.ended(how);
    expect(stored).toBeUndefined();
    // A bug during shutdown is logged and does not count.
    run.crashed(bug());
    expect(stored).toBeUndefined();
  });

  it('is never in safe mode on a slot on trial', () => {
    crashThrice(onNew('trial'));
    using run = live(onNew('trial'));
    expect(run.mode).toEqual({ isSafe: false, suspect: null, quarantine: null });
  });
});

describe('a run in safe mode', () => {
  it('ends by its time, and the next run is normal', async () => {
    crashThrice();
    using run = live();
    expect(run.mode).toEqual({ isSafe: true, suspect: 'missions', quarantine: 'missions' });
    let isOver = false;
    void run.over.then(() => {
      isOver = true;
    });
    await clock.tickAsync(hour - 1);
    expect(isOver).toBe(false);
    await clock.tickAsync(1);
    expect(isOver).toBe(true);
    run.ended('safe-mode-over');
    using next = live();
    expect(next.mode.isSafe).toBe(false);
    expect(stored?.safeModes).toBe(1);
  });

  it('ends when it is exited', async () => {
    crashThrice();
    using run = live();
    run.exitSafeMode();
    await run.over;
    run.ended('safe-mode-over');
    using next = live();
    expect(next.mode.isSafe).toBe(false);
  });

  it('continues after a kill, with nothing left to quarantine', async () => {
    crashThrice();
    using run = live();
    run.ready();
    await clock.tickAsync(hour / 2);
    using next = live();
    expect(next.mode).toEqual({ isSafe: true, suspect: 'missions', quarantine: null });
    let isOver = false;
    void next.over.then(() => {
      isOver = true;
    });
    await clock.tickAsync(hour / 2);
    expect(isOver).toBe(true);
  });

  it('leaves no timer behind', () => {
    crashThrice();
    {
      using _life = live();
      expect(clock.countTimers()).toBe(1);
    }
    expect(clock.countTimers()).toBe(0);
  });

  it('reports since when, why, what is off and what to do, by the best clock available', () => {
    crashThrice();
    using run = live();
    clock.tick(60_000);
    const wallMs = Date.UTC(2026, 5, 1, 10);
    expect(run.safeMode(wallMs)).toEqual({
      since: '2026-06-01T09:59:00.000Z',
      until: '2026-06-01T10:59:00.000Z',
      because:
        'missions crashed 3 times in five minutes (timer: odd); its stored state is in quarantine',
      machine: 'missions',
      event: 'timer',
      error: 'odd',
      off: ['missions', 'maps', 'commands', 'shadow'],
      todo: expect.stringContaining('pilotfish exit-safe-mode'),
    });
  });
});
