import { describe, expect, it } from 'vitest';
import { statusText } from '../../../agent/cli/status.ts';

describe('the status as text', () => {
  it('has a heading per machine and a line per value', () => {
    const text = statusText({
      robot: 'R1',
      boot: 3,
      link: { state: 'up', last: null },
      commands: { executing: [], waiting: 2 },
      updates: { job: { jobId: 'j1', phase: 'waiting', result: null } },
    });
    expect(text).toBe(
      [
        'robot        R1',
        'boot         3',
        '',
        'link',
        '  state              up',
        '  last               -',
        '',
        'commands',
        '  executing          -',
        '  waiting            2',
        '',
        'updates',
        '  job                jobId j1, phase waiting, result -',
      ].join('\n'),
    );
  });

  it('is never wider than 80 columns', () => {
    const long = 'x'.repeat(300);
    const text = statusText({ [long]: long, link: { [long]: long, list: [long, long] } });
    const lines = text.split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.join('').replaceAll(/[^x]/g, '').length).toBeGreaterThan(4 * 300);
  });

  it('wraps text, and drops no word', () => {
    const words = Array.from({ length: 40 }, (_, n) => `word${n}`).join(' ');
    const lines = statusText({ note: words, link: { last: { detail: words } } }).split('\n');
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.filter((line) => line.startsWith(`${' '.repeat(21)}word`))).toHaveLength(4);
    const [note = '', last = ''] = lines.join('\n').split('\n\nlink\n');
    expect(note.replaceAll(/\s+/g, ' ')).toBe(`note ${words}`);
    expect(last.replaceAll(/\s+/g, ' ')).toBe(` last detail ${words}`);
  });

  it('explains each counter, and shows unknown ones of another release', () => {
    const counts = { 'refused/not-json': 3, 'spoons/silver': 2 };
    expect(statusText({ counts }).split('\n').slice(1)).toEqual([
      'counts',
      '  refused/not-json   3: incoming messages that were rejected; logged once per',
      '                     code',
      '  spoons/silver      2',
    ]);
  });

  it('starts with safe mode: since when, why, what is off and what to do', () => {
    const safeMode = {
      since: '2026-06-01T10:00:00.000Z',
      until: '2026-06-01T11:00:00.000Z',
      because: 'missions crashed 3 times in five minutes (timer: odd\nthing)',
      machine: 'missions',
      off: ['missions', 'maps'],
      todo: 'Update the firmware.',
    };
    expect(statusText({ safeMode, robot: 'R1' }).split('\n')).toEqual([
      'SAFE MODE    since 2026-06-01T10:00:00.000Z, because missions crashed 3 times in',
      '             five minutes (timer: odd thing)',
      '             off: missions, maps; until 2026-06-01T11:00:00.000Z',
      '             Update the firmware.',
      '',
      'robot        R1',
    ]);
  });

  it.each([
    ['line\nbreak', 'line break'],
    ['\u001b[31mred\u0007', '[31mred'],
    ['\r\rback', 'back'],
  ])('keeps its lines and the terminal intact: %j', (given, shown) => {
    expect(statusText({ last: given })).toBe(`last         ${shown}`);
  });

  it.each([
    [null, '-'],
    ['text', 'text'],
    [5, '5'],
    [[], '-'],
    [{}, ''],
  ])('shows %j as %j', (given, shown) => {
    expect(statusText(given)).toBe(shown);
  });
});
