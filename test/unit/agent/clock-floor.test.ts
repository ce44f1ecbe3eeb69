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
const answerTimeout = timer('clock/answer');
const floorOf = (events: readonly Timed[], was?: Saved) =>
  clockMachine.view(feed(clockMachine, events, was).state) as { floor: string; floorFrom: string };
const raises = (events: readonly Timed[], was?: Saved) =>
  (feed(clockMachine, events, was).effects ?? []).flatMap((effect) =>
    effect.type === 'clock/raise' ? [effect.floorMs] : [],
  );

describe('the floor of the clock', () => {
  const build = nowMs - 10 * dayMs;
  it.each<readonly [string, Event, Saved | undefined, string, number]>([
    ['comes from the build', wake({ builtMs: build }), undefined, 'build', build],
    ['comes from the certificate', wake(), undefined, 'certificate', certificates.notBeforeMs],
    [
      'comes from the next certificate',
      wake({
        builtMs: build,
        identity: { ...identity, next: certificate(2, { notBeforeMs: nowMs }) },
      }),
      undefined,
      'certificate',
      nowMs,
    ],
    ['comes from the saved time', wake({ builtMs: build }), saved(build + 1), 'saved', build + 1],
    [
      'comes from the build when the saved time is older',
      wake({ builtMs: build }),
      saved(build - 1),
      'build',
      build,
    ],
    [
      'ignores a saved time after the end of the certificate',
      wake({ builtMs: build }),
      saved(certificates.notAfterMs),
      'build',
      build,
    ],
    [
      'ignores a saved time without any certificate',
      wake({ builtMs: build, identity: { current: null, next: null } }),
      saved(nowMs),
      'build',
      build,
    ],
    [
      'ignores a saved time that is not a number',
      wake({ builtMs: build }),
      saved('tomorrow'),
      'build',
      build,
    ],
    ['ignores a saved time out of range', wake({ builtMs: build }), saved(1e300), 'build', build],
    [
      'ignores a cloud time that an earlier release saved',
      wake({ builtMs: build }),
      { row: { savedMs: nowMs } as object, items: new Map() },
      'build',
      build,
    ],
    [
      'ignores the date of a renewed certificate',
      wake({
        builtMs: build,
        identity: { ...identity, next: certificate(2, { notBeforeMs: nowMs, isRenewed: true }) },
      }),
      undefined,
      'build',
      build,
    ],
    [
      'comes from a previous certificate',
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

describe('the clock machine at the start of the agent', () => {
  it('is ready at once when the clock is at its floor', () => {
    const step = feed(clockMachine, [[wake({ builtMs: nowMs }), at(nowMs, 'floor')]]);
    expect([opens(step.events), summaries(step)]).toEqual([
      [ready],
      ['time/prove', 'timer/set clock/hour'],
    ]);
  });

  it('raises a clock below its floor, and delays TLS until the answer', () => {
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
    ['succeeded', raised, { outcome: 'done', code: null }],
    ['was rejected', refused, { outcome: 'failed', code: 'refused' }],
    ['had no answer', answerTimeout, { outcome: 'failed', code: 'no-answer' }],
  ])('lets TLS start when the raise %s', (_name, event, raise) => {
    const step = feed(clockMachine, [[wake(), in1970], event]);
    expect(step.events).toEqual([ready]);
    expect(summaries(step)).toContain('timer/clear clock/answer');
    expect(step.state.raise).toEqual(raise);
  });

  it.each<readonly [string, Event]>([
    ['a late answer', raised],
    ['a late rejection', refused],
  ])('records %s, and does not start TLS again', (_name, event) => {
    const step = feed(clockMachine, [[wake(), in1970], answerTimeout, event]);
    expect(step.events).toBeUndefined();
    expect(step.state.raise.outcome).toBe(event === raised ? 'done' : 'failed');
  });

  it('ignores the timeout of an answer that has arrived', () => {
    const step = feed(clockMachine, [[wake(), in1970], raised, answerTimeout]);
    expect([step.events, step.state.raise.outcome]).toEqual([undefined, 'done']);
  });
});

describe('the running floor', () => {
  const up: readonly Timed[] = [[wake({ builtMs: nowMs }), at(nowMs, 'floor')]];
  const mono = (ms: number): Moment => ({
    ...at(nowMs, 'floor'),
    now: { ...moment.now, wallMs: nowMs, quality: 'floor', monoMs: moment.now.monoMs + ms },
  });

  it('advances with the monotonic clock, slightly slower, and is saved each hour', () => {
    const step = feed(clockMachine, [...up, [hour, mono(10 * hourMs)]]);
    const provenMs = nowMs + 10 * hourMs * 0.999;
    expect(step.state.row).toEqual({ provenMs, isOurs: false });
    expect(step.events).toEqual([{ type: 'clock/floor', floorMs: provenMs }]);
    expect(timerMs(step, 'clock/hour')).toBe(saveEveryMs);
    expect(restarted(clockMachine, step.state).row).toEqual(step.state.row);
    const soon = feed(clockMachine, [...up, [hour, mono(hourMs / 2)]]);
    expect(soon.state.row.provenMs).toBe(0);
  });

  it('continues after a restart', () => {
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
    "is not moved by a cloud's time: %i",
    (cloudMs) => {
      const before = feed(clockMachine, up).state;
      const { state } = feed(clockMachine, [...up, [known(cloudMs), at(cloudMs, 'synced')]]);
      const later = clockMachine.step(state, hour, at(cloudMs, 'synced'));
      expect(later.state.row.provenMs).toBe(0);
      expect([state.mark, later.state.mark]).toEqual([before.mark, before.mark]);
    },
  );

  it('is stored with the next commit, but the owner of the clock at once', () => {
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
    ['ahead and not set by the agent', -dayMs, []],
  ])('is moved to cloud time or not when it is %s', (_name, behindMs, expected) => {
    const events: Timed[] = [...up, [known(nowMs, nowMs - behindMs), at(nowMs, 'synced')]];
    expect(moves(events)).toEqual(expected);
    expect(feed(clockMachine, [...events, raised]).events).toBeUndefined();
  });

  it('goes back to cloud time, but not below the floor, when the agent has set it ahead', () => {
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
    'is not moved by a time after the end of the certificate: %i',
    (ms) => {
      const step = last([...up, known(ms)]);
      expect(summaries(step)).toEqual([
        'note cloud time is not within the life of our certificate',
      ]);
    },
  );

  it('is stored as set by the agent before it is moved', () => {
    const step = last([...up, [known(y2034), at(y2034, 'synced')]]);
    expect(step.state.row.isOurs).toBe(true);
    expect(restarted(clockMachine, step.state).row.isOurs).toBe(true);
    expect(last([[wake(), in1970]]).state.row.isOurs).toBe(true);
  });

  it("goes back to the floor when a false cloud has moved it and the server's certificate looks expired", () => {
    const lied: Timed[] = [...up, [known(y2034), at(y2034, 'synced')], raised];
    const floor = certificates.notBeforeMs;
    expect(moves([...lied, [expired, at(y2034, 'synced')]])).toEqual([['back', floor]]);
    // And no more, when that is not the reason.
    expect(moves([...lied, expired, raised, expired])).toEqual([]);
    const again: Timed[] = [...lied, expired, raised, [known(y2034), at(y2034, 'synced')], expired];
    expect(moves(again)).toEqual([['back', floor]]);
  });

  it('is set back again at the next expired server when the board did not do it', () => {
    const lied: Timed[] = [...up, [known(y2034), at(y2034, 'synced')], raised];
    const floor = certificates.notBeforeMs;
    expect(moves([...lied, expired, refused, expired])).toEqual([['back', floor]]);
    expect(moves([...lied, expired, refused, expired, raised, expired])).toEqual([]);
  });

  it('goes back after a restart, too', () => {
    expect(moves([[wake(), at(y2034, 'floor')], expired], ours)).toEqual([
      ['back', certificates.notBeforeMs],
    ]);
  });

  it('goes back after a restart with a lost store, too', () => {
    const remembered = { ...started, identity, isClockOurs: true };
    expect(moves([[remembered, at(y2034, 'floor')], expired])).toEqual([
      ['back', certificates.notBeforeMs],
    ]);
  });

  it("stays when the agent has not set it, whatever the server's certificate says", () => {
    expect(moves([...up, expired])).toEqual([]);
  });

  it("goes forward to the beginning of the server's signed certificate", () => {
    expect(moves([...up, tls('CERT_NOT_YET_VALID', nowMs)])).toEqual([['forward', nowMs + 1000]]);
    expect(moves([...up, tls('CERT_NOT_YET_VALID')])).toEqual([]);
    expect(moves([...up, tls('CERT_NOT_YET_VALID', certificates.notAfterMs)])).toEqual([]);
  });

  it("is left alone while a time service keeps it, and is no longer the agent's", () => {
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

  it('is not moved when cloud time was known before: it has followed that', () => {
    expect(moves([...up, [known(nowMs, nowMs - 1000), at(nowMs, 'synced')]])).toEqual([]);
  });

  it('is set again each hour when the board rejected it', () => {
    const refusedOnce: Timed[] = [...up, [known(nowMs), in1970], refused];
    const later = at(nowMs + hourMs, 'synced');
    expect(moves([...refusedOnce, [hour, later]])).toEqual([['forward', nowMs + hourMs]]);
    expect(moves([...refusedOnce, [hour, later], raised, [hour, later]])).toEqual([]);
  });
});
