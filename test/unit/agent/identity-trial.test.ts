import { describe, expect, it } from 'vitest';
import type { CredentialsName } from '../../../agent/events.ts';
import { certificate, dayMs } from '../../support/agent-certificates.ts';
import { nowMs } from '../../support/agent-machine.ts';
import { type Attempt, Trial } from '../../support/agent-trial.ts';

const minuteMs = 60_000;
const old = { notBeforeMs: nowMs - 100 * dayMs, notAfterMs: nowMs + 20 * dayMs };
const expired = { ...old, notAfterMs: nowMs - dayMs };

/** A robot whose certificate is due, until the next credentials are on the disk. */
function staged(connects: (credentials: CredentialsName) => Attempt): Trial {
  const trial = new Trial(certificate(1, old));
  trial.outcomeOf = connects;
  trial.start();
  return trial;
}

describe('the next credentials on trial', () => {
  it('connect, are promoted, and keep their connection', () => {
    const trial = staged(() => 'up');
    trial.run(minuteMs);
    expect(trial.log).toEqual(['current up', 'next up']);
    expect([trial.current, trial.next]).toEqual([certificate(2), null]);
  });

  it('are discarded after three rejections, and the current ones connect in between', () => {
    const trial = staged((credentials) => (credentials === 'next' ? 'closed-early' : 'up'));
    trial.run(30 * minuteMs);
    const turns = ['next closed-early', 'current up'];
    expect(trial.log.slice(0, 7)).toEqual(['current up', ...turns, ...turns, ...turns]);
    expect(trial.log.slice(7)).toEqual(['discarded while current was connected']);
    expect(trial.connected).toBe('current');
  });

  it.each(['timeout', 'unreachable'] as const)(
    'stay after a %s, and disconnect the robot for one attempt at a time',
    (seen) => {
      const trial = staged((credentials) => (credentials === 'next' ? seen : 'up'));
      trial.run(300 * minuteMs);
      expect(trial.log.join()).not.toMatch(new RegExp(`next ${seen},next`));
      expect(trial.log.join()).not.toContain('discarded');
      expect(trial.log.filter((line) => line.startsWith('next')).length).toBeLessThan(40);
      trial.outcomeOf = () => 'up';
      trial.run(120 * minuteMs);
      expect(trial.current).toEqual(certificate(2));
    },
  );

  it('are not discarded while the current ones do not connect either', () => {
    let hasCloud = true;
    const trial = staged((credentials) =>
      hasCloud && credentials === 'current' ? 'up' : 'closed-early',
    );
    hasCloud = false;
    trial.feed({ type: 'timer', key: 'none' });
    trial.run(2 * minuteMs);
    trial.outcomeOf = () => 'closed-early';
    trial.current = certificate(1, expired);
    trial.start();
    trial.run(300 * minuteMs);
    expect(trial.log.join()).not.toContain('discarded');
    expect(trial.next).toEqual(certificate(2));
    trial.outcomeOf = (credentials) => (credentials === 'next' ? 'up' : 'closed-early');
    trial.run(20 * minuteMs);
    expect(trial.current).toEqual(certificate(2));
  });

  it('are tried when they are on the disk at the start, registered or not', () => {
    const trial = new Trial(certificate(1, old));
    trial.registersThing = false;
    trial.start();
    expect(trial.next).toEqual(certificate(2));
    trial.current = certificate(1, expired);
    trial.outcomeOf = (credentials) => (credentials === 'next' ? 'up' : 'closed-early');
    trial.start();
    trial.run(minuteMs);
    expect(trial.current).toEqual(certificate(2));
  });

  it('are requested again at once when they were rejected at the start', () => {
    const trial = new Trial(certificate(1, old));
    trial.registersThing = false;
    trial.start();
    trial.registersThing = true;
    let refused = 0;
    trial.outcomeOf = (credentials) =>
      credentials === 'next' && refused++ === 0 ? 'closed-early' : 'up';
    trial.start();
    trial.run(minuteMs);
    expect(trial.current).toEqual(certificate(2));
  });
});
