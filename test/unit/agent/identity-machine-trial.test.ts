import { describe, expect, it } from 'vitest';
import type { Event, IdentityFacts, Observation } from '../../../agent/events.ts';
import type { Row } from '../../../agent/identity/state.ts';
import { timer } from '../../support/agent-body.ts';
import { certificate } from '../../support/agent-certificates.ts';
import {
  feed,
  later,
  moment,
  nowMs,
  restarted,
  summaries,
  timerMs,
} from '../../support/agent-machine.ts';
import {
  down,
  dueCertificate,
  eventsTo,
  fresh,
  inUse,
  machine,
  nextRefused,
  promoted,
  startedWith,
  timeKnown,
  up,
} from '../../support/agent-renewal.ts';

const useNext = { type: 'identity/use', credentials: 'next' };
const useCurrent = { type: 'identity/use', credentials: 'current' };
const times = (count: number, event: Event): Event[] => Array.from({ length: count }, () => event);

describe('the trial of new credentials', () => {
  const counted: readonly Observation['kind'][] = [
    'tls',
    'refused',
    'alert',
    'closed-early',
    'identity',
  ];
  const countless: readonly Observation['kind'][] = ['unreachable', 'timeout', 'closed', 'lost'];

  const turn = (kind: Observation['kind']): Event[] => [down(kind, 'next'), up('current')];
  const turns = (count: number, kind: Observation['kind']): Event[] =>
    times(count, down('closed')).flatMap((closed) => [...turn(kind), closed]);

  it.each(counted)(
    'ends with the discard of the next credentials after three rejections: %s',
    (kind) => {
      const first = feed(machine, [...eventsTo.trying, down(kind, 'next')]);
      expect(first.state).toMatchObject({ phase: 'trying', rejections: 1, next: fresh });
      expect(first.events).toEqual([useCurrent]);
      const twice = [...eventsTo.trying, ...turns(2, kind)];
      expect(feed(machine, twice).state).toMatchObject({ phase: 'trying', rejections: 2 });
      const refusedThrice = [...twice, down(kind, 'next')];
      expect(feed(machine, refusedThrice).state).toMatchObject({ phase: 'trying', next: fresh });
      const step = feed(machine, [...refusedThrice, up('current')]);
      expect(step.state).toMatchObject({ phase: 'settled', next: null, current: dueCertificate });
      expect(step.state.row).toMatchObject({
        failures: 1,
        registered: null,
        last: { result: 'trial-refused' },
      });
      expect(summaries(step)).toContain('identity/discard');
      expect(step.events).toEqual([useCurrent]);
    },
  );

  it.each(countless)('continues after a %s, which proves nothing', (kind) => {
    const long = [...eventsTo.trying, ...turns(100, kind)];
    expect(feed(machine, long).state).toMatchObject({
      phase: 'trying',
      rejections: 0,
      next: fresh,
    });
  });

  it('discards neither credentials while neither connects', () => {
    const never = times(50, nextRefused).flatMap((no) => [no, down('refused', 'current')]);
    const step = feed(machine, [...eventsTo.trying, ...never]);
    expect(step.state).toMatchObject({ phase: 'trying', next: fresh, current: dueCertificate });
    expect(step.events).toEqual([useNext]);
  });

  it('drops the current connection for another attempt after a delay of at most an hour', () => {
    const rested = feed(machine, [...eventsTo.trying, ...turn('timeout')]);
    expect(timerMs(rested, 'identity/trial')).toBe(8000);
    const again = machine.step(rested.state, timer('identity/trial'), moment);
    expect(again.events).toEqual([useNext]);
    const late = feed(machine, [...eventsTo.trying, ...turns(30, 'timeout'), ...turn('timeout')]);
    expect(timerMs(late, 'identity/trial')).toBe(1_800_000);
    const away = feed(machine, [
      ...eventsTo.trying,
      down('timeout', 'next'),
      timer('identity/trial'),
    ]);
    expect(away.events ?? []).toEqual([]);
  });

  it('counts rejections over network failures in between', () => {
    const mixed = [...turns(1, 'refused'), ...turns(5, 'unreachable'), ...turns(1, 'refused')];
    expect(feed(machine, [...eventsTo.trying, ...mixed]).state).toMatchObject({
      phase: 'trying',
      rejections: 2,
    });
    const third = [...eventsTo.trying, ...mixed, ...turn('refused')];
    expect(feed(machine, third).state.phase).toBe('settled');
  });

  it('continues when there are no other credentials', () => {
    const only = startedWith({ current: null, next: fresh });
    const step = feed(machine, [only, ...times(40, nextRefused)]);
    expect(step).toEqual({ state: expect.objectContaining({ phase: 'trying', next: fresh }) });
  });
});

describe('the promotion', () => {
  const failing: Event = { type: 'identity/not-promoted', code: 'EIO' };

  it('is retried when the disk fails, while the next credentials stay connected', () => {
    const flapping = [down('lost', 'next'), up('next')];
    const often = Array.from({ length: 10 }, () => [failing, ...flapping]).flat();
    expect(feed(machine, [...eventsTo.promoting, ...often]).state.phase).toBe('promoting');
    expect(feed(machine, [...eventsTo.promoting, ...often, promoted]).state).toMatchObject({
      phase: 'settled',
      current: fresh,
    });
  });

  it('is retried over the current credentials when the next ones are unusable', () => {
    const step = feed(machine, [...eventsTo.promoting, failing, down('identity', 'next')]);
    expect(step.state.phase).toBe('promoting');
    expect(step.events).toEqual([useCurrent]);
  });

  it('stores the intent before the disk changes', () => {
    expect(feed(machine, eventsTo.promoting).state.row).toMatchObject({
      promoting: fresh.certificateId,
      registered: fresh.certificateId,
    });
  });

  it('is not followed by another renewal at once, even of a certificate that is due from the start', () => {
    const late = certificate(2, { notBeforeMs: nowMs - 9_000_000, notAfterMs: nowMs + 60_000 });
    const { state } = feed(machine, [
      ...eventsTo.promoting,
      timeKnown,
      { ...promoted, current: late } as Event,
    ]);
    expect(state.phase).toBe('settled');
    expect(machine.step(state, timeKnown, later(59 * 60_000)).state.phase).toBe('settled');
    expect(machine.step(state, timeKnown, later(60 * 60_000)).state.phase).toBe('requesting');
  });
});

describe('the identity machine at a start', () => {
  const row: Row = {
    share: null,
    registered: null,
    promoting: null,
    last: null,
    failures: 2,
    retryAfterMs: nowMs + 9,
  };
  const registered = { registered: fresh.certificateId, promoting: null };
  const intent = { ...registered, promoting: fresh.certificateId };
  const next: IdentityFacts = { current: inUse, next: fresh };
  const promotedFacts: IdentityFacts = { current: fresh, next: null };

  it.each<readonly [string, Partial<Row> | 'lost', IdentityFacts, 'settled' | 'trying', string[]]>([
    ['stays settled without next credentials', {}, { current: inUse, next: null }, 'settled', []],
    ['stays settled without an identity', {}, { current: null, next: null }, 'settled', []],
    [
      'stays settled without an identity and with a lost store',
      'lost',
      { current: null, next: null },
      'settled',
      [],
    ],
    [
      'stays settled without next credentials and with a lost store',
      'lost',
      { current: inUse, next: null },
      'settled',
      [],
    ],
    ['tries next credentials when the store is lost', 'lost', next, 'trying', []],
    ['tries next credentials that the row does not know', {}, next, 'trying', []],
    [
      'tries next credentials other than the row names',
      { registered: 'f'.repeat(64) },
      next,
      'trying',
      [],
    ],
    ['tries registered next credentials again', registered, next, 'trying', []],
    ['tries again when a promotion was started and not done', intent, next, 'trying', []],
    ['is settled when a promotion was started and done', intent, promotedFacts, 'settled', []],
    [
      'is settled when a promotion was started and neither certificate is there',
      intent,
      { current: inUse, next: null },
      'settled',
      [],
    ],
    [
      'tries the next credentials when only they are usable, registered or not',
      {},
      { current: null, next: fresh },
      'trying',
      [],
    ],
  ])('%s', (_name, stored, facts, phase, effects) => {
    const saved = stored === 'lost' ? undefined : { row: { ...row, ...stored }, items: new Map() };
    const step = feed(machine, [startedWith(facts)], saved);
    expect(step.state.phase).toBe(phase);
    expect(summaries(step)).toEqual(effects);
    expect(step.events ?? []).toEqual(phase === 'trying' ? [useNext] : []);
    if (phase === 'settled') {
      expect(step.state).toMatchObject({ next: null, row: { registered: null, promoting: null } });
    }
  });

  it.each([
    ['that the cloud may not have registered', {}, 'not-registered'],
    ['other than the registered ones', { registered: 'f'.repeat(64) }, 'not-registered'],
  ])('discards next credentials %s at the first rejection', (_name, stored, result) => {
    const saved = { row: { ...row, failures: 0, ...stored }, items: new Map() };
    const step = feed(machine, [startedWith(next), nextRefused, up('current')], saved);
    expect(step.state).toMatchObject({ phase: 'settled', next: null });
    expect(step.state.row).toMatchObject({ failures: 1, last: { result }, retryAfterMs: 0 });
    const again = feed(machine, [startedWith(next), nextRefused, up('current')], {
      row: { ...row, ...stored },
      items: new Map(),
    });
    expect(again.state.row.retryAfterMs).toBeGreaterThan(nowMs);
  });

  it('records a promotion that was done before the crash', () => {
    const step = feed(machine, [startedWith(promotedFacts)], {
      row: { ...row, ...intent },
      items: new Map(),
    });
    expect(step.state.row).toMatchObject({
      last: { result: 'renewed', atMs: nowMs },
      failures: 0,
      promoting: null,
    });
    const lost = feed(machine, [startedWith({ current: inUse })], {
      row: { ...row, ...intent },
      items: new Map(),
    });
    expect(lost.state.row).toMatchObject({ last: null, failures: 2, promoting: null });
  });

  it('reads the certificate later when the key was unreadable at the start', () => {
    const late: Event = {
      type: 'identity/known',
      identity: { current: dueCertificate, next: null },
    };
    const asleep = feed(machine, [startedWith({ current: null }), up(), timeKnown]);
    expect(asleep.state.phase).toBe('settled');
    const step = feed(machine, [startedWith({ current: null }), late, up(), timeKnown]);
    expect(step.state.phase).toBe('requesting');
    const before = feed(machine, [startedWith()]).state;
    expect(machine.step(before, late, moment)).toEqual({ state: before });
  });

  it.each([
    [
      'tries next credentials that were unreadable at the start',
      { current: dueCertificate, next: fresh },
      'trying',
    ],
    ['keeps credentials that are unreadable now', { current: null, next: null }, 'settled'],
  ] as const)('%s', (_name, identity, phase) => {
    const step = feed(machine, [startedWith(), { type: 'identity/known', identity }]);
    expect(step.state).toMatchObject({ phase, current: dueCertificate });
  });

  it('does not try credentials that were discarded before a late answer', () => {
    const late: Event = {
      type: 'identity/known',
      identity: { current: dueCertificate, next: fresh },
    };
    const given = feed(machine, [startedWith({ next: fresh }), nextRefused, up('current')]).state;
    expect(machine.step(given, late, moment)).toEqual({ state: given });
  });

  it.each(Object.entries(eventsTo))(
    'completes a renewal after a crash in the phase %s',
    (phase, way) => {
      const onDisk = ['registering', 'trying', 'promoting'].includes(phase) ? { next: fresh } : {};
      const born = restarted(machine, feed(machine, way).state);
      const first = machine.step(born, startedWith(onDisk), later(1000)).state;
      const rest: Event[] =
        first.phase === 'trying'
          ? [up('next'), timeKnown, promoted]
          : [up(), timeKnown, ...eventsTo.promoting.slice(3), promoted];
      const { state } = rest.reduce((step, event) => machine.step(step.state, event, later(2000)), {
        state: first,
      });
      expect(state).toMatchObject({
        phase: 'settled',
        current: fresh,
        row: { last: { result: 'renewed' } },
      });
    },
  );
});
