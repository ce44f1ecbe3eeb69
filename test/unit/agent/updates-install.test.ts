import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { updatesMachine } from '../../../agent/updates/machine.ts';
import { linkDown, linkUp, mission, observed, timer } from '../../support/agent-body.ts';
import { feed, payloads, summaries, type Timed, timerMs } from '../../support/agent-machine.ts';
import {
  checked,
  execution,
  jobNotUpdated,
  jobOf,
  offer,
  onOld,
  startedOn,
  timeKnown,
  updates,
} from '../../support/agent-updates.ts';

const online = [startedOn(onOld()), linkUp, timeKnown];
const downloading = [...online, offer(execution('j1')), checked()];
const installed: Event = { type: 'update/installed', jobId: 'j1' };
const interrupted = (code = 'ECONNRESET'): Event => ({
  type: 'update/not-installed',
  jobId: 'j1',
  code,
});
const notArmed = (code: string): Event => ({ type: 'update/not-armed', jobId: 'j1', code });
const armed: Event = { type: 'update/armed', jobId: 'j1' };
const progress = (bytes: number): Event => ({ type: 'update/progress', jobId: 'j1', bytes });
const idle = observed();
const busy = observed({ mission: mission('m') });
const away = observed({ phase: 'stop' });

const requestEffects = ['publish jobs/$next/get', 'timer/set updates/request'];
const reportEffects = ['publish jobs/j1/update', 'timer/set updates/request'];
const armEffects = ['update/arm b', 'publish jobs/j1/update'];
const rebootEffects = ['system/reboot', 'timer/set updates/check'];

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
  readonly job: string;
}

const switching: readonly Row[] = [
  {
    name: 'waits while the robot works',
    events: [busy, installed],
    effects: [],
    job: 'j1 waiting',
  },
  { name: 'waits before the first snapshot', events: [installed], effects: [], job: 'j1 waiting' },
  {
    name: 'waits while the robot is away from its dock',
    events: [away, installed],
    effects: [],
    job: 'j1 waiting',
  },
  {
    name: 'waits for a fresh snapshot although the last one was idle',
    events: [idle, installed],
    effects: [],
    job: 'j1 waiting',
  },
  {
    name: 'arms the slot when the robot is idle',
    events: [installed, idle],
    effects: armEffects,
    job: 'j1 arming',
  },
  {
    name: 'arms the slot when the robot becomes idle later',
    events: [busy, installed, idle],
    effects: armEffects,
    job: 'j1 arming',
  },
  { name: 'arms the slot once', events: [installed, idle, idle], effects: [], job: 'j1 arming' },
  {
    name: 'reboots when the slot is armed',
    events: [installed, idle, armed],
    effects: rebootEffects,
    job: 'j1 rebooting',
  },
  {
    name: 'requests the reboot again when it has not happened',
    events: [installed, idle, armed, timer('updates/check')],
    effects: rebootEffects,
    job: 'j1 rebooting',
  },
  {
    name: 'fails when the board rejects the arming',
    events: [installed, idle, notArmed('refused')],
    effects: reportEffects,
    job: 'j1 reporting FAILED refused',
  },
  {
    name: 'goes on when the arming had no answer, because the slot may be armed',
    events: [installed, idle, notArmed('unavailable')],
    effects: ['timer/set updates/check'],
    job: 'j1 waiting',
  },
  {
    name: 'arms the slot again after an arming without an answer',
    events: [installed, idle, notArmed('unavailable'), timer('updates/check'), idle],
    effects: armEffects,
    job: 'j1 arming',
  },
  {
    name: 'ignores a late outcome',
    events: [installed, interrupted()],
    effects: [],
    job: 'j1 waiting',
  },
  {
    name: 'ignores an outcome of another job',
    events: [{ ...installed, jobId: 'j0' }],
    effects: [],
    job: 'j1 downloading',
  },
];

describe('the switch to the new slot', () => {
  it.each(switching)('$name', ({ events, effects, job }) => {
    const step = feed(updates, [...downloading, ...events]);
    expect(summaries(step)).toEqual(effects);
    expect(jobOf(step.state)).toBe(job);
  });

  it.each<readonly [string, Event]>([
    ['armed', armed],
    ['not armed', notArmed('refused')],
    ['confirmed', { type: 'update/confirmed', jobId: 'j1' }],
    ['not confirmed', { type: 'update/not-confirmed', jobId: 'j1', code: 'unavailable' }],
  ])('ignores an outcome that does not belong to the phase: %s', (_name, event) => {
    const step = feed(updates, [...downloading, event]);
    expect(summaries(step)).toEqual([]);
    expect(jobOf(step.state)).toBe('j1 downloading');
  });

  it('arms the slot once when the installation is reported twice', () => {
    expect(summaries(feed(updates, [...downloading, installed, idle, installed]))).toEqual([]);
  });

  it('reports the download at each quarter', () => {
    const bytes = [1, 249, 250, 251, 499, 800, 999, 1000];
    const reports = bytes.map((_, i) => {
      const received = bytes.slice(0, i + 1).map(progress);
      return summaries(feed(updates, [...downloading, ...received])).length;
    });
    expect(reports).toEqual([0, 0, 1, 0, 0, 1, 0, 0]);
    const [update] = payloads(feed(updates, [...downloading, progress(250)]));
    expect(update).toMatchObject({
      status: 'IN_PROGRESS',
      statusDetails: { step: 'downloading', bytes: '250', version: '2.0.0' },
    });
  });

  it('does not show the URL in the view', () => {
    const { state } = feed(updates, downloading);
    expect(JSON.stringify(updates.view(state))).not.toContain('secret');
  });

  it('does nothing when updates are disabled', () => {
    const disabled = updatesMachine({ ...config, enabled: false });
    expect(summaries(feed(disabled, [...downloading, idle, installed]))).toEqual([]);
  });
});

const config = {
  robot: 'R1',
  enabled: true,
  retryMs: 1,
  retryMsMax: 1,
  healthMs: 1,
  trialAttempts: 1,
};

describe('a job whose URL cannot be used', () => {
  it.each(['not-https', 'not-a-url'])('ends at once with the reason %s', (code) => {
    const step = feed(updates, [...downloading, interrupted(code)]);
    expect(summaries(step)).toEqual(reportEffects);
    expect(jobOf(step.state)).toBe(`j1 reporting REJECTED ${code}`);
  });
});

describe('an interrupted transfer', () => {
  const retried = [
    timer('updates/request'),
    offer(execution('j1', { status: 'IN_PROGRESS' })),
    checked(),
  ];
  const interruptions = (times: number) =>
    Array.from({ length: times }, () => [interrupted('http-403'), ...retried]).flat();

  it('reports the reason and requests a fresh document after a delay', () => {
    const step = feed(updates, [...downloading, interrupted('http-404')]);
    expect(summaries(step)).toEqual(['publish jobs/j1/update', 'timer/set updates/request']);
    const [report] = step.effects ?? [];
    expect(report).toMatchObject({
      payload: { status: 'IN_PROGRESS', statusDetails: { step: 'renewing', fault: 'http-404' } },
    });
    expect(jobOf(step.state)).toBe('j1 renewing');
    expect(
      summaries(feed(updates, [...downloading, interrupted(), timer('updates/request')])),
    ).toEqual(requestEffects);
  });

  it('requests the document at the next connection when there is none', () => {
    const events = [...downloading, linkDown, interrupted(), timer('updates/request')];
    expect(summaries(feed(updates, events))).toEqual([]);
    expect(summaries(feed(updates, [...events, linkUp]))).toEqual(requestEffects);
  });

  it('starts again with the fresh document', () => {
    const step = feed(updates, [...downloading, interrupted(), ...retried]);
    expect(summaries(step)).toEqual(['update/install b', 'publish jobs/j1/update']);
    expect(step.state.row.job?.renewals).toBe(1);
  });

  it('is retried with growing delays, and fails after five retries', () => {
    const delays = [0, 1, 2].map((times) =>
      timerMs(
        feed(updates, [...downloading, ...interruptions(times), interrupted()]),
        'updates/request',
      ),
    );
    expect(delays).toEqual([5000, 10_000, 20_000]);
    const last = feed(updates, [...downloading, ...interruptions(5), interrupted('http-403')]);
    expect(jobOf(last.state)).toBe('j1 reporting FAILED http-403');
  });

  it('fails at once when the board rejects the image', () => {
    expect(jobOf(feed(updates, [...downloading, interrupted('refused')]).state)).toBe(
      'j1 reporting FAILED refused',
    );
  });
});

describe('a job whose fresh document arrives before cloud time is known', () => {
  it('is requested again with a growing delay', () => {
    const renewing = [...downloading, interrupted(), timer('updates/request')];
    const offerAgain = [timer('updates/request'), offer(execution('j1'))];
    const step = feed(updates, [...renewing, linkDown, linkUp, ...offerAgain, ...offerAgain]);
    expect(jobOf(step.state)).toBe('j1 renewing');
    expect(step.state.requests).toBe(3);
  });
});

describe('a job that the cloud has ended', () => {
  const renewing = [...downloading, interrupted(), timer('updates/request')];

  it('is dropped when the cloud has no job while the fresh document is pending', () => {
    const step = feed(updates, [...renewing, offer()]);
    expect(jobOf(step.state)).toBe('none');
    expect(summaries(step)).toEqual(['timer/set updates/request']);
    expect(timerMs(step, 'updates/request')).toBe(75_600_000);
  });

  it('is replaced when the cloud offers another job', () => {
    const step = feed(updates, [...renewing, offer(execution('j2'))]);
    expect(jobOf(step.state)).toBe('j2 checking');
    expect(step.state.row.job?.renewals).toBe(0);
  });

  const finalCodes = ['ResourceNotFound', 'InvalidStateTransition', 'TerminalStateReached'];
  it.each(finalCodes)('is dropped before the arming, and the next job is awaited (%s)', (code) => {
    const step = feed(updates, [...downloading, jobNotUpdated('downloading', code)]);
    expect(jobOf(step.state)).toBe('none');
    expect(summaries(step)).toEqual(['cancel update', 'timer/set updates/request']);
  });

  it.each(finalCodes)('is completed after the arming (%s)', (code) => {
    const events = [...downloading, installed, idle, jobNotUpdated('arming', code)];
    expect(jobOf(feed(updates, events).state)).toBe('j1 arming');
    expect(jobOf(feed(updates, [...events, armed]).state)).toBe('j1 rebooting');
  });

  it('is not affected by the end of another job', () => {
    const step = feed(updates, [
      ...downloading,
      jobNotUpdated('downloading', 'ResourceNotFound', 'j0'),
    ]);
    expect(jobOf(step.state)).toBe('j1 downloading');
  });

  it.each(['RequestThrottled', 'VersionMismatch', 'InvalidRequest'])(
    'does not end with the error %s',
    (code) => {
      const step = feed(updates, [...downloading, jobNotUpdated('downloading', code)]);
      expect(jobOf(step.state)).toBe('j1 downloading');
    },
  );
});

describe('a job that an operator has withdrawn', () => {
  const drops = ['cancel update', 'note update withdrawn by the cloud'];

  it.each<readonly [string, readonly Timed[]]>([
    ['while its manifest is checked', [...online, offer(execution('j1'))]],
    ['while its image is downloaded', downloading],
    ['while its image waits', [...downloading, installed]],
  ])('%s is dropped, and requested once more', (_name, events) => {
    const step = feed(updates, [...events, offer()]);
    expect(jobOf(step.state)).toBe('none');
    expect(summaries(step)).toEqual([...drops, 'timer/set updates/request']);
    expect(timerMs(step, 'updates/request')).toBe(25_000);
    expect(summaries(feed(updates, [...events, offer(), idle]))).not.toContain('update/arm b');
  });

  it('gives way to the next one', () => {
    const step = feed(updates, [...downloading, offer(execution('j2'))]);
    expect(jobOf(step.state)).toBe('j2 checking');
    expect(summaries(step)).toContain('update/check');
  });

  it('after the arming is completed', () => {
    const step = feed(updates, [...downloading, installed, idle, offer()]);
    expect(jobOf(step.state)).toBe('j1 arming');
    expect(summaries(step)).toEqual([]);
  });

  it('is noticed at the next connection while its image waits', () => {
    const again = [...downloading, installed, linkDown, linkUp];
    const step = feed(updates, again);
    expect(summaries(step)).toEqual(['publish jobs/$next/get', 'timer/set updates/request']);
    const still = feed(updates, [...again, offer(execution('j1', { status: 'IN_PROGRESS' }))]);
    expect(jobOf(still.state)).toBe('j1 waiting');
    expect(summaries(still)).toEqual(['timer/clear updates/request']);
    expect(jobOf(feed(updates, [...again, offer()]).state)).toBe('none');
  });
});
