import { describe, expect, it } from 'vitest';
import type { CredentialsName, Event, Observation } from '../../../agent/events.ts';
import { certificate, dayMs } from '../../support/agent-certificates.ts';
import { feed, moment, nowMs, summaries } from '../../support/agent-machine.ts';
import {
  down,
  inUse,
  machine,
  startedWith,
  timeKnown,
  timeKnownAfter,
  up,
} from '../../support/agent-renewal.ts';
import { type Attempt, Trial } from '../../support/agent-trial.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A robot that was renewed once; `connects` returns the outcome of an attempt with some credentials. */
function renewed(connects: (credentials: CredentialsName) => Attempt): Trial {
  const trial = new Trial(certificate(2));
  trial.previous = { 'previous-1': certificate(1) };
  trial.outcomeOf = connects;
  trial.start();
  return trial;
}

describe('a current certificate that the cloud rejects', () => {
  it('takes turns with the previous one after three rejections', () => {
    const trial = renewed((credentials) => (credentials === 'current' ? 'closed-early' : 'up'));
    trial.run(hourMs);
    expect(trial.log.slice(0, 4)).toEqual([
      'current closed-early',
      'current closed-early',
      'current closed-early',
      'previous-1 up',
    ]);
  });

  it('is replaced over the connection of the previous one, which stays up', () => {
    const trial = renewed((credentials) => (credentials === 'current' ? 'closed-early' : 'up'));
    trial.run(hourMs);
    expect(trial.log.at(-1)).toBe('next up');
    expect([trial.next, trial.connected]).toEqual([null, 'next']);
  });

  it('is tried first after each end, and both take turns when both are rejected', () => {
    const trial = renewed(() => 'closed-early');
    trial.run(24 * hourMs);
    const turns = trial.log.slice(3);
    expect(turns.length).toBeGreaterThan(10);
    turns.forEach((entry, n) => {
      expect(entry).toBe(`${n % 2 === 0 ? 'previous-1' : 'current'} closed-early`);
    });
  });

  it('takes turns with all previous ones, one after another', () => {
    const trial = renewed((credentials) => (credentials === 'previous-3' ? 'up' : 'closed-early'));
    trial.previous = {
      'previous-1': certificate(1),
      'previous-2': certificate(3),
      'previous-3': certificate(4),
    };
    trial.start();
    trial.log.length = 0;
    trial.run(2 * hourMs);
    const tried = trial.log.filter((entry) => entry.startsWith('previous'));
    expect(tried.slice(0, 3)).toEqual([
      'previous-1 closed-early',
      'previous-2 closed-early',
      'previous-3 up',
    ]);
  });

  it.each(['timeout', 'unreachable'] as const)(
    'is used alone while the network fails: %s',
    (seen) => {
      const trial = renewed(() => seen);
      trial.run(24 * hourMs);
      expect(new Set(trial.log)).toEqual(new Set([`current ${seen}`]));
    },
  );

  it('is used alone when there is no previous one', () => {
    const trial = new Trial(certificate(2));
    trial.outcomeOf = () => 'closed-early';
    trial.start();
    trial.run(24 * hourMs);
    expect(new Set(trial.log)).toEqual(new Set(['current closed-early']));
  });
});

const previous = { 'previous-1': certificate(1, { notAfterMs: nowMs + dayMs }) };
const withPrevious = startedWith({ current: inUse, ...previous });
const times = (n: number, event: Event) => Array.from({ length: n }, () => event);
const uses = (events: readonly Event[]) =>
  (feed(machine, [withPrevious, ...events]).events ?? []).flatMap((event) =>
    event.type === 'identity/use' ? [event.credentials] : [],
  );

describe('the denials', () => {
  const seen = (kind: Observation['kind'], code: string): Event => ({
    type: 'link/down',
    credentials: 'current',
    observation: { kind, code, detail: '' },
  });

  it.each<readonly [Observation['kind'], string, boolean]>([
    ['alert', 'unknown-ca', true],
    ['alert', 'certificate-revoked', true],
    ['refused', 'connack-5', true],
    ['closed-early', 'closed', true],
    ['lost', 'closed', true],
    ['identity', 'key-missing', true],
    ['tls', 'ECONNRESET', true],
    ['timeout', 'connack', true],
    ['tls', 'CERT_HAS_EXPIRED', false],
    ['tls', 'SELF_SIGNED_CERT_IN_CHAIN', false],
    ['timeout', 'tcp', false],
    ['unreachable', 'ECONNREFUSED', false],
    ['closed', 'requested', false],
  ])('count %s %s: %s', (kind, code, counts) => {
    expect(uses(times(3, seen(kind, code)))).toEqual(counts ? ['previous-1'] : []);
  });

  it('are reset once a connection has been up for a minute, and not before', () => {
    const twice = times(2, down('refused'));
    const proven: Event = { type: 'timer', key: 'identity/proven' };
    expect(uses([...twice, up(), down('lost')])).toEqual(['previous-1']);
    expect(uses([...twice, up(), proven, down('lost')])).toEqual([]);
    expect(summaries(feed(machine, [withPrevious, ...twice, up()]))).toContain(
      'timer/set identity/proven',
    );
  });

  it('are shown with the previous credentials', () => {
    const { state } = feed(machine, [withPrevious, down('refused')]);
    expect(machine.view(state)).toMatchObject({
      currentDenied: 1,
      previous: [certificate(1).certificateId.slice(0, 16)],
    });
  });

  it('lead to a renewal for the key that connected, not for the rejected one', () => {
    const events = [...times(3, down('refused')), up('previous-1'), timeKnown];
    const step = feed(machine, [withPrevious, ...events]);
    expect(step.state.phase).toBe('requesting');
    expect(step.effects).toContainEqual(
      expect.objectContaining({ type: 'identity/request', credentials: 'previous-1' }),
    );
  });

  it('leave the connection with previous credentials alone when the renewal fails', () => {
    const events: Event[] = [...times(3, down('refused')), up('previous-1'), timeKnown];
    const failed: Event = { type: 'identity/not-requested', code: 'key-missing' };
    expect(uses([...events, failed])).toEqual(['previous-1']);
  });
});

describe('expired previous credentials', () => {
  const floorAt = (floorMs: number): Event => ({ type: 'clock/floor', floorMs });

  it("are removed by the floor, not by the cloud's time", () => {
    const late = timeKnownAfter(3000 * dayMs);
    expect(summaries(feed(machine, [withPrevious, up(), late]))).not.toContain('identity/forget');
    expect(feed(machine, [withPrevious, floorAt(nowMs + 2 * dayMs)]).effects).toEqual([
      { type: 'identity/forget', places: ['previous-1'] },
    ]);
    expect(feed(machine, [withPrevious, floorAt(nowMs)]).effects ?? []).toEqual([]);
  });
});

describe('a promotion dated by a wrong clock', () => {
  it('does not postpone the next renewal to the end of the certificate', () => {
    const share = { certificateId: inUse.certificateId, random: 0 };
    const row = { ...machine.restore(undefined, moment).row, share };
    const promotedIn2034 = { ...row, share: { ...share, sinceMs: Date.UTC(2034, 0) } };
    const saved = { row: promotedIn2034, items: new Map() };
    const { state } = feed(machine, [startedWith({ current: inUse }), up(), timeKnown], saved);
    expect(state.row.share).toEqual(share);
  });
});
