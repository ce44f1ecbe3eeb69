import { describe, expect, it } from 'vitest';
import type { Event, IdentityFacts } from '../../../agent/events.ts';
import { answerMsMax, clockMachine, saveEveryMs } from '../../../agent/link/clock-floor.ts';
import type { Moment, Saved } from '../../../agent/machine.ts';
import { started, timer } from '../../support/agent-body.ts';
import {
  brief,
  type Heard,
  hear,
  moment,
  nowMs,
  pauseMs,
  reborn,
} from '../../support/agent-machine.ts';
import { certificate, dayMs } from '../../support/agent-pairs.ts';

const hourMs = 3_600_000;
const certificates = certificate(1);
const identity: IdentityFacts = { current: certificates, next: null };
const wake = (change: { builtMs?: number; identity?: IdentityFacts } = {}): Event => ({
  ...started,
  identity,
  ...change,
});
/** What the board's own clock shows, before cloud time is known. */
const at = (wallMs: number, quality: Moment['now']['quality'] = 'unset'): Moment => ({
  ...moment,
  now: { ...moment.now, wallMs, quality },
});
const in1970 = at(5000);
const saved = (savedMs: unknown): Saved => ({ row: { savedMs } as object, items: new Map() });
const known = (cloudMs: number): Event => ({ type: 'time/known', cloudMs });
const ready = { type: 'clock/ready' };
const raised: Event = { type: 'clock/raised' };
const refused: Event = { type: 'clock/not-raised', code: 'refused' };
const hour = timer('clock/hour');
const silence = timer('clock/answer');
const floorOf = (events: readonly Heard[], was?: Saved) =>
  clockMachine.view(hear(clockMachine, events, was).state) as { floor: string; floorFrom: string };
const raises = (events: readonly Heard[], was?: Saved) =>
  (hear(clockMachine, events, was).effects ?? []).flatMap((effect) =>
    effect.type === 'clock/raise' ? [effect.floorMs] : [],
  );

describe('the floor is the highest of', () => {
  const build = nowMs - 10 * dayMs;
  it.each<readonly [string, Event, Saved | undefined, string, number]>([
    ['the build', wake({ builtMs: build }), undefined, 'build', build],
    ['the certificate', wake(), undefined, 'certificate', certificates.notBeforeMs],
    [
      'the next certificate',
      wake({
        builtMs: build,
        identity: { ...identity, next: certificate(2, { notBeforeMs: nowMs }) },
      }),
      undefined,
      'certificate',
      nowMs,
    ],
    ['the saved time', wake({ builtMs: build }), saved(build + 1), 'saved', build + 1],
    [
      'the build, after an old saved time',
      wake({ builtMs: build }),
      saved(build - 1),
      'build',
      build,
    ],
    [
      'all but a saved time beyond the certificate',
      wake({ builtMs: build }),
      saved(certificates.notAfterMs),
      'build',
      build,
    ],
    [
      'all but a saved time without any certificate',
      wake({ builtMs: build, identity: { current: null, next: null } }),
      saved(nowMs),
      'build',
      build,
    ],
    ['a saved time that is none', wake({ builtMs: build }), saved('tomorrow'), 'build', build],
    ['a saved time out of this world', wake({ builtMs: build }), saved(1e300), 'build', build],
  ])('%s', (_name, event, was, from, ms) => {
    expect(floorOf([[event, in1970]], was)).toMatchObject({
      floor: new Date(ms).toISOString(),
      floorFrom: from,
    });
    expect(raises([[event, in1970]], was)).toEqual([ms]);
  });
});

describe('at a start of the agent', () => {
  it('a clock at its floor is ready at once', () => {
    const step = hear(clockMachine, [[wake({ builtMs: nowMs }), at(nowMs, 'floor')]]);
    expect([step.events, brief(step)]).toEqual([[ready], []]);
  });

  it('a clock below it is brought there, and TLS waits for what comes of it', () => {
    const step = hear(clockMachine, [[wake(), in1970]]);
    expect(step.events).toBeUndefined();
    expect(brief(step)).toEqual([
      'clock/raise',
      'timer/set clock/answer',
      'note the clock is below its floor',
    ]);
    expect(pauseMs(step, 'clock/answer')).toBe(answerMsMax);
  });

  it.each<readonly [string, Event, object]>([
    ['done', raised, { outcome: 'done', code: null }],
    ['refused', refused, { outcome: 'failed', code: 'refused' }],
    ['never answered', silence, { outcome: 'failed', code: 'no-answer' }],
  ])('that is %s: TLS is tried', (_name, event, raise) => {
    const step = hear(clockMachine, [[wake(), in1970], event]);
    expect(step.events).toEqual([ready]);
    expect(brief(step)).toContain('timer/clear clock/answer');
    expect(step.state.raise).toEqual(raise);
  });

  it.each<readonly [string, Event]>([
    ['an answer', raised],
    ['a refusal', refused],
  ])('%s that comes late is noted, and opens nothing again', (_name, event) => {
    const step = hear(clockMachine, [[wake(), in1970], silence, event]);
    expect(step.events).toBeUndefined();
    expect(step.state.raise.outcome).toBe(event === raised ? 'done' : 'failed');
  });

  it('the bound of an answer that came means nothing', () => {
    const step = hear(clockMachine, [[wake(), in1970], raised, silence]);
    expect([step.events, step.state.raise.outcome]).toEqual([undefined, 'done']);
  });
});

describe('cloud time', () => {
  const up: readonly Heard[] = [[wake(), at(nowMs, 'floor')]];
  const afterUp = (...events: readonly Heard[]) => hear(clockMachine, [...up, ...events]);

  it('is saved when it becomes known, and survives', () => {
    const { state } = afterUp(known(nowMs));
    expect(state.row).toEqual({ savedMs: nowMs });
    expect(reborn(clockMachine, state).row).toEqual({ savedMs: nowMs });
  });

  it.each([
    ['an hour later', hourMs, true],
    ['sooner', hourMs - 1, false],
    ['earlier', -dayMs, false],
  ])('is saved again on another connection %s: %#', (_name, ms, isSaved) => {
    const { state } = afterUp(known(nowMs), known(nowMs + ms));
    expect(state.row).toEqual({ savedMs: isSaved ? nowMs + ms : nowMs });
  });

  it('is saved every hour while the connection lives', () => {
    expect(pauseMs(afterUp(known(nowMs)), 'clock/hour')).toBe(saveEveryMs);
    const step = afterUp(known(nowMs), [hour, at(nowMs + hourMs, 'synced')]);
    expect(step.state.row).toEqual({ savedMs: nowMs + hourMs });
    expect(pauseMs(step, 'clock/hour')).toBe(saveEveryMs);
  });

  it.each(['floor', 'unset', 'unknown'] as const)('that is only %s is never saved', (quality) => {
    const step = afterUp(known(nowMs), [hour, at(nowMs + dayMs, quality)]);
    expect(step.state.row).toEqual({ savedMs: nowMs });
    expect(pauseMs(step, 'clock/hour')).toBe(saveEveryMs);
  });

  it.each([certificates.notAfterMs, Date.UTC(2099, 0), 9e15])(
    '%i, beyond the certificate, is neither saved nor set',
    (ms) => {
      const step = afterUp(known(ms));
      expect([step.state.row, brief(step)]).toEqual([
        null,
        ['note cloud time is not within the life of our certificate'],
      ]);
      expect(afterUp(known(nowMs), [hour, at(ms, 'synced')]).state.row).toEqual({ savedMs: nowMs });
    },
  );

  it('that is true takes the place of a saved one that cannot be', () => {
    const poisoned = saved(Date.UTC(2099, 0));
    const { state } = hear(clockMachine, [...up, known(nowMs)], poisoned);
    expect(state.row).toEqual({ savedMs: nowMs });
  });

  it('may be as late as a renewed certificate allows', () => {
    const next = certificate(2, { notAfterMs: Date.UTC(2046, 0) });
    const late = Date.UTC(2040, 0);
    expect(afterUp(known(late)).state.row).toBeNull();
    expect(afterUp({ type: 'identity/staged', next }, known(late)).state.row).not.toBeNull();
    const read: Event = { type: 'identity/known', identity: { current: next, next: null } };
    const unread: Event = { type: 'identity/known', identity: { current: null, next: null } };
    for (const event of [{ type: 'identity/promoted', current: next } as const, read]) {
      expect(afterUp(event, known(late)).state.row).not.toBeNull();
      expect(afterUp(event, unread, known(late)).state.row).not.toBeNull();
    }
  });

  it.each([
    ['well behind', 5 * 60_000 + 1, [nowMs]],
    ['nearly right', 5 * 60_000, []],
    ['ahead', -dayMs, []],
  ])('when the board is %s', (_name, behindMs, wanted) => {
    const heard: Heard[] = [...up, [known(nowMs), at(nowMs - behindMs, 'floor')]];
    expect(raises(heard)).toEqual(wanted);
    expect(hear(clockMachine, [...heard, raised]).events).toBeUndefined();
  });

  it('asks nothing of a board when it was known before: its stamps are the cloud’s', () => {
    expect(raises([...up, [known(nowMs), at(nowMs - dayMs, 'synced')]])).toEqual([]);
  });

  it('is given again each hour to a board that did not take it', () => {
    const failed: Heard[] = [...up, [known(nowMs), in1970], refused];
    const later = at(nowMs + hourMs, 'synced');
    expect(raises([...failed, [hour, later]])).toEqual([nowMs + hourMs]);
    expect(raises([...failed, [hour, later], raised, [hour, later]])).toEqual([]);
  });
});
