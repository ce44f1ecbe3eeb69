import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { Saved } from '../../../agent/kernel/machine.ts';
import type { Row } from '../../../agent/updates/row.ts';
import { linkDown, linkUp, timer } from '../../support/agent-body.ts';
import { brief, feed, later, moment, pauseMs, type Timed } from '../../support/agent-machine.ts';
import {
  checked,
  execution,
  jobOf,
  known,
  manifest,
  newSha,
  notTaken,
  offer,
  onOld,
  startedOn,
  storedJob,
  taken,
  updates,
} from '../../support/agent-updates.ts';

const online = [startedOn(onOld()), linkUp, known];
const checks = ['timer/clear updates/request', 'update/check'];
const quiet = ['timer/set updates/request'];
const asks = ['publish jobs/$next/get', 'timer/set updates/request'];
const tells = ['publish jobs/j1/update', 'timer/set updates/request'];
const verdict = (code: string) =>
  ({ type: 'update/checked', jobId: 'j1', verdict: { ok: false, code, message: 'no' } }) as const;

interface Taking {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
  readonly job: string;
}

const rows: readonly Taking[] = [
  {
    name: 'each connection asks for a job',
    events: [startedOn(onOld()), linkUp],
    effects: asks,
    job: 'none',
  },
  {
    name: 'again when no answer came',
    events: [...online, timer('updates/request')],
    effects: asks,
    job: 'none',
  },
  {
    name: 'not while the link is down',
    events: [...online, linkDown, timer('updates/request')],
    effects: [],
    job: 'none',
  },
  { name: 'nothing to do: seldom', events: [...online, offer()], effects: quiet, job: 'none' },
  {
    name: 'an offer is checked',
    events: [...online, offer(execution('j1'))],
    effects: checks,
    job: 'j1 checking',
  },
  {
    name: 'one that is in progress, too: its first taker forgot it',
    events: [...online, offer(execution('j1', { status: 'IN_PROGRESS' }))],
    effects: checks,
    job: 'j1 checking',
  },
  {
    name: 'one that has ended is none',
    events: [...online, offer(execution('j1', { status: 'CANCELED' }))],
    effects: quiet,
    job: 'none',
  },
  {
    name: 'an offer before cloud time waits',
    events: [startedOn(onOld()), linkUp, offer(execution('j1'))],
    effects: [],
    job: 'none',
  },
  {
    name: 'and is taken when it is known',
    events: [startedOn(onOld()), linkUp, offer(execution('j1')), known],
    effects: checks,
    job: 'j1 checking',
  },
  {
    name: 'but not after the connection is gone',
    events: [startedOn(onOld()), linkUp, offer(execution('j1')), linkDown, known],
    effects: [],
    job: 'none',
  },
  {
    name: 'an offer on a new connection waits for its time',
    events: [...online, linkDown, linkUp, offer(execution('j1'))],
    effects: [],
    job: 'none',
  },
  {
    name: 'one job at a time',
    events: [...online, offer(execution('j1')), offer(execution('j2'))],
    effects: [],
    job: 'j1 checking',
  },
  {
    name: 'a document of another kind is refused for good',
    events: [...online, offer(execution('j1', { jobDocument: { operation: 'dance' } }))],
    effects: tells,
    job: 'j1 reporting REJECTED unknown-operation',
  },
  {
    name: 'so is an offer without a document',
    events: [...online, offer({ ...execution('j1'), jobDocument: undefined })],
    effects: tells,
    job: 'j1 reporting REJECTED unknown-operation',
  },
  {
    name: 'without a second slot nothing is taken',
    events: [startedOn({ ...onOld(), slots: [] }), linkUp, known, offer(execution('j1'))],
    effects: quiet,
    job: 'none',
  },
  {
    name: 'a board that did not answer takes nothing',
    events: [startedOn(null), linkUp, known, offer(execution('j1'))],
    effects: quiet,
    job: 'none',
  },
  {
    name: 'believed: it is fetched',
    events: [...online, offer(execution('j1')), checked()],
    effects: ['update/install b', 'publish jobs/j1/update'],
    job: 'j1 downloading',
  },
  {
    name: 'not believed: refused for good',
    events: [...online, offer(execution('j1')), verdict('untrusted')],
    effects: tells,
    job: 'j1 reporting REJECTED untrusted',
  },
  {
    name: 'not to be judged now: failed, and the cloud may try again',
    events: [...online, offer(execution('j1')), verdict('unavailable')],
    effects: tells,
    job: 'j1 reporting FAILED unavailable',
  },
  {
    name: 'the verdict on another job means nothing',
    events: [...online, offer(execution('j1')), checked('j0')],
    effects: [],
    job: 'j1 checking',
  },
  {
    name: 'a verdict comes once',
    events: [...online, offer(execution('j1')), checked(), checked()],
    effects: [],
    job: 'j1 downloading',
  },
];

describe('taking a job', () => {
  it.each(rows)('$name', ({ events, effects, job }) => {
    const step = feed(updates, events);
    expect(brief(step)).toEqual(effects);
    expect(jobOf(step.state)).toBe(job);
  });

  it('refuses an image that failed here before', () => {
    const saved = { row: { job: null, failedImages: [newSha] }, items: new Map() };
    const step = feed(updates, [...online, offer(execution('j1')), checked()], saved);
    expect(jobOf(step.state)).toBe('j1 reporting REJECTED failed-before');
  });

  it('asks with growing pauses', () => {
    const pauses = [1, 2, 3].map((times) =>
      pauseMs(
        feed(
          updates,
          [...online, ...Array.from({ length: times - 1 }, () => timer('updates/request'))].slice(
            1,
          ),
        ),
        'updates/request',
      ),
    );
    expect(pauses).toEqual([undefined, 10_000, 20_000]);
    expect(pauseMs(feed(updates, [...online, offer()]), 'updates/request')).toBe(75_600_000);
  });
});

describe('a job that is being told', () => {
  const result = { status: 'FAILED', reason: 'rolled-back', detail: 'crashed: x' } as const;
  const saved = storedJob('reporting', result);

  it.each<readonly [string, readonly Timed[], readonly string[], string]>([
    ['is told again', [timer('updates/request')], tells, 'j1 reporting FAILED rolled-back'],
    ['until it is taken; then the next is waited for', [taken('reporting')], quiet, 'none'],
    [
      'the acceptance of a progress report is not it',
      [taken('downloading')],
      [],
      'j1 reporting FAILED rolled-back',
    ],
    ['nor that of another job', [taken('reporting', 'j0')], [], 'j1 reporting FAILED rolled-back'],
    [
      'nor an answer on the topic of another job',
      [{ ...taken('reporting'), jobId: 'j0' } as Event],
      [],
      'j1 reporting FAILED rolled-back',
    ],
    [
      'the cloud has an end for it already',
      [notTaken('reporting', 'InvalidStateTransition')],
      quiet,
      'none',
    ],
    ['the cloud has forgotten it', [notTaken('reporting', 'ResourceNotFound')], quiet, 'none'],
    [
      'the cloud is busy',
      [notTaken('reporting', 'RequestThrottled')],
      [],
      'j1 reporting FAILED rolled-back',
    ],
    ['holds up the next one', [offer(execution('j2'))], [], 'j1 reporting FAILED rolled-back'],
  ])('%s', (_name, events, effects, job) => {
    const step = feed(updates, [startedOn(onOld()), linkUp, known, ...events], saved);
    expect(brief(step)).toEqual(effects);
    expect(jobOf(step.state)).toBe(job);
  });

  it.each([
    ['an empty detail', '', undefined],
    ['control characters', 'exit\ncode\u00001', 'exit code 1'],
    ['a long detail', 'x'.repeat(500), 'x'.repeat(200)],
  ])('says %s in a way that AWS takes', (_name, detail, said) => {
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
      ...(said === undefined ? {} : { detail: said }),
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
  const again = offer(execution('j1', { queuedAt: 77 }));

  it('hears the same end, and nothing is stored', () => {
    const before = feed(updates, online, saved).state;
    const step = updates.step(before, again, moment);
    expect(brief(step)).toEqual([
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

  it('hears it without cloud time, too', () => {
    const step = feed(updates, [startedOn(onOld()), linkUp, again], saved);
    expect(brief(step)).toContain('publish jobs/j1/update');
  });

  it('hears it a few times an hour, however often it is offered', () => {
    let { state } = feed(updates, online, saved);
    let told = 0;
    for (let ms = 0; ms < 3_600_000; ms += 10_000) {
      const step = updates.step(state, again, later(ms));
      told += step.effects?.filter(({ type }) => type === 'publish').length ?? 0;
      expect(step.state.row).toBe(state.row);
      state = step.state;
    }
    expect(told).toBe(5);
  });

  it.each([
    ['a later execution of it', { executionNumber: 2, queuedAt: 77 }],
    ['one that was made anew under its id', { queuedAt: 78 }],
  ])('is begun when it is %s', (_name, change) => {
    const step = feed(updates, [...online, offer(execution('j1', change))], saved);
    expect(jobOf(step.state)).toBe('j1 checking');
  });

  it('is remembered when its end is taken, the newest 16', () => {
    const result = { status: 'FAILED', reason: 'x', detail: '' } as const;
    let saved: Saved = storedJob('reporting');
    for (let n = 0; n < 20; n++) {
      const { job } = storedJob('reporting', result, `${n}/`).row as Row;
      const next = { row: { ...(saved.row as Row), job }, items: new Map() };
      const { state } = feed(
        updates,
        [startedOn(onOld()), linkUp, known, taken('reporting')],
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

describe('jobs without end', () => {
  it('are begun a few times in an hour, and the rest is asked for later', () => {
    let { state } = feed(updates, online);
    let begun = 0;
    for (let ms = 0; ms < 3_600_000; ms += 1000) {
      const job = execution(`j${ms}`, { jobDocument: { operation: 'dance' } });
      const step = updates.step(state, offer(job), later(ms));
      begun += step.state.row === state.row ? 0 : 1;
      if (step.state.row === state.row && state.row.job === null) {
        expect(pauseMs(step, 'updates/request')).toBeGreaterThan(0);
      }
      state = updates.step(step.state, taken('reporting', job.jobId), later(ms)).state;
    }
    expect(begun).toBe(6 + 5);
  });
});
