import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { updatesMachine } from '../../../agent/updates/machine.ts';
import { linkDown, linkUp, mission, observed, timer } from '../../support/agent-body.ts';
import { brief, feed, pauseMs, payloads, type Timed } from '../../support/agent-machine.ts';
import {
  checked,
  execution,
  jobOf,
  known,
  notTaken,
  offer,
  onOld,
  startedOn,
  updates,
} from '../../support/agent-updates.ts';

const online = [startedOn(onOld()), linkUp, known];
const downloading = [...online, offer(execution('j1')), checked()];
const installed: Event = { type: 'update/installed', jobId: 'j1' };
const broken = (code = 'ECONNRESET'): Event => ({
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

const asks = ['publish jobs/$next/get', 'timer/set updates/request'];
const tells = ['publish jobs/j1/update', 'timer/set updates/request'];
const arms = ['update/arm b', 'publish jobs/j1/update'];
const reboots = ['system/reboot', 'timer/set updates/check'];

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
  readonly job: string;
}

const switching: readonly Row[] = [
  {
    name: 'installed while the robot works: waits',
    events: [busy, installed],
    effects: [],
    job: 'j1 waiting',
  },
  { name: 'or before it was seen', events: [installed], effects: [], job: 'j1 waiting' },
  { name: 'or away from its dock', events: [away, installed], effects: [], job: 'j1 waiting' },
  {
    name: 'installed after it was seen idle: waits for a fresh snapshot',
    events: [idle, installed],
    effects: [],
    job: 'j1 waiting',
  },
  {
    name: 'seen idle: armed',
    events: [installed, idle],
    effects: arms,
    job: 'j1 arming',
  },
  {
    name: 'idle later: armed then',
    events: [busy, installed, idle],
    effects: arms,
    job: 'j1 arming',
  },
  { name: 'armed once', events: [installed, idle, idle], effects: [], job: 'j1 arming' },
  {
    name: 'armed: leaves',
    events: [installed, idle, armed],
    effects: reboots,
    job: 'j1 rebooting',
  },
  {
    name: 'still here: asks again',
    events: [installed, idle, armed, timer('updates/check')],
    effects: reboots,
    job: 'j1 rebooting',
  },
  {
    name: 'refused to be armed: failed',
    events: [installed, idle, notArmed('refused')],
    effects: tells,
    job: 'j1 reporting FAILED refused',
  },
  {
    name: 'no answer to the arming: it may be armed, so there is no giving up',
    events: [installed, idle, notArmed('unavailable')],
    effects: ['timer/set updates/check'],
    job: 'j1 waiting',
  },
  {
    name: 'but arming again',
    events: [installed, idle, notArmed('unavailable'), timer('updates/check'), idle],
    effects: arms,
    job: 'j1 arming',
  },
  {
    name: 'a late outcome means nothing',
    events: [installed, broken()],
    effects: [],
    job: 'j1 waiting',
  },
  {
    name: 'nor does one of another job',
    events: [{ ...installed, jobId: 'j0' }],
    effects: [],
    job: 'j1 downloading',
  },
];

describe('from the image to the reboot', () => {
  it.each(switching)('$name', ({ events, effects, job }) => {
    const step = feed(updates, [...downloading, ...events]);
    expect(brief(step)).toEqual(effects);
    expect(jobOf(step.state)).toBe(job);
  });

  it.each<readonly [string, Event]>([
    ['armed', armed],
    ['not armed', notArmed('refused')],
    ['confirmed', { type: 'update/confirmed', jobId: 'j1' }],
    ['not confirmed', { type: 'update/not-confirmed', jobId: 'j1', code: 'unavailable' }],
  ])('an outcome that does not belong to the phase means nothing: %s', (_name, event) => {
    const step = feed(updates, [...downloading, event]);
    expect(brief(step)).toEqual([]);
    expect(jobOf(step.state)).toBe('j1 downloading');
  });

  it('installed told twice is armed once', () => {
    expect(brief(feed(updates, [...downloading, installed, idle, installed]))).toEqual([]);
  });

  it('tells a quarter at a time', () => {
    const bytes = [1, 249, 250, 251, 499, 800, 999, 1000];
    const tellings = bytes.map((_, i) => {
      const told = bytes.slice(0, i + 1).map(progress);
      return brief(feed(updates, [...downloading, ...told])).length;
    });
    expect(tellings).toEqual([0, 0, 1, 0, 0, 1, 0, 0]);
    const [update] = payloads(feed(updates, [...downloading, progress(250)]));
    expect(update).toMatchObject({
      status: 'IN_PROGRESS',
      statusDetails: { step: 'downloading', bytes: '250', version: '2.0.0' },
    });
  });

  it('never says the URL', () => {
    const { state } = feed(updates, downloading);
    expect(JSON.stringify(updates.view(state))).not.toContain('secret');
  });

  it('switched off takes nothing and confirms nothing', () => {
    const off = updatesMachine({ ...config, enabled: false });
    expect(brief(feed(off, [...downloading, idle, installed]))).toEqual([]);
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

describe('a job without a URL that could be asked', () => {
  it.each(['not-https', 'not-a-url'])('%s: it ends at once, with that reason', (code) => {
    const step = feed(updates, [...downloading, broken(code)]);
    expect(brief(step)).toEqual(tells);
    expect(jobOf(step.state)).toBe(`j1 reporting REJECTED ${code}`);
  });
});

describe('a transfer that breaks off', () => {
  const again = [
    timer('updates/request'),
    offer(execution('j1', { status: 'IN_PROGRESS' })),
    checked(),
  ];
  const breaks = (times: number) =>
    Array.from({ length: times }, () => [broken('http-403'), ...again]).flat();

  it('says why, and asks for a fresh document after a pause', () => {
    const step = feed(updates, [...downloading, broken('http-404')]);
    expect(brief(step)).toEqual(['publish jobs/j1/update', 'timer/set updates/request']);
    const [told] = step.effects ?? [];
    expect(told).toMatchObject({
      payload: { status: 'IN_PROGRESS', statusDetails: { step: 'renewing', fault: 'http-404' } },
    });
    expect(jobOf(step.state)).toBe('j1 renewing');
    expect(brief(feed(updates, [...downloading, broken(), timer('updates/request')]))).toEqual(
      asks,
    );
  });

  it('asks at the next connection when there is none', () => {
    const events = [...downloading, linkDown, broken(), timer('updates/request')];
    expect(brief(feed(updates, events))).toEqual([]);
    expect(brief(feed(updates, [...events, linkUp]))).toEqual(asks);
  });

  it('begins again with the fresh document', () => {
    const step = feed(updates, [...downloading, broken(), ...again]);
    expect(brief(step)).toEqual(['update/install b', 'publish jobs/j1/update']);
    expect(step.state.row.job?.renewals).toBe(1);
  });

  it('pauses longer each time, and fails after five', () => {
    const pauses = [0, 1, 2].map((times) =>
      pauseMs(feed(updates, [...downloading, ...breaks(times), broken()]), 'updates/request'),
    );
    expect(pauses).toEqual([5000, 10_000, 20_000]);
    const last = feed(updates, [...downloading, ...breaks(5), broken('http-403')]);
    expect(jobOf(last.state)).toBe('j1 reporting FAILED http-403');
  });

  it('that the board refuses fails at once', () => {
    expect(jobOf(feed(updates, [...downloading, broken('refused')]).state)).toBe(
      'j1 reporting FAILED refused',
    );
  });
});

describe('a job that the cloud has ended', () => {
  const renewing = [...downloading, broken(), timer('updates/request')];

  it('while its fresh document is waited for: nothing left to do', () => {
    const step = feed(updates, [...renewing, offer()]);
    expect(jobOf(step.state)).toBe('none');
    expect(brief(step)).toEqual(['timer/set updates/request']);
    expect(pauseMs(step, 'updates/request')).toBe(75_600_000);
  });

  it('and another one is there: that is taken', () => {
    const step = feed(updates, [...renewing, offer(execution('j2'))]);
    expect(jobOf(step.state)).toBe('j2 checking');
    expect(step.state.row.job?.renewals).toBe(0);
  });

  const ends = ['ResourceNotFound', 'InvalidStateTransition', 'TerminalStateReached'];
  it.each(ends)('%s before the arming: given up, and the next one waited for', (code) => {
    const step = feed(updates, [...downloading, notTaken('downloading', code)]);
    expect(jobOf(step.state)).toBe('none');
    expect(brief(step)).toEqual(['cancel update', 'timer/set updates/request']);
  });

  it.each(ends)('%s after the arming: seen through', (code) => {
    const events = [...downloading, installed, idle, notTaken('arming', code)];
    expect(jobOf(feed(updates, events).state)).toBe('j1 arming');
    expect(jobOf(feed(updates, [...events, armed]).state)).toBe('j1 rebooting');
  });

  it('the end of another one is none of this one', () => {
    const step = feed(updates, [...downloading, notTaken('downloading', 'ResourceNotFound', 'j0')]);
    expect(jobOf(step.state)).toBe('j1 downloading');
  });

  it.each(['RequestThrottled', 'VersionMismatch', 'InvalidRequest'])('%s is no end', (code) => {
    const step = feed(updates, [...downloading, notTaken('downloading', code)]);
    expect(jobOf(step.state)).toBe('j1 downloading');
  });
});
