import { describe, expect, it } from 'vitest';
import { statusOnOneScreen } from '../../../agent/cli/status-short.ts';

const up = {
  robot: 'R1',
  version: '1.1.0',
  slot: 'b',
  connection: {
    state: 'up',
    since: '2026-11-21T10:03:12.000Z',
    lastTry: null,
    nextTryInS: null,
    observation: null,
    diagnosis: null,
    means: null,
    todo: null,
  },
  evidence: { clock: '2026-11-21T10:46:10.000Z', clockQuality: 'synced', failures: 0 },
  identity: { certificate: '0123456789abcdef', validTo: '2036-11-26T00:00:00Z' },
  missions: {
    open: null,
    last: { missionId: 'aa-1', outcome: 'completed', ended: '2026-11-21T10:40:00.000Z' },
    unconfirmed: 2,
    dropped: 0,
    rejected: [],
  },
  maps: { kept: 0 },
  updates: { job: { jobId: 'j1', phase: 'downloading', version: '1.2.0', result: null } },
  counts: { 'turn-not-stored/disk-full': 3 },
};

const away = {
  ...up,
  connection: {
    ...up.connection,
    state: 'waiting',
    since: null,
    lastTry: '2026-11-21T10:46:00.000Z',
    nextTryInS: 12,
    observation: { kind: 'closed-early', code: 'closed', detail: 'closed after the handshake' },
    diagnosis: 'certificate-blocked',
    means: 'The certificate is valid but the cloud rejects it now: blocked or revoked.',
    todo: "Check the certificate in the cloud's registry.",
  },
  evidence: { ...up.evidence, failures: 7 },
};

describe('the status on one screen', () => {
  it('shows robot, link, time, missions and job first', () => {
    expect(statusOnOneScreen(up)).toBe(
      [
        'robot         R1, agent 1.1.0 in slot b',
        'link          up since 2026-11-21T10:03:12.000Z',
        'cloud time    2026-11-21T10:46:10.000Z (synced)',
        'certificate   0123456789abcdef, valid to 2036-11-26T00:00:00Z',
        'last mission  aa-1: completed, ended 2026-11-21T10:40:00.000Z',
        'unconfirmed   2 reports',
        'job           j1 to 1.2.0: downloading',
        'pilotfish status --all shows the rest',
      ].join('\n'),
    );
  });

  it('leaves out the failed attempts while the link is up', () => {
    const up = { connection: { state: 'up', since: 'ten' }, evidence: { failures: 1 } };
    expect(statusOnOneScreen(up).split('\n')[0]).toBe('link          up since ten');
  });

  it('shows why an offline robot is offline, what was observed, and the next attempt', () => {
    expect(statusOnOneScreen(away).split('\n').slice(1, 7)).toEqual([
      'link          waiting, last try 2026-11-21T10:46:00.000Z, the next in 12 s,',
      '              failed attempts: 7',
      'cause         certificate-blocked: The certificate is valid but the cloud',
      '              rejects it now: blocked or revoked. Check the certificate in the',
      "              cloud's registry.",
      'seen          closed-early closed: closed after the handshake',
    ]);
  });

  it('shows before all else that nothing is stored, why, and what to do', () => {
    const storage = { state: 'reduced', code: 'store-full', since: 'ten', todo: 'Make room.' };
    expect(
      statusOnOneScreen({ ...up, storage })
        .split('\n')
        .slice(0, 2),
    ).toEqual([
      'robot         R1, agent 1.1.0 in slot b',
      'storage       reduced: store-full, since ten. Make room.',
    ]);
  });

  it('starts with safe mode', () => {
    const off = ['missions', 'maps'];
    const todo = 'Update the firmware.';
    const safeMode = { since: 'ten', until: 'eleven', because: 'it crashed', off, todo };
    expect(
      statusOnOneScreen({ safeMode, ...up })
        .split('\n')
        .slice(0, 5),
    ).toEqual([
      'SAFE MODE    since ten, because it crashed',
      '             off: missions, maps; until eleven',
      '             Update the firmware.',
      '',
      'robot         R1, agent 1.1.0 in slot b',
    ]);
  });

  it.each([
    ['long words', 'x'.repeat(900)],
    ['many words', 'word '.repeat(300)],
    ['control characters', `\u001b[31m\r\n\u202e${'y '.repeat(200)}`],
  ])('fits 24 lines of 80 columns, with %s everywhere', (_what, words) => {
    const full = JSON.parse(
      JSON.stringify({ safeMode: { since: 1, because: '', todo: '' }, ...away }, (_key, value) =>
        typeof value === 'string' ? words : value,
      ),
    ) as object;
    const lines = statusOnOneScreen({ ...full }).split('\n');
    expect(lines.length).toBeLessThanOrEqual(23);
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
    }
    expect(lines.at(-1)).toContain('--all');
  });

  it.each([{}, null, 'text', []])('reports when nothing is known: %j', (status) => {
    expect(statusOnOneScreen(status)).toBe('the agent is starting and knows nothing of itself yet');
  });
});
