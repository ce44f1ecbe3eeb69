import { describe, expect, it } from 'vitest';
import type { Event, IdentityFacts, Observation } from '../../../agent/events.ts';
import type { Row } from '../../../agent/identity/state.ts';
import { brief, hear, later, moment, nowMs, reborn } from '../../support/agent-machine.ts';
import { certificate } from '../../support/agent-pairs.ts';
import {
  begun,
  down,
  dueOne,
  fresh,
  inUse,
  known,
  knownAt,
  machine,
  promoted,
  refused,
  up,
  ways,
} from '../../support/agent-renewal.ts';

const useNext = { type: 'identity/use', pair: 'next' };
const useCurrent = { type: 'identity/use', pair: 'current' };
const times = (count: number, event: Event): Event[] => Array.from({ length: count }, () => event);

describe('the trial of a new pair', () => {
  const counted: readonly Observation['kind'][] = [
    'tls',
    'refused',
    'alert',
    'closed-early',
    'lost',
    'identity',
  ];
  const countless: readonly Observation['kind'][] = ['unreachable', 'timeout', 'closed'];

  it.each(counted)('three times %s: the old pair is used again', (kind) => {
    const twice = [...ways.trying, ...times(2, down(kind, 'next'))];
    expect(hear(machine, twice).state.phase).toBe('trying');
    const step = hear(machine, [...twice, down(kind, 'next')]);
    expect(step.state).toMatchObject({ phase: 'settled', next: null, current: dueOne });
    expect(step.state.row).toMatchObject({
      failures: 1,
      registered: null,
      last: { result: `trial-${kind}` },
    });
    expect(brief(step)).toContain('identity/discard');
    expect(step.events).toEqual([useCurrent]);
  });

  it.each(countless)('%s proves nothing, but not for ever', (kind) => {
    const long = [...ways.trying, ...times(29, down(kind, 'next'))];
    expect(hear(machine, long).state).toMatchObject({ phase: 'trying', refusals: 0 });
    expect(hear(machine, [...long, down(kind, 'next')]).state.phase).toBe('settled');
  });

  it('refusals count over failures of the network in between', () => {
    const mixed = [
      refused,
      ...times(5, down('unreachable', 'next')),
      refused,
      down('timeout', 'next'),
    ];
    expect(hear(machine, [...ways.trying, ...mixed]).state).toMatchObject({
      phase: 'trying',
      refusals: 2,
    });
    expect(hear(machine, [...ways.trying, ...mixed, refused]).state.phase).toBe('settled');
  });

  it('without any other pair it goes on', () => {
    const only = begun({ current: null, next: fresh });
    const step = hear(machine, [only, ...times(40, refused)]);
    expect(step).toEqual({ state: expect.objectContaining({ phase: 'trying', next: fresh }) });
  });
});

describe('the promotion', () => {
  const failing: Event = { type: 'identity/not-promoted', code: 'EIO' };

  it('that fails on the disk goes on while the new pair connects', () => {
    const flapping = [down('lost', 'next'), up('next')];
    const often = Array.from({ length: 10 }, () => [failing, ...flapping]).flat();
    expect(hear(machine, [...ways.promoting, ...often]).state.phase).toBe('promoting');
    expect(hear(machine, [...ways.promoting, ...often, promoted]).state).toMatchObject({
      phase: 'settled',
      current: fresh,
    });
  });

  it('whose pair cannot be used any more ends: the old pair is used again', () => {
    const step = hear(machine, [...ways.promoting, failing, ...times(3, down('identity', 'next'))]);
    expect(step.state.phase).toBe('settled');
    expect(step.events).toEqual([useCurrent]);
  });

  it('names the certificate before the disk changes', () => {
    expect(hear(machine, ways.promoting).state.row).toMatchObject({
      promoting: fresh.certificateId,
      registered: fresh.certificateId,
    });
  });

  it('is not followed by another renewal at once, even of a certificate that is due when it is made', () => {
    const late = certificate(2, { notBeforeMs: nowMs - 9_000_000, notAfterMs: nowMs + 60_000 });
    const { state } = hear(machine, [
      ...ways.promoting,
      known,
      { ...promoted, current: late } as Event,
    ]);
    expect(state.phase).toBe('settled');
    expect(machine.step(state, knownAt(59 * 60_000), moment).state.phase).toBe('settled');
    expect(machine.step(state, knownAt(60 * 60_000), moment).state.phase).toBe('requesting');
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
    ['a next pair that is not good yet: forgotten', {}, next, 'settled', ['identity/discard']],
    [
      'another next pair than the good one: forgotten',
      { registered: 'f'.repeat(64) },
      next,
      'settled',
      ['identity/discard'],
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
    const step = hear(machine, [begun(facts)], saved);
    expect(step.state.phase).toBe(phase);
    expect(brief(step)).toEqual(effects);
    expect(step.events ?? []).toEqual(phase === 'trying' ? [useNext] : []);
    if (phase === 'settled') {
      expect(step.state).toMatchObject({ next: null, row: { registered: null, promoting: null } });
    }
  });

  it('after a promotion that the agent did not live to hear of: told as one', () => {
    const step = hear(machine, [begun(taken)], { row: { ...row, ...intent }, items: new Map() });
    expect(step.state.row).toMatchObject({
      last: { result: 'renewed', atMs: nowMs },
      failures: 0,
      promoting: null,
    });
    const lost = hear(machine, [begun({ current: inUse })], {
      row: { ...row, ...intent },
      items: new Map(),
    });
    expect(lost.state.row).toMatchObject({ last: null, failures: 2, promoting: null });
  });

  it.each(Object.entries(ways))(
    'killed in %s, with what lies on the disk then, it comes to its end',
    (phase, way) => {
      const onDisk = ['registering', 'trying', 'promoting'].includes(phase) ? { next: fresh } : {};
      const born = reborn(machine, hear(machine, way).state);
      const first = machine.step(born, begun(onDisk), later(1000)).state;
      const rest: Event[] =
        first.phase === 'trying'
          ? [up('next'), known, promoted]
          : [up(), known, ...ways.promoting.slice(3), promoted];
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
