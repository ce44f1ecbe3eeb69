import { describe, expect, it } from 'vitest';
import { createProgress } from '../../simulation/progress.ts';
import { failuresText, failureText, tallyText } from '../../simulation/report.ts';
import { count, newTally, rates } from '../../simulation/tally.ts';
import { timeText, traceText } from '../../simulation/task.ts';
import { faultsText } from '../../simulation/try-faults.ts';
import type { Scenario } from '../../simulation/world/scenario.ts';

const dayMs = 24 * 3_600_000;
const violations = [{ invariant: '1', detail: 'mission body1-3 has 2 rows' }];
const clean = { violations: [], virtualMs: 7 * dayMs, trace: [] };
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

function tallied() {
  const tally = newTally();
  count(tally, 1, { ...clean, faults: { drop: 3, cut: 1 }, seen: { missions: 4 } });
  count(tally, 2, { ...clean, violations, faults: { drop: 2 }, seen: { missions: 1, maps: 9 } });
  return tally;
}

describe('many seeds', () => {
  it('are added up', () => {
    const tally = tallied();
    expect(tally).toMatchObject({
      ...{ seeds: 2, failed: 1, faults: { drop: 5, cut: 1 }, seen: { missions: 5, maps: 9 } },
      failures: [{ seed: 2, played: { violations } }],
    });
    expect(rates(tally, 4000)).toEqual({
      ...{ wallS: 4, seedsPerSecond: 0.5, robotDays: 14, robotDaysPerSecond: 3.5 },
    });
  });

  it('keep the first failures, and count all', () => {
    const tally = newTally();
    for (let seed = 1; seed <= 50; seed++) {
      count(tally, seed, { ...clean, violations, faults: {}, seen: {} });
    }
    expect(tally.failed).toBe(50);
    expect(tally.failures.map(({ seed }) => seed)).toEqual([...Array(20).keys()].map((n) => n + 1));
  });

  it('read well in 80 columns', () => {
    const text = tallyText(tallied(), 4000, '1 to 2');
    expect(text).toContain('2 seeds (1 to 2) in 4 s: 0.5 seeds per second');
    expect(text).toMatch(/^what happened {2}times {4}faults injected {2}times$/m);
    expect(text).toMatch(/^maps {15}9 {4}cut {18}1$/m);
    expect(text).toContain('1 seeds violated an invariant');
    const long = newTally();
    const names = { ['a long name of a fault, '.repeat(3)]: 1 };
    count(long, 1, { ...clean, faults: names, seen: names });
    expect(widest(tallyText(long, 1, ''))).toBeLessThanOrEqual(80);
  });
});

describe('a failure', () => {
  const action = {
    type: 'drop',
    atMs: 3 * dayMs + 1000,
    forMs: 9_521_047,
    share: 0.24532415294088422,
  } as const;
  const whole: Scenario = { seed: 7, days: 7, actions: Array.from({ length: 60 }, () => action) };
  const trace = [`${'long '.repeat(40)}`];
  const failure = {
    ...{ seed: 7, command: 'npm run simulate -- --seed 7 --only 3 --days 4 --trace' },
    violations: [...violations, { invariant: 'crash', detail: `Error: ${'deep '.repeat(60)}` }],
    least: {
      scenario: { ...whole, actions: [action], days: 4 },
      of: { actions: 60, days: 7 },
      plays: 31,
      isLeast: true,
      trace,
    },
  };

  it('says what is violated, the least that does it, and how to see it again', () => {
    const text = failureText(failure);
    expect(text).toContain('seed 7 violates\n  1: mission body1-3 has 2 rows\n');
    expect(text).toContain('the least that does it: 1 of 60 actions, 4 of 7 days (31 plays)');
    expect(text).toContain('  3d 00:00:01.000  drop  for 2 h 39 min  share 0.245\n');
    expect(text.endsWith(`to see it again:\n  ${failure.command}`)).toBe(true);
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  it('is shown whole for the first seeds, and named for the others', () => {
    const { least: _, ...plain } = failure;
    const failures = Array.from({ length: 20 }, (_, i) => ({ ...plain, seed: 1000 + i }));
    const text = failuresText(failures);
    expect(text.match(/^seed \d+ violates$/gm)).toHaveLength(4);
    expect(text).toMatch(/^also: seeds 1004 1005 .*\n1\d+.* 1019$/m);
    expect(failuresText([])).toBe('');
  });

  it('has a command also when nothing smaller was refreshed for', () => {
    const { least: _, ...plain } = failure;
    expect(failureText(plain).endsWith(`to see it again:\n  ${failure.command}`)).toBe(true);
  });
});

describe('lines', () => {
  it('of a trace say when, who and what', () => {
    expect(timeText(dayMs * 12 + 3_723_004)).toBe('12d 01:02:03.004');
    const line = { atMs: 5, who: 'cloud', what: 'mission ended', about: { missionId: 'a-1' } };
    expect(traceText(line)).toBe('0d 00:00:00.005  cloud    mission ended  {"missionId":"a-1"}');
  });

  it('of progress come at each tenth in plain text, and are one line on a terminal', () => {
    let text = '';
    const write = (part: string) => {
      text += part;
    };
    const plain = createProgress({ style: 'plain', columns: 80, write });
    for (const part of [0.01, 0.1, 0.15, 0.31, 1]) plain.show(part, 'seeds');
    plain.end();
    expect(text).toBe(' 10 %  seeds\n 31 %  seeds\n100 %  seeds\n');
    text = '';
    const terminal = createProgress({ style: 'terminal', columns: 60, write });
    terminal.show(0.5, 'seeds '.repeat(20));
    terminal.end();
    expect(text.split('\r')).toHaveLength(3);
    expect(text).not.toContain('\n');
    expect(text.split('\r')[1]?.replace('\x1b[2K', '')).toHaveLength(59);
  });

  it('of seeded faults name those that nothing found', () => {
    const result = { invariant: '1', detail: '', seedsMax: 9, wallMs: 1200 };
    const found = faultsText([{ name: 'a', seed: 3, ...result }]);
    expect(found).toContain('a       ');
    expect(found).toContain('all 1 seeded faults were found');
    const survived = faultsText([{ name: 'b', seed: null, ...result, invariant: '' }]);
    expect(survived).toContain('not found within their seeds: b');
  });
});
