import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { Saved } from '../../../agent/kernel/machine.ts';
import type { Row } from '../../../agent/updates/row.ts';
import { linkDown, linkUp, timer } from '../../support/agent-body.ts';
import {
  feed,
  later,
  moment,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';
import {
  checked,
  execution,
  jobNotUpdated,
  jobOf,
  jobUpdated,
  manifest,
  newSha,
  offer,
  onOld,
  startedOn,
  storedJob,
  timeKnown,
  updates,
} from '../../support/agent-updates.ts';

const online = [startedOn(onOld()), linkUp, timeKnown];
const checkEffects = ['timer/clear updates/request', 'update/check'];
const pollEffects = ['timer/set updates/request'];
const requestEffects = ['publish jobs/$next/get', 'timer/set updates/request'];
const reportEffects = ['publish jobs/j1/update', 'timer/set updates/request'];
const verdict = (code: string) =>
  ({ type: 'update/checked', jobId: 'j1', verdict: { ok: false, code, message: 'no' } }) as const;

interface OfferRow {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
  readonly job: string;
}

const rows: readonly OfferRow[] = [
  {
    name: 'requests a job on each connection',
    events: [startedOn(onOld()), linkUp],
    effects: requestEffects,
    job: 'none',
  },
  {
    name: 'requests it again when no answer came',
    events: [...online, timer('updates/request')],
    effects: requestEffects,
    job: 'none',
  },
  {
    name: 'requests nothing while the link is down',
    events: [...online, linkDown, timer('updates/request')],
    effects: [],
    job: 'none',
  },
  {
    name: 'polls seldom when there is no job',
    events: [...online, offer()],
    effects: pollEffects,
    job: 'none',
  },
  {
    name: 'checks the manifest of an offered job',
    events: [...online, offer(execution('j1'))],
    effects: checkEffects,
    job: 'j1 checking',
  },
  {
    name: 'accepts a job that is in progress, because its first agent lost it',
    events: [...online, offer(execution('j1', { status: 'IN_PROGRESS' }))],
    effects: checkEffects,
    job: 'j1 checking',
  },
  {
    name: 'ignores an execution that has ended',
    events: [...online, offer(execution('j1', { status: 'CANCELED' }))],
    effects: pollEffects,
    job: 'none',
  },
  {
    name: 'defers an offer until cloud time is known',
    events: [startedOn(onOld()), linkUp, offer(execution('j1'))],
    effects: pollEffects,
    job: 'none',
  },
  {
    name: 'accepts a deferred offer when cloud time is known',
    events: [startedOn(onOld()), linkUp, offer(execution('j1')), timeKnown],
    effects: checkEffects,
    job: 'j1 checking',
  },
  {
    name: 'drops a deferred offer when the connection ends',
    events: [startedOn(onOld()), linkUp, offer(execution('j1')), linkDown, timeKnown],
    effects: [],
    job: 'none',
  },
  {
    name: 'defers an offer again on a new connection',
    events: [...online, linkDown, linkUp, offer(execution('j1'))],
    effects: pollEffects,
    job: 'none',
  },
  {
    name: 'replaces its job when the cloud offers another one first',
    events: [...online, offer(execution('j1')), offer(execution('j2'))],
    effects: [
      'cancel update',
      'note update withdrawn by the cloud',
      'timer/clear updates/request',
      'update/check',
    ],
    job: 'j2 checking',
  },
  {
    name: 'rejects a document of another kind for good',
    events: [...online, offer(execution('j1', { jobDocument: { operation: 'dance' } }))],
    effects: reportEffects,
    job: 'j1 reporting REJECTED unknown-operation',
  },
  {
    name: 'rejects an offer without a document for good',
    events: [...online, offer({ ...execution('j1'), jobDocument: undefined })],
    effects: reportEffects,
    job: 'j1 reporting REJECTED unknown-operation',
  },
  {
    name: 'accepts nothing without a second slot',
    events: [startedOn({ ...onOld(), slots: [] }), linkUp, timeKnown, offer(execution('j1'))],
    effects: pollEffects,
    job: 'none',
  },
  {
    name: 'accepts nothing while the board does not answer',
    events: [startedOn(null), linkUp, timeKnown, offer(execution('j1'))],
    effects: pollEffects,
    job: 'none',
  },
  {
    name: 'starts the download when the manifest is trusted',
    events: [...online, offer(execution('j1')), checked()],
    effects: ['update/install b', 'publish jobs/j1/update'],
    job: 'j1 downloading',
  },
  {
    name: 'rejects an untrusted manifest for good',
    events: [...online, offer(execution('j1')), verdict('untrusted')],
    effects: reportEffects,
    job: 'j1 reporting REJECTED untrusted',
  },
  {
    name: 'fails a job that cannot be checked now, so that the cloud may retry it',
    events: [...online, offer(execution('j1')), verdict('unavailable')],
    effects: reportEffects,
    job: 'j1 reporting FAILED unavailable',
  },
  {
    name: 'ignores the verdict on another job',
    events: [...online, offer(execution('j1')), checked('j0')],
    effects: [],
    job: 'j1 checking',
  },
  {
    name: 'ignores a second verdict',
    events: [...online, offer(execution('j1')), checked(), checked()],
    effects: [],
    job: 'j1 downloading',
  },
];

describe('the updates machine', () => {
  it.each(rows)('$name', ({ events, effects, job }) => {
    const step = feed(updates, events);
    expect(summaries(step)).toEqual(effects);
    expect(jobOf(step.state)).toBe(job);
  });

  it('rejects an image that failed here before', () => {
    const saved = { row: { job: null, failedImages: [newSha] }, items: new Map() };
    const step = feed(updates, [...online, offer(execution('j1')), checked()], saved);
    expect(jobOf(step.state)).toBe('j1 reporting REJECTED failed-before');
  });

  it('repeats its request with growing delays', () => {
    const delays = [1, 2, 3].map((times) =>
      timerMs(
        feed(
          updates,
          [...online, ...Array.from({ length: times - 1 }, () => timer('updates/request'))].slice(
            1,
          ),
        ),
        'updates/request',
      ),
    );
    expect(delays).toEqual([undefined, 10_000, 20_000]);
    expect(timerMs(feed(updates, [...online, offer()]), 'updates/request')).toBe(75_600_000);
  });
});

describe('a finished job', () => {
  const result = { status: 'FAILED', reason: 'rolled-back', detail: 'crashed: x' } as const;
  const saved = storedJob('reporting', result);

  it.each<readonly [string, readonly Timed[], readonly string[], string]>([
    [
      'is reported again when no answer came',
      [timer('updates/request')],
      reportEffects,
      'j1 reporting FAILED rolled-back',
    ],
    ['is closed when the cloud accepts its end', [jobUpdated('reporting')], pollEffects, 'none'],
    [
      'is not closed by the acceptance of a progress report',
      [jobUpdated('downloading')],
      [],
      'j1 reporting FAILED rolled-back',
    ],
    [
      'is not closed by an answer about another job',
      [jobUpdated('reporting', 'j0')],
      [],
      'j1 reporting FAILED rolled-back',
    ],
    [
      'is not closed by an answer on the topic of another job',
      [{ ...jobUpdated('reporting'), jobId: 'j0' } as Event],
      [],
      'j1 reporting FAILED rolled-back',
    ],
    [
      'is closed when the cloud already has an end for it',
      [jobNotUpdated('reporting', 'InvalidStateTransition')],
      pollEffects,
      'none',
    ],
    [
      'is closed when the cloud has forgotten it',
      [jobNotUpdated('reporting', 'ResourceNotFound')],
      pollEffects,
      'none',
    ],
    [
      'stays open while the cloud is busy',
      [jobNotUpdated('reporting', 'RequestThrottled')],
      [],
      'j1 reporting FAILED rolled-back',
    ],
    ['delays the next offer', [offer(execution('j2'))], [], 'j1 reporting FAILED rolled-back'],
  ])('%s', (_name, events, effects, job) => {
    const step = feed(updates, [startedOn(onOld()), linkUp, timeKnown, ...events], saved);
    expect(summaries(step)).toEqual(effects);
    expect(jobOf(step.state)).toBe(job);
  });

  it.each([
    ['an empty detail', '', undefined],
    ['control characters', 'exit\ncode\u00001', 'exit code 1'],
    ['a long detail', 'x'.repeat(500), 'x'.repeat(200)],
    ['a detail cut within a character', `${'x'.repeat(199)}\u{1f600}`, 'x'.repeat(199)],
  ])('reports %s in a form that AWS accepts', (_name, detail, expected) => {
    const step = feed(
      updates,
      [startedOn(onOld()), linkUp],
      storedJob('reporting', { ...result, detail }),
    );
    const [effect] = step.effects ?? [];
    expect(effect).toMatchObject({
      payload: { status: 'FAILED', clientToken: 'reporting-j1' },
    });
    const payload = effect?.type === 'publish' ? effect.payload : {};
    const { statusDetails } = payload as { statusDetails: Record<string, string> };
    expect(statusDetails).toEqual({
      step: 'reporting',
      version: manifest.version,
      reason: 'rolled-back',
      ...(expected === undefined ? {} : { detail: expected }),
    });
  });
});

describe('a job that is offered again after its end', () => {
  const ended = [
    {
      jobId: 'j1',
      run: '1/77',
      result: { status: 'FAILED', reason: 'rolled-back', detail: 'crashed: x' },
    },
  ] as const;
  const saved = { row: { job: null, failedImages: [], ended }, items: new Map() };
  const offerAgain = offer(execution('j1', { queuedAt: 77 }));

  it('requests the next job at the first answer only', () => {
    const answer = jobUpdated('ended');
    const once = feed(updates, [...online, offerAgain, answer], saved);
    expect(summaries(once)).toEqual(['timer/set updates/request']);
    const twice = updates.step(once.state, answer, moment);
    expect(summaries(twice)).toEqual([]);
    expect(summaries(feed(updates, [...online, answer], saved))).toEqual([]);
  });

  it('gets the same end again, without a write', () => {
    const before = feed(updates, online, saved).state;
    const step = updates.step(before, offerAgain, moment);
    expect(summaries(step)).toEqual([
      'publish jobs/j1/update',
      'note ended job offered again',
      'timer/set updates/request',
    ]);
    expect(step.effects?.[0]).toMatchObject({
      payload: {
        status: 'FAILED',
        statusDetails: { reason: 'rolled-back', detail: 'crashed: x' },
        clientToken: 'ended-j1',
      },
    });
    expect(step.state.row).toBe(before.row);
  });

  it('gets the same end before cloud time is known', () => {
    const step = feed(updates, [startedOn(onOld()), linkUp, offerAgain], saved);
    expect(summaries(step)).toContain('publish jobs/j1/update');
  });

  it('gets the same end a few times an hour, however often it is offered', () => {
    let { state } = feed(updates, online, saved);
    let reports = 0;
    for (let ms = 0; ms < 3_600_000; ms += 10_000) {
      const step = updates.step(state, offerAgain, later(ms));
      reports += step.effects?.filter(({ type }) => type === 'publish').length ?? 0;
      expect(step.state.row).toBe(state.row);
      state = step.state;
    }
    expect(reports).toBe(5);
  });

  it.each([
    ['a later execution', { executionNumber: 2, queuedAt: 77 }],
    ['a new job under the same id', { queuedAt: 78 }],
  ])('starts when it is %s', (_name, change) => {
    const step = feed(updates, [...online, offer(execution('j1', change))], saved);
    expect(jobOf(step.state)).toBe('j1 checking');
  });

  it('is remembered when its end is accepted, up to the newest 16', () => {
    const result = { status: 'FAILED', reason: 'x', detail: '' } as const;
    let saved: Saved = storedJob('reporting');
    for (let n = 0; n < 20; n++) {
      const { job } = storedJob('reporting', result, `${n}/`).row as Row;
      const next = { row: { ...(saved.row as Row), job }, items: new Map() };
      const { state } = feed(
        updates,
        [startedOn(onOld()), linkUp, timeKnown, jobUpdated('reporting')],
        next,
      );
      saved = { row: state.row, items: new Map() };
    }
    const { ended: remembered = [] } = saved.row as Row;
    expect(remembered.map(({ run }) => run)).toEqual(
      Array.from({ length: 16 }, (_, n) => `${n + 4}/`),
    );
  });
});

describe('an endless series of jobs', () => {
  it('starts a few jobs in an hour and requests the rest later', () => {
    let { state } = feed(updates, online);
    let started = 0;
    for (let ms = 0; ms < 3_600_000; ms += 1000) {
      const job = execution(`j${ms}`, { jobDocument: { operation: 'dance' } });
      const step = updates.step(state, offer(job), later(ms));
      started += step.state.row === state.row ? 0 : 1;
      if (step.state.row === state.row && state.row.job === null) {
        expect(timerMs(step, 'updates/request')).toBeGreaterThan(0);
      }
      state = updates.step(step.state, jobUpdated('reporting', job.jobId), later(ms)).state;
    }
    expect(started).toBe(6 + 5);
  });
});
