import { describe, expect, it } from 'vitest';
import type { CertificateFacts, Event } from '../../../agent/events.ts';
import { identityMachine } from '../../../agent/identity/machine.ts';
import { dueMs, type IdentityState } from '../../../agent/identity/state.ts';
import type { Moment } from '../../../agent/kernel/machine.ts';
import { timer } from '../../support/agent-body.ts';
import {
  brief,
  feed,
  later,
  moment,
  nowMs,
  pauseMs,
  restarted,
} from '../../support/agent-machine.ts';
import { certificate } from '../../support/agent-pairs.ts';
import {
  atDue,
  begun,
  down,
  dueOne,
  failures,
  fresh,
  inUse,
  known,
  machine,
  promoted,
  renewalConfig,
  secrets,
  up,
  ways,
  wish,
  yearMs,
} from '../../support/agent-renewal.ts';

const hourMs = 60 * 60_000;
const look = timer('identity/check');
const on = [up(), known];

describe('when a renewal is due', () => {
  it.each([
    [0, 2 / 3],
    [0.5, 2 / 3 + 0.025],
    [0.999, 2 / 3 + 0.04995],
  ])('with the share %f, after %f of the life', (random, part) => {
    const { notBeforeMs, notAfterMs } = inUse;
    expect(dueMs(inUse, { random })).toBe(
      Math.round(notBeforeMs + part * (notAfterMs - notBeforeMs)),
    );
  });

  it('not a millisecond before, and then at once', () => {
    const drawn = feed(machine, [begun({ current: inUse }), ...on]).state;
    const { now } = atDue(inUse);
    const before = { ...moment, now: { ...now, wallMs: now.wallMs - 1 } };
    expect(machine.step(drawn, look, before).state.phase).toBe('settled');
    expect(machine.step(drawn, look, atDue(inUse)).state.phase).toBe('requesting');
  });

  it('it looks again when it is due, in a minute at least and six hours at most', () => {
    const drawn = feed(machine, [begun({ current: inUse }), ...on]);
    expect(pauseMs(drawn, 'identity/check')).toBe(6 * hourMs);
    const readAt = (beforeMs: number) => {
      const { now } = atDue(inUse);
      return machine.step(drawn.state, look, {
        ...moment,
        now: { ...now, wallMs: now.wallMs - beforeMs },
      });
    };
    expect(pauseMs(readAt(hourMs), 'identity/check')).toBe(hourMs);
    expect(pauseMs(readAt(10), 'identity/check')).toBe(60_000);
  });

  it('the share is drawn once for a certificate, whatever starts and looks follow', () => {
    let { state } = feed(machine, [
      begun({ current: inUse }),
      up(),
      [known, { ...moment, random: 0.25 }],
    ]);
    const { share } = state.row;
    expect(share).toEqual({ certificateId: inUse.certificateId, random: 0.25 });
    for (const random of [0.1, 0.9, 0.5]) {
      state = restarted(machine, state);
      for (const event of [begun({ current: inUse }), ...on, look, down(), ...on]) {
        const { row } = state;
        state = machine.step(state, event, later(1000, { random })).state;
        expect(state.row).toBe(row);
      }
    }
    expect(state.row.share).toEqual(share);
  });

  it('another certificate has a share of its own', () => {
    const { state } = feed(machine, [
      ...ways.promoting,
      [promoted, later(0, { random: 0.125 })],
      known,
    ]);
    expect(state.row.share).toMatchObject({ certificateId: fresh.certificateId, random: 0.125 });
  });

  it.each<readonly [string, readonly Event[]]>([
    ['before the cloud has told the time', [begun(), up(), look]],
    ['without a connection', [begun(), known, look]],
    ['when the connection went', [begun(), ...on.slice(0, 1), down(), look]],
    ['without a certificate', [begun({ current: null }), ...on, look, wish()]],
  ])('%s nothing is asked', (_name, events) => {
    const step = feed(machine, events);
    expect(step.state.phase).toBe('settled');
    expect(brief(step)).not.toContain('identity/request');
  });

  it('a connection that told the time is not the next one, which has not', () => {
    const current = certificate(1, { notAfterMs: nowMs + 100 * yearMs });
    const { state } = feed(machine, [begun({ current }), ...on, down(), up()]);
    expect(machine.step(state, look, atDue(current)).state.phase).toBe('settled');
  });

  it.each([
    ['fifty years ahead', 50 * yearMs],
    ['at 1970', -nowMs],
  ])('the clock is %s: it goes by cloud time', (_name, wrongMs) => {
    const wrong = later(wrongMs);
    const start = (current: CertificateFacts) =>
      feed(machine, [[begun({ current }), wrong], [up(), wrong], known]).state.phase;
    expect([start(inUse), start(dueOne)]).toEqual(['settled', 'requesting']);
  });

  it('disabled: never, not even when an operator wants it', () => {
    const off = identityMachine({ ...renewalConfig, enabled: false });
    const { state } = feed(off, [begun(), ...on, look, wish(), look]);
    expect(state).toMatchObject({ phase: 'settled', renewalRequest: null, row: { share: null } });
  });

  it('disabled: a trial that was begun is brought to its end', () => {
    const off = identityMachine({ ...renewalConfig, enabled: false });
    const { state } = feed(off, [begun({ next: fresh }), up('next'), known, promoted]);
    expect(state).toMatchObject({ phase: 'settled', current: fresh });
  });
});

it('a renewed certificate is due by its life from the promotion on, though it began with the one before', () => {
  const notBeforeMs = nowMs - 9 * yearMs;
  const renewed = { ...fresh, notBeforeMs, notAfterMs: nowMs + 9 * yearMs };
  const { state } = feed(machine, [
    ...ways.promoting,
    { type: 'identity/promoted', current: renewed },
  ]);
  expect(state.row.share).toEqual({
    certificateId: fresh.certificateId,
    random: 0.5,
    sinceMs: nowMs,
  });
  const at = dueMs(renewed, { random: 0.5, sinceMs: nowMs });
  expect(at).toBe(Math.round(nowMs + 9 * yearMs * (2 / 3 + 0.025)));
  const again = (ms: number) => machine.step(state, known, later(ms - nowMs)).state.phase;
  expect([again(at - 1), again(at)]).toEqual(['settled', 'requesting']);
});

describe('failures', () => {
  const fail = (state: IdentityState, at: Moment) =>
    machine.step({ ...state, phase: 'requesting' }, failures.requesting, at);

  it.each([
    [1, 0.999, 1.998 * hourMs],
    [1, 0, hourMs / 2],
    [2, 0.5, 2 * hourMs],
    [4, 0.999, 11.988 * hourMs],
    [9, 0.999, 11.988 * hourMs],
  ])('after %i, with chance %f, it waits %f ms', (count, random, ms) => {
    let step = { state: feed(machine, ways.requesting).state };
    for (let n = 1; n <= count; n++) step = fail(step.state, later(0, { random }));
    expect(step.state.row).toMatchObject({ failures: count, retryAfterMs: nowMs + ms });
  });

  it('the pause holds over starts and connections', () => {
    const { state } = fail(feed(machine, ways.requesting).state, moment);
    const again = (ms: number) =>
      [begun(), up(), known].reduce((step, event) => machine.step(step.state, event, later(ms)), {
        state: restarted(machine, state),
      });
    expect(again(hourMs - 1).state).toMatchObject({ phase: 'settled', row: { failures: 1 } });
    expect(again(hourMs).state.phase).toBe('requesting');
  });

  it('a pause far ahead, written by a wrong clock, is none', () => {
    const wrong = later(400 * yearMs);
    const { state } = fail(feed(machine, ways.requesting).state, wrong);
    expect(feed(machine, [begun(), ...on], { row: state.row, items: new Map() }).state.phase).toBe(
      'requesting',
    );
  });

  it('with a lost store are not forgotten when the share is drawn', () => {
    const once = [down('refused', 'next'), up('current'), down('lost'), ...on];
    const { state } = feed(machine, [begun({ current: inUse, next: fresh }), ...once]);
    expect(state).toMatchObject({ phase: 'settled', row: { failures: 1, share: { random: 0.5 } } });
  });

  it('of answers: asked six times with growing pauses, then given up', () => {
    let step = feed(machine, ways.creating);
    const pauses: (number | undefined)[] = [];
    while (step.state.phase === 'creating') {
      pauses.push(pauseMs(step, 'identity/retry'));
      step = machine.step(step.state, timer('identity/retry'), moment);
    }
    expect(pauses).toEqual([8000, 16_000, 32_000, 64_000, 128_000, 256_000]);
    expect(step.state.row.last?.result).toBe('no-answer');
  });

  it('connections that end three times in a row during renewals: given up, or the robot would never stay connected', () => {
    const round = [...ways.creating.slice(1), down()];
    const twice = feed(machine, [begun(), ...round, ...round]);
    expect(twice.state.row.failures).toBe(0);
    const thrice = feed(machine, [begun(), ...round, ...round, ...round]);
    expect(thrice.state.row).toMatchObject({ failures: 1, last: { result: 'connection-ended' } });
    const after = on.reduce((step, event) => machine.step(step.state, event, later(1000)), thrice);
    expect(after.state.phase).toBe('settled');
  });

  it("a cloud's word is kept short", () => {
    const errorCode = 'x'.repeat(5000);
    const body = { statusCode: 1, errorCode };
    const { state } = feed(machine, [
      ...ways.creating,
      { type: 'cloud/certificate-not-created', body },
    ]);
    expect(state.row.last?.result).toHaveLength(64);
  });
});

describe("an operator's wish", () => {
  const request = (events: readonly Event[]) =>
    feed(machine, events).effects?.find(({ type }) => type === 'identity/request');

  it.each([true, false])('is met at once, whatever is due (new key: %s)', (rotateKey) => {
    const events = [begun({ current: inUse }), ...on, wish(rotateKey)];
    expect(request(events)).toEqual({ type: 'identity/request', rotateKey });
  });

  it('waits for a connection with a time, over connections that end', () => {
    const events = [begun({ current: inUse }), wish(true), up(), down(), up(), known];
    expect(request(events)).toEqual({ type: 'identity/request', rotateKey: true });
    const interrupted = [...events, down(), ...on];
    expect(request(interrupted)).toEqual({ type: 'identity/request', rotateKey: true });
  });

  it('goes over the pause after failures, and is over when it fails', () => {
    const failed = [...ways.requesting, failures.requesting];
    expect(feed(machine, [...failed, look]).state.phase).toBe('settled');
    expect(feed(machine, [...failed, wish()]).state.phase).toBe('requesting');
    const again = feed(machine, [...failed, wish(), failures.requesting]);
    expect(again.state).toMatchObject({
      phase: 'settled',
      renewalRequest: null,
      row: { failures: 2 },
    });
  });

  it.each(Object.keys(ways).filter((phase) => phase !== 'settled'))(
    'in %s disturbs nothing',
    (phase) => {
      const before = feed(machine, ways[phase as keyof typeof ways]).state;
      const { state } = machine.step(before, wish(true), moment);
      expect(state).toEqual(before);
    },
  );

  const during = (renewal: boolean, wanted: boolean) => [
    ...[begun({ current: inUse }), ...on, wish(renewal), ...ways.creating.slice(3)],
    wish(wanted),
    ...ways.promoting.slice(5),
    known,
    promoted,
  ];
  it.each([
    [false, false],
    [true, false],
    [true, true],
    [false, true],
  ])('during a renewal is no second one (new key %s, wanted %s)', (renewal, wanted) => {
    expect(request(during(renewal, wanted))).toBeUndefined();
  });
});

describe('what is shown and stored', () => {
  it.each(Object.entries(ways))('in %s holds no secret', (_phase, way) => {
    const { state } = feed(machine, way);
    const shown = JSON.stringify([machine.view(state), state.row, [...state.items]]);
    for (const secret of Object.values(secrets)) expect(shown).not.toContain(secret);
  });

  it('is told once', () => {
    const before = feed(machine, ways.promoting).state.row;
    const after = feed(machine, [...ways.promoting, promoted]).state.row;
    expect(machine.logChange?.({ key: '', before, after })).toEqual({
      text: 'certificate renewal: renewed',
      about: { failures: 0 },
    });
    expect(
      machine.logChange?.({ key: '', before: after, after: { ...after, share: null } }),
    ).toBeUndefined();
  });

  it('can be shown for certificates without an end and for absurd clocks', () => {
    const endless = certificate(1, {
      notBeforeMs: Date.UTC(1950, 0),
      notAfterMs: Date.UTC(9999, 11, 31, 23, 59, 59),
    });
    for (const at of [later(-nowMs), later(0), later(7000 * yearMs)]) {
      const { state } = feed(machine, [
        begun({ current: endless }),
        up(),
        [known, at],
        [wish(), at],
        [failures.requesting, at],
      ]);
      expect(machine.view(state)).toMatchObject({
        validFrom: '1950-01-01T00:00:00Z',
        validTo: '9999-12-31T23:59:59Z',
      });
    }
    expect(machine.view(feed(machine, [begun({ current: null })]).state)).toMatchObject({
      certificate: null,
      renewalDue: null,
    });
    expect(machine.view(feed(machine, [begun({ current: dueOne })]).state)).toMatchObject({
      state: 'settled',
      next: null,
    });
  });
});
