import { describe, expect, it } from 'vitest';
import type { CertificateFacts, Event } from '../../../agent/events.ts';
import { identityMachine } from '../../../agent/identity/machine.ts';
import { dueMs, type IdentityState } from '../../../agent/identity/state.ts';
import type { Moment } from '../../../agent/kernel/machine.ts';
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
  atDue,
  down,
  dueCertificate,
  eventsTo,
  failures,
  fresh,
  inUse,
  machine,
  promoted,
  renewalConfig,
  renewRequested,
  secrets,
  startedWith,
  timeKnown,
  up,
  yearMs,
} from '../../support/agent-renewal.ts';

const hourMs = 60 * 60_000;
const checkTimer = timer('identity/check');
const connected = [up(), timeKnown];

describe('a renewal', () => {
  it.each([
    [0, 2 / 3],
    [0.5, 2 / 3 + 0.025],
    [0.999, 2 / 3 + 0.04995],
  ])('is due with the share %f after %f of the validity', (random, part) => {
    const { notBeforeMs, notAfterMs } = inUse;
    expect(dueMs(inUse, { random })).toBe(
      Math.round(notBeforeMs + part * (notAfterMs - notBeforeMs)),
    );
  });

  it('starts at the due time and not a millisecond earlier', () => {
    const drawn = feed(machine, [startedWith({ current: inUse }), ...connected]).state;
    const { now } = atDue(inUse);
    const before = { ...moment, now: { ...now, wallMs: now.wallMs - 1 } };
    expect(machine.step(drawn, checkTimer, before).state.phase).toBe('settled');
    expect(machine.step(drawn, checkTimer, atDue(inUse)).state.phase).toBe('requesting');
  });

  it('is checked again when it is due, in a minute at least and in six hours at most', () => {
    const drawn = feed(machine, [startedWith({ current: inUse }), ...connected]);
    expect(timerMs(drawn, 'identity/check')).toBe(6 * hourMs);
    const readAt = (beforeMs: number) => {
      const { now } = atDue(inUse);
      return machine.step(drawn.state, checkTimer, {
        ...moment,
        now: { ...now, wallMs: now.wallMs - beforeMs },
      });
    };
    expect(timerMs(readAt(hourMs), 'identity/check')).toBe(hourMs);
    expect(timerMs(readAt(10), 'identity/check')).toBe(60_000);
  });

  it('keeps the share of a certificate over restarts and checks', () => {
    let { state } = feed(machine, [
      startedWith({ current: inUse }),
      up(),
      [timeKnown, { ...moment, random: 0.25 }],
    ]);
    const { share } = state.row;
    expect(share).toEqual({ certificateId: inUse.certificateId, random: 0.25 });
    for (const random of [0.1, 0.9, 0.5]) {
      state = restarted(machine, state);
      for (const event of [
        startedWith({ current: inUse }),
        ...connected,
        checkTimer,
        down(),
        ...connected,
      ]) {
        const { row } = state;
        state = machine.step(state, event, later(1000, { random })).state;
        expect(state.row).toBe(row);
      }
    }
    expect(state.row.share).toEqual(share);
  });

  it('has another share for another certificate', () => {
    const { state } = feed(machine, [
      ...eventsTo.promoting,
      [promoted, later(0, { random: 0.125 })],
      timeKnown,
    ]);
    expect(state.row.share).toMatchObject({ certificateId: fresh.certificateId, random: 0.125 });
  });

  it.each<readonly [string, readonly Event[]]>([
    ['before cloud time is known', [startedWith(), up(), checkTimer]],
    ['without a connection', [startedWith(), timeKnown, checkTimer]],
    [
      'after the connection has ended',
      [startedWith(), ...connected.slice(0, 1), down(), checkTimer],
    ],
    [
      'without a certificate',
      [startedWith({ current: null }), ...connected, checkTimer, renewRequested()],
    ],
  ])('does not start %s', (_name, events) => {
    const step = feed(machine, events);
    expect(step.state.phase).toBe('settled');
    expect(summaries(step)).not.toContain('identity/request');
  });

  it('does not start on a new connection before its cloud time is known', () => {
    const current = certificate(1, { notAfterMs: nowMs + 100 * yearMs });
    const { state } = feed(machine, [startedWith({ current }), ...connected, down(), up()]);
    expect(machine.step(state, checkTimer, atDue(current)).state.phase).toBe('settled');
  });

  it.each([
    ['fifty years ahead', 50 * yearMs],
    ['at 1970', -nowMs],
  ])('goes by cloud time when the clock is %s', (_name, wrongMs) => {
    const wrong = later(wrongMs);
    const start = (current: CertificateFacts) =>
      feed(machine, [[startedWith({ current }), wrong], [up(), wrong], timeKnown]).state.phase;
    expect([start(inUse), start(dueCertificate)]).toEqual(['settled', 'requesting']);
  });

  it('never starts when it is disabled, even on request', () => {
    const off = identityMachine({ ...renewalConfig, enabled: false });
    const { state } = feed(off, [
      startedWith(),
      ...connected,
      checkTimer,
      renewRequested(),
      checkTimer,
    ]);
    expect(state).toMatchObject({ phase: 'settled', renewalRequest: null, row: { share: null } });
  });

  it('completes a trial that has started, although it is disabled', () => {
    const off = identityMachine({ ...renewalConfig, enabled: false });
    const { state } = feed(off, [startedWith({ next: fresh }), up('next'), timeKnown, promoted]);
    expect(state).toMatchObject({ phase: 'settled', current: fresh });
  });
});

it('counts the validity of a renewed certificate from its promotion, whatever its notBefore', () => {
  const notBeforeMs = nowMs - 9 * yearMs;
  const renewed = { ...fresh, notBeforeMs, notAfterMs: nowMs + 9 * yearMs };
  const { state } = feed(machine, [
    ...eventsTo.promoting,
    { type: 'identity/promoted', current: renewed },
  ]);
  expect(state.row.share).toEqual({
    certificateId: fresh.certificateId,
    random: 0.5,
    sinceMs: nowMs,
  });
  const at = dueMs(renewed, { random: 0.5, sinceMs: nowMs });
  expect(at).toBe(Math.round(nowMs + 9 * yearMs * (2 / 3 + 0.025)));
  const stateAt = (ms: number) => machine.step(state, timeKnown, later(ms - nowMs)).state.phase;
  expect([stateAt(at - 1), stateAt(at)]).toEqual(['settled', 'requesting']);
});

describe('a failed renewal', () => {
  const fail = (state: IdentityState, at: Moment) =>
    machine.step({ ...state, phase: 'requesting' }, failures.requesting, at);

  it.each([
    [1, 0.999, 1.998 * hourMs],
    [1, 0, hourMs / 2],
    [2, 0.5, 2 * hourMs],
    [4, 0.999, 11.988 * hourMs],
    [9, 0.999, 11.988 * hourMs],
  ])('waits, as failure %i with random %f, for %f ms', (count, random, ms) => {
    let step = { state: feed(machine, eventsTo.requesting).state };
    for (let n = 1; n <= count; n++) step = fail(step.state, later(0, { random }));
    expect(step.state.row).toMatchObject({ failures: count, retryAfterMs: nowMs + ms });
  });

  it('keeps its delay over restarts and connections', () => {
    const { state } = fail(feed(machine, eventsTo.requesting).state, moment);
    const restartedAt = (ms: number) =>
      [startedWith(), up(), timeKnown].reduce(
        (step, event) => machine.step(step.state, event, later(ms)),
        {
          state: restarted(machine, state),
        },
      );
    expect(restartedAt(hourMs - 1).state).toMatchObject({ phase: 'settled', row: { failures: 1 } });
    expect(restartedAt(hourMs).state.phase).toBe('requesting');
  });

  it('ignores a stored delay far in the future, written by a wrong clock', () => {
    const wrong = later(400 * yearMs);
    const { state } = fail(feed(machine, eventsTo.requesting).state, wrong);
    expect(
      feed(machine, [startedWith(), ...connected], { row: state.row, items: new Map() }).state
        .phase,
    ).toBe('requesting');
  });

  it('stays counted when the share is drawn after the loss of the store', () => {
    const once = [down('refused', 'next'), up('current'), down('lost'), ...connected];
    const { state } = feed(machine, [startedWith({ current: inUse, next: fresh }), ...once]);
    expect(state).toMatchObject({ phase: 'settled', row: { failures: 1, share: { random: 0.5 } } });
  });

  it('follows six requests with growing delays and without an answer', () => {
    let step = feed(machine, eventsTo.creating);
    const delays: (number | undefined)[] = [];
    while (step.state.phase === 'creating') {
      delays.push(timerMs(step, 'identity/retry'));
      step = machine.step(step.state, timer('identity/retry'), moment);
    }
    expect(delays).toEqual([8000, 16_000, 32_000, 64_000, 128_000, 256_000]);
    expect(step.state.row.last?.result).toBe('no-answer');
  });

  it('follows three connections in a row that ended during renewals', () => {
    const round = [...eventsTo.creating.slice(1), down()];
    const twice = feed(machine, [startedWith(), ...round, ...round]);
    expect(twice.state.row.failures).toBe(0);
    const thrice = feed(machine, [startedWith(), ...round, ...round, ...round]);
    expect(thrice.state.row).toMatchObject({ failures: 1, last: { result: 'connection-ended' } });
    const after = connected.reduce(
      (step, event) => machine.step(step.state, event, later(1000)),
      thrice,
    );
    expect(after.state.phase).toBe('settled');
  });

  it("records at most 64 characters of the cloud's error code", () => {
    const errorCode = 'x'.repeat(5000);
    const body = { statusCode: 1, errorCode };
    const { state } = feed(machine, [
      ...eventsTo.creating,
      { type: 'cloud/certificate-not-created', body },
    ]);
    expect(state.row.last?.result).toHaveLength(64);
  });
});

describe('a requested renewal', () => {
  const request = (events: readonly Event[]) =>
    feed(machine, events).effects?.find(({ type }) => type === 'identity/request');

  it.each([true, false])('starts at once, whatever is due (new key: %s)', (rotateKey) => {
    const events = [startedWith({ current: inUse }), ...connected, renewRequested(rotateKey)];
    expect(request(events)).toEqual({ type: 'identity/request', rotateKey });
  });

  it('waits for a connection with cloud time, over connections that end', () => {
    const events = [
      startedWith({ current: inUse }),
      renewRequested(true),
      up(),
      down(),
      up(),
      timeKnown,
    ];
    expect(request(events)).toEqual({ type: 'identity/request', rotateKey: true });
    const interrupted = [...events, down(), ...connected];
    expect(request(interrupted)).toEqual({ type: 'identity/request', rotateKey: true });
  });

  it('overrides the delay after failures, and is closed when it fails', () => {
    const failed = [...eventsTo.requesting, failures.requesting];
    expect(feed(machine, [...failed, checkTimer]).state.phase).toBe('settled');
    expect(feed(machine, [...failed, renewRequested()]).state.phase).toBe('requesting');
    const again = feed(machine, [...failed, renewRequested(), failures.requesting]);
    expect(again.state).toMatchObject({
      phase: 'settled',
      renewalRequest: null,
      row: { failures: 2 },
    });
  });

  it.each(Object.keys(eventsTo).filter((phase) => phase !== 'settled'))(
    'changes nothing in the phase %s',
    (phase) => {
      const before = feed(machine, eventsTo[phase as keyof typeof eventsTo]).state;
      const { state } = machine.step(before, renewRequested(true), moment);
      expect(state).toEqual(before);
    },
  );

  const during = (renewal: boolean, requested: boolean) => [
    ...[
      startedWith({ current: inUse }),
      ...connected,
      renewRequested(renewal),
      ...eventsTo.creating.slice(3),
    ],
    renewRequested(requested),
    ...eventsTo.promoting.slice(5),
    timeKnown,
    promoted,
  ];
  it.each([
    [false, false],
    [true, false],
    [true, true],
    [false, true],
  ])(
    'is not started twice (running with a new key: %s, requested with one: %s)',
    (renewal, wanted) => {
      expect(request(during(renewal, wanted))).toBeUndefined();
    },
  );
});

describe('the renewal state', () => {
  it.each(Object.entries(eventsTo))('shows and stores no secret in the phase %s', (_phase, way) => {
    const { state } = feed(machine, way);
    const shown = JSON.stringify([machine.view(state), state.row, [...state.items]]);
    for (const secret of Object.values(secrets)) expect(shown).not.toContain(secret);
  });

  it('is logged once', () => {
    const before = feed(machine, eventsTo.promoting).state.row;
    const after = feed(machine, [...eventsTo.promoting, promoted]).state.row;
    expect(machine.logChange?.({ key: '', before, after })).toEqual({
      text: 'certificate renewal: renewed',
      about: { failures: 0 },
    });
    expect(
      machine.logChange?.({ key: '', before: after, after: { ...after, share: null } }),
    ).toBeUndefined();
  });

  it('can be shown for certificates without an end and for clocks out of range', () => {
    const endless = certificate(1, {
      notBeforeMs: Date.UTC(1950, 0),
      notAfterMs: Date.UTC(9999, 11, 31, 23, 59, 59),
    });
    for (const at of [later(-nowMs), later(0), later(7000 * yearMs)]) {
      const { state } = feed(machine, [
        startedWith({ current: endless }),
        up(),
        [timeKnown, at],
        [renewRequested(), at],
        [failures.requesting, at],
      ]);
      expect(machine.view(state)).toMatchObject({
        validFrom: '1950-01-01T00:00:00Z',
        validTo: '9999-12-31T23:59:59Z',
      });
    }
    expect(machine.view(feed(machine, [startedWith({ current: null })]).state)).toMatchObject({
      certificate: null,
      renewalDue: null,
    });
    expect(
      machine.view(feed(machine, [startedWith({ current: dueCertificate })]).state),
    ).toMatchObject({
      state: 'settled',
      next: null,
    });
  });
});
