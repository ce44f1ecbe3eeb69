import { describe, expect, it } from 'vitest';
import { connectionReport, type Known } from '../../../agent/api/connection-report.ts';
import { statusText } from '../../../agent/cli/status.ts';
import type { Event } from '../../../agent/events.ts';
import { historyMachine } from '../../../agent/identity/history.ts';
import { linkMachine } from '../../../agent/link/machine.ts';
import { clockMachine } from '../../../agent/time/clock-floor.ts';
import { linkUp, started, timer } from '../../support/agent-body.ts';
import { certificate } from '../../support/agent-certificates.ts';
import { feed, later, moment, nowMs, type Timed } from '../../support/agent-machine.ts';

const identity = { current: certificate(1), next: null };
const refused: Event = {
  type: 'link/down',
  credentials: 'current',
  observation: { kind: 'closed-early', code: 'closed', detail: 'closed after the handshake' },
};
const tooEarly: Event = {
  type: 'link/down',
  credentials: 'current',
  observation: { kind: 'tls', code: 'CERT_NOT_YET_VALID', detail: 'certificate is not yet valid' },
};

/** The pause is over. */
const again: Timed = [timer('link/retry'), later(60_000)];

function known(events: readonly Timed[], change: Partial<Known> = {}): Known {
  const all = [{ ...started, identity }, { type: 'clock/ready' } as const, ...events];
  return {
    link: feed(linkMachine({ retryMs: 1000, retryMsMax: 2000 }), all).state,
    clock: feed(clockMachine, all).state,
    history: feed(historyMachine, all).state,
    identity,
    now: moment.now,
    ...change,
  };
}

describe('the connection report', () => {
  it('explains nothing before anything failed', () => {
    expect(connectionReport(known([linkUp]))).toEqual({
      connection: {
        state: 'up',
        since: new Date(nowMs).toISOString(),
        lastTry: null,
        nextTryInS: null,
        observation: null,
        diagnosis: null,
        means: null,
        todo: null,
      },
      evidence: {
        clock: new Date(nowMs).toISOString(),
        clockQuality: 'synced',
        clockFloor: '2026-01-01T00:00:00.000Z',
        clockFloorFrom: 'certificate',
        clockRaised: 'not-needed',
        credentials: 'current',
        certificate: identity.current.certificateId,
        issuer: 'Maker CA',
        validFrom: '2026-01-01T00:00:00.000Z',
        validTo: '2036-01-01T00:00:00.000Z',
        hasConnected: true,
        failures: 0,
      },
    });
  });

  it.each<readonly [string, readonly Timed[], Partial<Known>, object, object]>([
    [
      'explains a first contact',
      [refused],
      {},
      { diagnosis: 'not-yet-registered' },
      { hasConnected: false },
    ],
    [
      'explains a first contact that was followed by a connection',
      [refused, again, linkUp],
      {},
      { state: 'up', observation: null, diagnosis: null, todo: null },
      { hasConnected: true },
    ],
    [
      'explains a blocked certificate',
      [linkUp, refused, again, refused],
      {},
      { diagnosis: 'certificate-blocked' },
      { hasConnected: true },
    ],
    [
      'explains a renewed certificate that was installed by hand',
      [linkUp, refused],
      { identity: { current: certificate(2), next: null } },
      { diagnosis: 'not-yet-registered' },
      { hasConnected: false, certificate: certificate(2).certificateId },
    ],
    [
      'explains a clock that cannot be set',
      [{ type: 'clock/not-raised', code: 'refused' }, tooEarly],
      { now: { wallMs: 60_000, quality: 'unset', monoMs: moment.now.monoMs } },
      { diagnosis: 'clock-behind', observation: tooEarly.observation },
      { clock: '1970-01-01T00:01:00.000Z', clockRaised: 'failed: refused' },
    ],
    [
      'explains a missing certificate',
      [],
      { identity: { current: null, next: null } },
      { diagnosis: null },
      { certificate: null, validTo: null, hasConnected: false },
    ],
  ])('%s', (_name, events, change, connection, evidence) => {
    const report = connectionReport(known(events, change));
    expect(report.connection).toMatchObject(connection);
    expect(report.evidence).toMatchObject(evidence);
  });

  it('shows when the next attempt is due', () => {
    const since = (ms: number) => {
      const now = { ...moment.now, monoMs: moment.now.monoMs + ms };
      return connectionReport(known([refused], { now })).connection;
    };
    const lastTry = new Date(moment.now.wallMs).toISOString();
    expect(since(0)).toMatchObject({ state: 'waiting', since: null, lastTry, nextTryInS: 1 });
    expect(since(100)).toMatchObject({ nextTryInS: 1 });
    expect(since(9000)).toMatchObject({ nextTryInS: 0 });
  });

  it('fits 80 columns with nothing left out', () => {
    const report = connectionReport(
      known([tooEarly], { now: { wallMs: 0, quality: 'unset', monoMs: 0 } }),
    );
    const text = statusText(report);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect(text).not.toContain('…');
    const words = text.replaceAll(/\s+/g, ' ');
    for (const value of Object.values(report.connection ?? {})) {
      if (typeof value === 'string') expect(words).toContain(value);
    }
    expect(words).toContain('clock 1970-01-01T00:00:00.000Z');
  });
});
