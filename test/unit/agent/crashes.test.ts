import { describe, expect, it } from 'vitest';
import { MachineCrashed } from '../../../agent/kernel/machine-crashed.ts';
import {
  exitSafeMode,
  isBug,
  markQuarantined,
  type Runs,
  recordCrash,
  recordFailure,
  type Start,
  startRun,
} from '../../../agent/supervise/crashes.ts';
import { PilotfishError } from '../../../base/errors.ts';

const minute = 60_000;
const hour = 60 * minute;
const at = (nowMs: number, change: Partial<Start> = {}): Start => ({
  bootId: 'boot-1',
  isOnTrial: false,
  nowMs,
  ...change,
});
const bug = (machine = 'missions') =>
  new MachineCrashed(machine, 'body/snapshot', { cause: new TypeError('x is undefined') });

/** Runs from `ms` on that crash after a second with each of `errors`; `null` is a SIGKILL. */
function crashRuns(
  before: Runs | undefined,
  errors: readonly unknown[],
  { fromMs = 1000, everyMs = 10_000, start = {} as Partial<Start> } = {},
): Runs {
  let runs = before;
  errors.forEach((error, n) => {
    const ms = fromMs + n * everyMs;
    const started = startRun(runs, at(ms, start));
    runs = error === null ? started : recordCrash(started, error, ms + 1000);
  });
  if (runs === undefined) throw new Error('there was no life');
  return runs;
}

const safeFor = ({ safe }: Runs) => safe && safe.untilMs - safe.sinceMs;

describe('safe mode', () => {
  it('starts at the third crash in five minutes, and not before', () => {
    const two = crashRuns(undefined, [bug(), bug()]);
    expect(startRun(two, at(30_000))).toMatchObject({ safe: null, quarantine: null, isOpen: true });
    const three = startRun(crashRuns(undefined, [bug(), bug(), bug()]), at(40_000));
    expect(three).toMatchObject({
      isOpen: true,
      quarantine: 'missions',
      crashes: [],
      safe: {
        sinceMs: 40_000,
        untilMs: 40_000 + hour,
        because: { machine: 'missions', event: 'body/snapshot', error: 'x is undefined' },
      },
    });
  });

  it.each([
    [149_000, true],
    [150_000, false],
  ])('starts after three crashes, one each %i ms: %j', (everyMs, isSafe) => {
    const runs = crashRuns(undefined, [bug(), bug(), bug()], { everyMs });
    const next = startRun(runs, at(2000 + 2 * everyMs + (isSafe ? 1000 : 0)));
    expect(next.safe !== null).toBe(isSafe);
  });

  it('has no suspect when no crash names a machine', () => {
    const runs = startRun(crashRuns(undefined, [null, null, null]), at(40_000));
    expect(runs).toMatchObject({
      quarantine: null,
      safe: { because: { machine: null, error: null } },
    });
  });

  it('shows the error of a crash outside the machines', () => {
    const runs = startRun(crashRuns(undefined, [new Error('odd'), null, null]), at(40_000));
    expect(runs.safe?.because).toMatchObject({ machine: null, error: 'odd' });
  });

  it.each([
    ['two of three', [bug('maps'), bug(), bug()], 'missions'],
    ['two of three, one killed', [bug('maps'), null, bug('maps')], 'maps'],
    ['one each', [bug('maps'), bug('shadow'), bug()], null],
    ['one, two killed', [bug(), null, null], null],
  ])('suspects the machine that most crashes name: %s', (_name, errors, machine) => {
    const runs = startRun(crashRuns(undefined, errors), at(40_000));
    expect([runs.quarantine, runs.safe?.because.machine]).toEqual([machine, machine]);
  });

  it('does not start because of crashes of another boot of the board', () => {
    const runs = crashRuns(undefined, [bug(), bug(), bug()]);
    expect(startRun(runs, at(40_000, { bootId: 'boot-2' }))).toMatchObject({
      bootId: 'boot-2',
      safe: null,
      crashes: [],
      isOpen: true,
    });
    const killed = crashRuns(undefined, [null, null, null]);
    expect(startRun(killed, at(40_000, { bootId: 'boot-2' })).crashes).toEqual([]);
  });

  it('does not start because of a safe mode that ends later than any can', () => {
    const bugs = crashRuns(undefined, [bug(), bug(), bug()]);
    const { safe, ...rest } = startRun(bugs, at(30_000));
    if (safe === null) throw new Error('there is no safe mode');
    const far = { ...rest, safe: { ...safe, untilMs: 1e15 }, isOpen: false };
    expect(startRun(far, at(40_000)).safe).toBeNull();
    expect(startRun({ ...far, safe }, at(40_000)).safe).toEqual(safe);
  });

  it('does not start because of crashes in the future, after which the clock of the boot began again', () => {
    const runs = crashRuns(undefined, [bug(), bug(), bug()], { start: { bootId: null } });
    expect(startRun(runs, at(5000, { bootId: null }))).toMatchObject({ crashes: [], safe: null });
    expect(startRun(runs, at(40_000, { bootId: null })).safe).not.toBeNull();
  });

  it('does not start on a slot that is not known to be confirmed', () => {
    const runs = crashRuns(undefined, [bug(), bug(), bug()], { start: { isOnTrial: true } });
    expect(startRun(runs, at(40_000, { isOnTrial: true })).safe).toBeNull();
    expect(startRun(runs, at(40_000, { isOnTrial: null })).safe).toBeNull();
    expect(startRun(runs, at(40_000)).safe).not.toBeNull();
  });
});

describe('the running safe mode', () => {
  const safe = () => startRun(crashRuns(undefined, [bug(), bug(), bug()]), at(40_000));

  it('continues after a crash, a kill or a board without an answer', () => {
    const killed = startRun(markQuarantined(safe()), at(50_000, { isOnTrial: null }));
    expect(killed).toMatchObject({ safe: safe().safe, quarantine: null });
    const crashed = startRun(recordCrash(killed, bug('link'), 60_000), at(61_000));
    expect(crashed.safe).toEqual(safe().safe);
  });

  it('quarantines in the next run what a kill left unfinished', () => {
    expect(startRun(safe(), at(50_000)).quarantine).toBe('missions');
    expect(startRun(markQuarantined(safe()), at(50_000)).quarantine).toBeNull();
    const killed = crashRuns(safe(), [null, null, null], { fromMs: 50_000 });
    expect(startRun(killed, at(80_000)).quarantine).toBe('missions');
  });

  it('adds one suspect after three more crashes, and keeps its end', () => {
    const runs = crashRuns(markQuarantined(safe()), [bug('link'), bug('link'), bug('link')], {
      fromMs: 50_000,
    });
    const next = startRun(runs, at(80_000));
    expect(next).toMatchObject({ quarantine: 'link', safe: { because: { machine: 'link' } } });
    expect(safeFor(next)).toBe(hour);
    const killed = startRun(
      crashRuns(markQuarantined(next), [null, null, null], { fromMs: 90_000 }),
      at(120_000),
    );
    expect(killed).toMatchObject({ quarantine: null, safe: { because: { machine: 'link' } } });
  });

  it('ends when its time is over, even if nothing was recorded', () => {
    const recorded = startRun(exitSafeMode(safe(), 40_000 + hour), at(40_100 + hour));
    const silent = startRun(safe(), at(40_100 + hour));
    for (const runs of [recorded, silent]) {
      expect(runs).toMatchObject({ safe: null, quarantine: null, crashes: [], isOpen: true });
    }
    expect(startRun(safe(), at(39_999 + hour)).safe).not.toBeNull();
  });

  it('ends when it is exited', () => {
    expect(startRun(exitSafeMode(safe(), 50_000), at(51_000))).toMatchObject({
      safe: null,
      crashes: [],
    });
  });

  it('ends on a slot on trial, which falls back', () => {
    expect(startRun(safe(), at(50_000, { isOnTrial: true }))).toMatchObject({ safe: null });
  });

  it('lasts longer each time, a day at most, and starts short again after a day without crashes', () => {
    const lasted: number[] = [];
    let runs: Runs | undefined;
    let ms = 0;
    const again = () => {
      runs = startRun(
        crashRuns(runs, [bug(), bug(), bug()], { fromMs: ms + 1000 }),
        at(ms + 40_000),
      );
      lasted.push((safeFor(runs) ?? 0) / hour);
      ms = runs.safe?.untilMs ?? ms;
      runs = exitSafeMode(runs, ms);
    };
    for (let n = 0; n < 7; n++) again();
    ms += 24 * hour;
    again();
    expect(lasted).toEqual([1, 2, 4, 8, 16, 24, 24, 1]);
  });
});

describe('the end of a run', () => {
  it('is one crash: later errors are its consequence', () => {
    const runs = recordCrash(startRun(undefined, at(0)), bug(), 10);
    expect(recordCrash(runs, bug('maps'), 11)).toBe(runs);
    expect(runs).toMatchObject({ isOpen: false, crashes: [{ atMs: 10, machine: 'missions' }] });
  });

  it('is not a crash when the error has a code of ours', () => {
    const runs = recordFailure(startRun(undefined, at(0)));
    expect(startRun(runs, at(10)).crashes).toEqual([]);
    expect(isBug(new PilotfishError('store-full', 'full'))).toBe(false);
    expect([isBug(new TypeError('x')), isBug(bug()), isBug('x')]).toEqual([true, true, true]);
  });

  it('keeps a short form of the error', () => {
    const loud = new MachineCrashed('maps', 'restore', { cause: new Error('x'.repeat(9000)) });
    const [{ error } = {}] = recordCrash(startRun(undefined, at(0)), loud, 1).crashes;
    expect(error?.length).toBe(300);
    const runs = crashRuns(
      undefined,
      Array.from({ length: 20 }, () => bug()),
      { everyMs: 1100 },
    );
    expect(runs.crashes.length).toBeLessThanOrEqual(3);
  });

  it('names the machine, the event and the error', () => {
    expect(bug().message).toBe('missions failed at body/snapshot');
    expect(new MachineCrashed('maps', 'timer', { what: 'once' }).message).toBe(
      'maps failed at timer: once',
    );
  });
});
