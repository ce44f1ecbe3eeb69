import { describe, expect, it } from 'vitest';
import type { Event, IdentityFacts } from '../../../agent/events.ts';
import type { Moment, Saved } from '../../../agent/kernel/machine.ts';
import { answerMsMax, clockMachine, saveEveryMs } from '../../../agent/time/clock-floor.ts';
import { started, timer } from '../../support/agent-body.ts';
import { certificate, dayMs } from '../../support/agent-certificates.ts';
import {
  feed,
  moment,
  nowMs,
  restarted,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';

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
const saved = (provenMs: unknown, isOurs = false): Saved => ({
  row: { provenMs, isOurs } as object,
  items: new Map(),
});
const ours = saved(0, true);
const known = (cloudMs: number, boardMs = nowMs): Event => ({
  ...{ type: 'time/known', cloudMs, boardMs },
});
const ready = { type: 'clock/ready' };
const opens = (events: readonly Event[] = []) =>
  events.filter(({ type }) => type !== 'clock/floor');
const raised: Event = { type: 'clock/raised' };
const refused: Event = { type: 'clock/not-raised', code: 'refused' };
const hour = timer('clock/hour');
const silence = timer('clock/answer');
const floorOf = (events: readonly Timed[], was?: Saved) =>
  clockMachine.view(feed(clockMachine, events, was).state) as { floor: string; floorFrom: string };
const raises = (events: readonly Timed[], was?: Saved) =>
  (feed(clockMachine, events, was).effects ?? []).flatMap((effect) =>
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
    [
      'a time that an earlier release was told',
      wake({ builtMs: build }),
      { row: { savedMs: nowMs } as object, items: new Map() },
      'build',
      build,
    ],
    [
      'a certificate that a cloud gave',
      wake({
        builtMs: build,
        identity: { ...identity, next: certificate(2, { notBeforeMs: nowMs, isRenewed: true }) },
      }),
      undefined,
      'build',
      build,
    ],
    [
      'a previous certificate',
      wake({
        builtMs: build,
        identity: { ...identity, 'previous-1': certificate(2, { notBeforeMs: nowMs }) },
      }),
      undefined,
      'certificate',
      nowMs,
    ],
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
    const step = feed(clockMachine, [[wake({ builtMs: nowMs }), at(nowMs, 'floor')]]);
    expect([opens(step.events), summaries(step)]).toEqual([
      [ready],
      ['time/prove', 'timer/set clock/hour'],
    ]);
  });

  it('a clock below it is brought there, and TLS waits for what comes of it', () => {
    const step = feed(clockMachine, [[wake(), in1970]]);
    expect(opens(step.events)).toEqual([]);
    expect(summaries(step)).toEqual([
      'time/prove',
      'timer/set clock/hour',
      'clock/raise',
      'timer/set clock/answer',
      'note the clock is below its floor',
    ]);
    expect(timerMs(step, 'clock/answer')).toBe(answerMsMax);
  });

  it.each<readonly [string, Event, object]>([
    ['done', raised, { outcome: 'done', code: null }],
    ['refused', refused, { outcome: 'failed', code: 'refused' }],
    ['never answered', silence, { outcome: 'failed', code: 'no-answer' }],
  ])('that is %s: TLS is tried', (_name, event, raise) => {
    const step = feed(clockMachine, [[wake(), in1970], event]);
    expect(step.events).toEqual([ready]);
    expect(summaries(step)).toContain('timer/clear clock/answer');
    expect(step.state.raise).toEqual(raise);
  });

  it.each<readonly [string, Event]>([
    ['an answer', raised],
    ['a refusal', refused],
  ])('%s that comes late is noted, and opens nothing again', (_name, event) => {
    const step = feed(clockMachine, [[wake(), in1970], silence, event]);
    expect(step.events).toBeUndefined();
    expect(step.state.raise.outcome).toBe(event === raised ? 'done' : 'failed');
  });

  it('the bound of an answer that came means nothing', () => {
    const step = feed(clockMachine, [[wake(), in1970], raised, silence]);
    expect([step.events, step.state.raise.outcome]).toEqual([undefined, 'done']);
  });
});

describe('the floor', () => {
  const up: readonly Timed[] = [[wake({ builtMs: nowMs }), at(nowMs, 'floor')]];
  const mono = (ms: number): Moment => ({
    ...at(nowMs, 'floor'),
    now: { ...moment.now, wallMs: nowMs, quality: 'floor', monoMs: moment.now.monoMs + ms },
  });

  it('goes on with the monotonic clock, a little slower, and is saved each hour', () => {
    const step = feed(clockMachine, [...up, [hour, mono(10 * hourMs)]]);
    const provenMs = nowMs + 10 * hourMs * 0.999;
    expect(step.state.row).toEqual({ provenMs, isOurs: false });
    expect(step.events).toEqual([{ type: 'clock/floor', floorMs: provenMs }]);
    expect(timerMs(step, 'clock/hour')).toBe(saveEveryMs);
    expect(restarted(clockMachine, step.state).row).toEqual(step.state.row);
    const soon = feed(clockMachine, [...up, [hour, mono(hourMs / 2)]]);
    expect(soon.state.row.provenMs).toBe(0);
  });

  it('is carried on over a restart', () => {
    const again = saved(nowMs + 5 * hourMs);
    expect(floorOf([[wake(), at(nowMs)]], again).floor).toBe(
      new Date(nowMs + 5 * hourMs).toISOString(),
    );
  });

  it('rises with a certificate from the line', () => {
    const next = certificate(2, { notBeforeMs: nowMs + dayMs });
    const step = feed(clockMachine, [...up, { type: 'identity/staged', next }]);
    expect(step.effects).toEqual([{ type: 'time/prove', floorMs: nowMs + dayMs }]);
  });

  it.each([nowMs, nowMs + dayMs, Date.UTC(2034, 0), Date.UTC(2099, 0)])(
    'is not moved by what a cloud tells: %i',
    (cloudMs) => {
      const before = feed(clockMachine, up).state;
      const { state } = feed(clockMachine, [...up, [known(cloudMs), at(cloudMs, 'synced')]]);
      const later = clockMachine.step(state, hour, at(cloudMs, 'synced'));
      expect(later.state.row.provenMs).toBe(0);
      expect([state.mark, later.state.mark]).toEqual([before.mark, before.mark]);
    },
  );

  it('may wait to be stored, but not that the clock is ours', () => {
    const row = (provenMs: number, isOurs: boolean) => ({ provenMs, isOurs });
    const change = { key: '', before: row(0, false) };
    expect(clockMachine.isDeferrable?.({ ...change, after: row(5, false) })).toBe(true);
    expect(clockMachine.isDeferrable?.({ ...change, after: row(0, true) })).toBe(false);
  });
});

describe("the board's clock", () => {
  const up: readonly Timed[] = [[wake(), at(nowMs, 'floor')]];
  const y2034 = Date.UTC(2034, 0);
  const last = (events: readonly Timed[], was?: Saved) => feed(clockMachine, events, was);
  const moves = (events: readonly Timed[], was?: Saved) =>
    (last(events, was).effects ?? []).flatMap((effect) => {
      if (effect.type === 'clock/raise') return [['forward', effect.floorMs]];
      return effect.type === 'clock/set-back' ? [['back', effect.wallMs]] : [];
    });
  const tls = (code: string, serverFromMs?: number): Event => ({
    type: 'link/down',
    credentials: 'current',
    observation: {
      ...{ kind: 'tls', code, detail: '' },
      ...(serverFromMs !== undefined && { serverFromMs }),
    },
  });
  const expired = tls('CERT_HAS_EXPIRED');
  const isSynced: Event = { type: 'clock/synced', isSynced: true };

  it.each([
    ['well behind', 5 * 60_000 + 1, [['forward', nowMs]]],
    ['nearly right', 5 * 60_000, []],
    ['ahead, and not ours', -dayMs, []],
  ])('%s: cloud time', (_name, behindMs, wanted) => {
    const heard: Timed[] = [...up, [known(nowMs, nowMs - behindMs), at(nowMs, 'synced')]];
    expect(moves(heard)).toEqual(wanted);
    expect(feed(clockMachine, [...heard, raised]).events).toBeUndefined();
  });

  it('that is ours and ahead goes back to cloud time, but not below the floor', () => {
    const ahead = at(y2034, 'floor');
    expect(
      moves(
        [
          [wake(), ahead],
          [known(nowMs, y2034), at(nowMs, 'synced')],
        ],
        ours,
      ),
    ).toEqual([['back', nowMs]]);
    const floor = certificates.notBeforeMs;
    expect(
      moves(
        [
          [wake(), ahead],
          [known(floor - dayMs, y2034), at(floor - dayMs, 'synced')],
        ],
        ours,
      ),
    ).toEqual([['back', floor]]);
  });

  it.each([certificates.notAfterMs, Date.UTC(2099, 0), 9e15])(
    'is not moved by a time beyond the certificate: %i',
    (ms) => {
      const step = last([...up, known(ms)]);
      expect(summaries(step)).toEqual([
        'note cloud time is not within the life of our certificate',
      ]);
    },
  );

  it('is known to be ours before it is moved, and over a restart', () => {
    const step = last([...up, [known(y2034), at(y2034, 'synced')]]);
    expect(step.state.row.isOurs).toBe(true);
    expect(restarted(clockMachine, step.state).row.isOurs).toBe(true);
    expect(last([[wake(), in1970]]).state.row.isOurs).toBe(true);
  });

  it('that a false cloud has moved goes back to the floor when the server looks expired', () => {
    const lied: Timed[] = [...up, [known(y2034), at(y2034, 'synced')], raised];
    const floor = certificates.notBeforeMs;
    expect(moves([...lied, [expired, at(y2034, 'synced')]])).toEqual([['back', floor]]);
    // And no more, when that is not the reason.
    expect(moves([...lied, expired, raised, expired])).toEqual([]);
    const again: Timed[] = [...lied, expired, raised, [known(y2034), at(y2034, 'synced')], expired];
    expect(moves(again)).toEqual([['back', floor]]);
  });

  it('that the board did not set back is set back at the next expired server', () => {
    const lied: Timed[] = [...up, [known(y2034), at(y2034, 'synced')], raised];
    const floor = certificates.notBeforeMs;
    expect(moves([...lied, expired, refused, expired])).toEqual([['back', floor]]);
    expect(moves([...lied, expired, refused, expired, raised, expired])).toEqual([]);
  });

  it('that was restarted with such a clock goes back too', () => {
    expect(moves([[wake(), at(y2034, 'floor')], expired], ours)).toEqual([
      ['back', certificates.notBeforeMs],
    ]);
  });

  it('that was restarted so after its store was lost goes back too', () => {
    const remembered = { ...started, identity, isClockOurs: true };
    expect(moves([[remembered, at(y2034, 'floor')], expired])).toEqual([
      ['back', certificates.notBeforeMs],
    ]);
  });

  it('that is its own stays, whatever the server looks like', () => {
    expect(moves([...up, expired])).toEqual([]);
  });

  it('that is behind the beginning of a server’s signed certificate goes forward to it', () => {
    expect(moves([...up, tls('CERT_NOT_YET_VALID', nowMs)])).toEqual([['forward', nowMs + 1000]]);
    expect(moves([...up, tls('CERT_NOT_YET_VALID')])).toEqual([]);
    expect(moves([...up, tls('CERT_NOT_YET_VALID', certificates.notAfterMs)])).toEqual([]);
  });

  it('that a time service keeps is left alone, and is no longer ours', () => {
    const was = at(nowMs - dayMs, 'floor');
    const step = last([[wake(), was], isSynced], ours);
    expect(step.state.row.isOurs).toBe(false);
    expect(summaries(step)).toContain('clock/disown');
    for (const event of [known(nowMs), expired, tls('CERT_NOT_YET_VALID', nowMs)]) {
      expect(moves([[wake(), was], isSynced, [event, was]], ours)).toEqual([]);
    }
  });

  it('follows a cloud that contradicts the one before', () => {
    const lied: Timed[] = [...up, [known(y2034), at(y2034, 'synced')], raised];
    expect(moves([...lied, [known(nowMs, y2034), at(nowMs, 'synced')]])).toEqual([['back', nowMs]]);
  });

  it('is asked nothing when cloud time was known before: it has followed that', () => {
    expect(moves([...up, [known(nowMs, nowMs - 1000), at(nowMs, 'synced')]])).toEqual([]);
  });

  it('is set again each hour when the board did not take it', () => {
    const refusedOnce: Timed[] = [...up, [known(nowMs), in1970], refused];
    const later = at(nowMs + hourMs, 'synced');
    expect(moves([...refusedOnce, [hour, later]])).toEqual([['forward', nowMs + hourMs]]);
    expect(moves([...refusedOnce, [hour, later], raised, [hour, later]])).toEqual([]);
  });
});
