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

  it.each(counted)('%s: the old pair has its turn, and the third time the new one goes', (kind) => {
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
  });

  it.each(countless)('%s proves nothing', (kind) => {
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

  it('after a pause, at most an hour, the old connection is given up for another trial', () => {
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

  it('refusals count over failures of the network in between', () => {
    const mixed = [...turns(1, 'refused'), ...turns(5, 'unreachable'), ...turns(1, 'refused')];
    expect(feed(machine, [...eventsTo.trying, ...mixed]).state).toMatchObject({
      phase: 'trying',
      rejections: 2,
    });
    const third = [...eventsTo.trying, ...mixed, ...turn('refused')];
    expect(feed(machine, third).state.phase).toBe('settled');
  });

  it('without any other pair it goes on', () => {
    const only = startedWith({ current: null, next: fresh });
    const step = feed(machine, [only, ...times(40, nextRefused)]);
    expect(step).toEqual({ state: expect.objectContaining({ phase: 'trying', next: fresh }) });
  });
});

describe('the promotion', () => {
  const failing: Event = { type: 'identity/not-promoted', code: 'EIO' };

  it('that fails on the disk goes on while the new pair connects', () => {
    const flapping = [down('lost', 'next'), up('next')];
    const often = Array.from({ length: 10 }, () => [failing, ...flapping]).flat();
    expect(feed(machine, [...eventsTo.promoting, ...often]).state.phase).toBe('promoting');
    expect(feed(machine, [...eventsTo.promoting, ...often, promoted]).state).toMatchObject({
      phase: 'settled',
      current: fresh,
    });
  });

  it('whose pair cannot be used for now goes on by the old pair', () => {
    const step = feed(machine, [...eventsTo.promoting, failing, down('identity', 'next')]);
    expect(step.state.phase).toBe('promoting');
    expect(step.events).toEqual([useCurrent]);
  });

  it('names the certificate before the disk changes', () => {
    expect(feed(machine, eventsTo.promoting).state.row).toMatchObject({
      promoting: fresh.certificateId,
      registered: fresh.certificateId,
    });
  });

  it('is not followed by another renewal at once, even of a certificate that is due when it is made', () => {
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

describe('a start', () => {
  const row: Row = {
    share: null,
    registered: null,
    promoting: null,
    last: null,
    failures: 2,
    retryAfterMs: nowMs + 9,
  };
  const good = { registered: fresh.certificateId, promoting: null };
  const intent = { ...good, promoting: fresh.certificateId };
  const next: IdentityFacts = { current: inUse, next: fresh };
  const taken: IdentityFacts = { current: fresh, next: null };

  it.each<readonly [string, Partial<Row> | 'lost', IdentityFacts, 'settled' | 'trying', string[]]>([
    ['nothing on the way', {}, { current: inUse, next: null }, 'settled', []],
    ['no identity at all', {}, { current: null, next: null }, 'settled', []],
    ['no identity, store lost', 'lost', { current: null, next: null }, 'settled', []],
    ['store lost, nothing on the way', 'lost', { current: inUse, next: null }, 'settled', []],
    ['store lost, a next pair: it is tried', 'lost', next, 'trying', []],
    ['a next pair that the row knows nothing of: tried', {}, next, 'trying', []],
    [
      'another next pair than the row names: tried',
      { registered: 'f'.repeat(64) },
      next,
      'trying',
      [],
    ],
    ['a next pair that is good: tried again', good, next, 'trying', []],
    ['promotion begun, not done: tried again', intent, next, 'trying', []],
    ['promotion begun and done', intent, taken, 'settled', []],
    [
      'promotion begun, and neither is there',
      intent,
      { current: inUse, next: null },
      'settled',
      [],
    ],
    [
      'only the next pair can be used: tried, good or not',
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
    ['which the cloud may never have made good goes at the first refusal', {}, 'not-registered'],
    ['which another certificate was before', { registered: 'f'.repeat(64) }, 'not-registered'],
  ])('with a next pair %s', (_name, stored, result) => {
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

  it('after a promotion that the agent did not live to hear of: told as one', () => {
    const step = feed(machine, [startedWith(taken)], {
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

  it('whose key could not be read yet learns its certificate when the disk is looked at again', () => {
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
      'a next pair that could not be read at start is tried',
      { current: dueCertificate, next: fresh },
      'trying',
    ],
    ['what cannot be read now is as it was', { current: null, next: null }, 'settled'],
  ] as const)('%s', (_name, identity, phase) => {
    const step = feed(machine, [startedWith(), { type: 'identity/known', identity }]);
    expect(step.state).toMatchObject({ phase, current: dueCertificate });
  });

  it('a late look does not put a pair on trial that was given up meanwhile', () => {
    const late: Event = {
      type: 'identity/known',
      identity: { current: dueCertificate, next: fresh },
    };
    const given = feed(machine, [startedWith({ next: fresh }), nextRefused, up('current')]).state;
    expect(machine.step(given, late, moment)).toEqual({ state: given });
  });

  it.each(Object.entries(eventsTo))(
    'killed in %s, with what lies on the disk then, it comes to its end',
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
